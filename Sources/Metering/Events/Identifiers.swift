/// The id of a customer: 1–64 characters of `[A-Za-z0-9_.@-]`, chosen by the operator.
public struct CustomerID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the id.
    public let rawValue: String
    /// Wraps an id without checking it; `CustomerID(validating:)` checks text from outside.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the id.
    public var description: String { rawValue }
    /// The customer that a gateway without keys serves, on loopback only.
    public static let `default` = CustomerID(rawValue: "default")
}

/// The public id of an API key (`key_…`); never the secret.
public struct APIKeyID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the id.
    public let rawValue: String
    /// Wraps an id without checking it.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the id.
    public var description: String { rawValue }
    /// Stands for calls that were made without a key.
    public static let none = APIKeyID(rawValue: "none")
}

/// The id of a session: a conversation, an agent run, or one key's day.
public struct SessionID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the id.
    public let rawValue: String
    /// Wraps an id without checking it.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the id.
    public var description: String { rawValue }
}

/// The idempotency key of a usage event.
///
/// One id is charged once, for ever, across all sources.
public struct EventID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the id.
    public let rawValue: String
    /// Wraps an id without checking it.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the id.
    public var description: String { rawValue }
}

/// A moment: whole milliseconds since 1970-01-01T00:00:00Z, UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since the Unix epoch.
    public var milliseconds: Int64
    /// Creates a moment from milliseconds since the Unix epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    /// Whether `lhs` is earlier than `rhs`.
    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool { lhs.milliseconds < rhs.milliseconds }
    /// The UTC day this moment falls on.
    public var day: Day { Day(sinceEpoch: Int32(clamping: milliseconds.flooredQuotient(by: 86_400_000))) }
}

/// A UTC calendar day, counted from 1970-01-01.
public struct Day: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public var sinceEpoch: Int32
    /// Creates a day from the count of days since 1970-01-01.
    public init(sinceEpoch: Int32) { self.sinceEpoch = sinceEpoch }
    /// The day after.
    public var next: Day { Day(sinceEpoch: sinceEpoch + 1) }
    /// The day before.
    public var previous: Day { Day(sinceEpoch: sinceEpoch - 1) }
    /// Whether `lhs` is earlier than `rhs`.
    public static func < (lhs: Day, rhs: Day) -> Bool { lhs.sinceEpoch < rhs.sinceEpoch }
}

extension Int64 {
    /// The quotient rounded towards negative infinity.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
