/// A settlement interval, by number.
public struct Epoch: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number: whole epoch lengths since 1970-01-01T00:00:00Z.
    public let rawValue: Int64
    /// Wraps a number.
    public init(rawValue: Int64) { self.rawValue = rawValue }
    /// Creates an epoch from its number.
    public init(_ number: Int64) { rawValue = number }
    /// The number.
    public var description: String { String(rawValue) }
    /// Whether `lhs` is earlier than `rhs`.
    public static func < (lhs: Epoch, rhs: Epoch) -> Bool { lhs.rawValue < rhs.rawValue }
    /// The epoch after this one.
    public var next: Epoch { Epoch(rawValue + 1) }
    /// The epoch before this one.
    public var previous: Epoch { Epoch(rawValue - 1) }
}

/// How time is cut into epochs: `floor(unix seconds / length)`.
public struct EpochSchedule: Sendable, Hashable {
    /// The length of an epoch in seconds, 1–86,400.
    public let seconds: Int64

    /// Epochs of five minutes.
    public static let standard = EpochSchedule(unchecked: 300)

    private init(unchecked seconds: Int64) { self.seconds = seconds }

    /// Creates a schedule.
    ///
    /// - Throws: `invalidInput` when an epoch is shorter than a second or longer than a day.
    public init(seconds: Int64) throws(MeteringError) {
        guard (1...86_400).contains(seconds) else {
            throw MeteringError(.invalidInput, "an epoch of \(seconds) s: the length must be 1–86400 seconds")
        }
        self.seconds = seconds
    }

    /// The epoch that a moment falls into.
    public func epoch(at time: Timestamp) -> Epoch { Epoch(time.milliseconds.flooredQuotient(by: seconds * 1_000)) }

    /// The first moment of an epoch; clamped far outside all real time.
    public func start(of epoch: Epoch) -> Timestamp {
        let (product, overflow) = epoch.rawValue.multipliedReportingOverflow(by: seconds * 1_000)
        guard overflow else { return Timestamp(milliseconds: product) }
        return Timestamp(milliseconds: epoch.rawValue < 0 ? .min : .max)
    }

    /// The first moment after an epoch.
    public func end(of epoch: Epoch) -> Timestamp {
        epoch.rawValue == .max ? Timestamp(milliseconds: .max) : start(of: epoch.next)
    }
}
