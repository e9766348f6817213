/// A UTC calendar month, counted from 1970-01.
public struct Month: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Months since 1970-01.
    public var sinceEpoch: Int32

    /// Creates a month from the count of months since 1970-01.
    public init(sinceEpoch: Int32) { self.sinceEpoch = sinceEpoch }

    /// Parses a month such as `2026-11`.
    ///
    /// - Throws: `invalidInput` when the text is not `YYYY-MM` or there is no such month.
    public init(text: some StringProtocol) throws(MeteringError) {
        let bytes = Array(text.utf8)
        guard bytes.count == 7, let first = Day(utf8: (bytes + Array("-01".utf8))[...]) else {
            throw MeteringError(.invalidInput, "not a month: \(quoted(text)); write it as YYYY-MM, such as 2026-11")
        }
        self = first.month
    }

    /// Whether `lhs` is earlier than `rhs`.
    public static func < (lhs: Month, rhs: Month) -> Bool { lhs.sinceEpoch < rhs.sinceEpoch }

    /// The month's first day.
    public var firstDay: Day {
        let year = Int64(sinceEpoch).flooredQuotient(by: 12)
        return Day(year: 1970 + year, month: Int64(sinceEpoch) - year * 12 + 1, day: 1)
    }

    /// The month's last day.
    public var lastDay: Day { next.firstDay.previous }

    /// The month after.
    public var next: Month { Month(sinceEpoch: sinceEpoch + 1) }

    /// The month before.
    public var previous: Month { Month(sinceEpoch: sinceEpoch - 1) }

    /// The month as `2026-11`.
    public var description: String {
        let (year, month, _) = firstDay.civil
        return Self.description(year: year, month: month)
    }

    static func description(year: Int64, month: Int64) -> String {
        let digits = String(year.magnitude)
        let padding = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
        return "\(year < 0 ? "-" : "")\(padding)\(digits)-\(month < 10 ? "0" : "")\(month)"
    }
}
