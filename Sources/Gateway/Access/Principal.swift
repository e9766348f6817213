import Metering

/// Who makes a call, and whom it is billed to.
struct Principal: Sendable, Hashable {
    var customer: CustomerID
    var key: APIKeyID
    /// The customer's caps; calls of customers without any are never held up for a reservation.
    var limits: SpendLimits
}
