/// Reservations that many gateways share, so that a customer's caps hold over all of them together.
///
/// A gateway asks here for customers with limits, after its own ``SpendGuard`` has agreed, which then holds subscriptions
/// only.
public protocol SharedReservations: Sendable {
    /// Reserves money for a call; the answer comes later, on any thread.
    ///
    /// - Parameters:
    ///   - customer: Who pays.
    ///   - limits: The customer's caps.
    ///   - upperBound: The most the call can cost.
    ///   - now: The present moment: it decides which day and month count, and which leases have expired.
    ///   - completion: Gets a failure when nobody can tell what is left; then nothing is reserved.
    func reserve(
        _ customer: CustomerID, limits: SpendLimits, upperBound: PicoUSD, now: Timestamp,
        completion: @escaping @Sendable (Result<SharedReservation, MeteringError>) -> Void)

    /// Ends a reservation with what the call cost.
    ///
    /// It is done in the background, again and again until it succeeds.
    ///
    /// - Parameter event: The event that the call's usage is, or will be, appended as.
    func settle(_ lease: SharedLease, as event: EventID, charge: UsageEvent.Charge, now: Timestamp)

    /// Gives a reservation back: the call cost nothing.
    ///
    /// It is done in the background, again and again until it succeeds.
    func release(_ lease: SharedLease)
}

/// The answer to a reservation.
public enum SharedReservation: Sendable {
    /// The money is reserved; the standing is that without it, over all gateways.
    case granted(SharedLease, SpendStanding)
    /// It is not.
    case refused(SpendRefusal)
}

/// Money reserved for one call, where all gateways see it.
public struct SharedLease: Sendable, Hashable {
    /// The lease's name, given once.
    public let id: String
    /// Who pays.
    public let customer: CustomerID
    /// What is reserved, at list price.
    public let upperBound: PicoUSD
    /// When the reservation ends by itself.
    public let expires: Timestamp

    /// Creates a lease.
    public init(id: String, customer: CustomerID, upperBound: PicoUSD, expires: Timestamp) {
        self.id = id
        self.customer = customer
        self.upperBound = upperBound
        self.expires = expires
    }
}
