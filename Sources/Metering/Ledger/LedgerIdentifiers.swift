/// The id of a subscription: 1–64 characters of `[A-Za-z0-9_.@-]`.
public struct SubscriptionID: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The text of the id.
    public let rawValue: String
    /// Wraps an id; a ledger checks it when the subscription is made.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the id.
    public var description: String { rawValue }
    /// Bytewise order.
    public static func < (lhs: SubscriptionID, rhs: SubscriptionID) -> Bool {
        lhs.rawValue.utf8.lexicographicallyPrecedes(rhs.rawValue.utf8)
    }
}

/// The id of a provider: who earns what customers pay.
///
/// 1–64 characters of `[A-Za-z0-9_.@-]`.
public struct ProviderID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the id.
    public let rawValue: String
    /// Wraps an id; a ledger checks it when a subscription is made.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the id.
    public var description: String { rawValue }
    /// The operator itself, when there is only one provider.
    public static let `operator` = ProviderID(rawValue: "operator")
}

/// The idempotency key of a deposit, a withdrawal or a credit note, chosen by whoever makes it.
///
/// The same reference with the same content is one transfer, however often it is sent.
public struct TransferReference: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the reference: 1–128 characters.
    public let rawValue: String
    /// Wraps a reference.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the reference.
    public var description: String { rawValue }
}
