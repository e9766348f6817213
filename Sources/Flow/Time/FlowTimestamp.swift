/// A moment to the nanosecond, as block headers have it.
public struct FlowTimestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    public var nanoseconds: Int64

    /// Creates a moment.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Reads a time of RFC 3339 in UTC, as `2026-11-23T20:00:00.123456789Z`.
    public init(_ text: String) throws(FlowError) {
        guard let value = Self.parse(Array(text.utf8)) else {
            throw FlowError(.malformedAnswer, "'\(text.prefix(40))' is no time of RFC 3339 in UTC")
        }
        nanoseconds = value
    }

    private static func parse(_ text: [UInt8]) -> Int64? {
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= text.count else { return nil }
            var value: Int64 = 0
            for byte in text[range] {
                guard byte &- UInt8(ascii: "0") < 10 else { return nil }
                value = value * 10 + Int64(byte &- UInt8(ascii: "0"))
            }
            return value
        }
        guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), text.last == UInt8(ascii: "Z"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1678...2261).contains(year),
            (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        if text.count > 20 {
            guard text[19] == UInt8(ascii: "."), (1...9).contains(text.count - 21),
                var value = number(20..<(text.count - 1))
            else { return nil }
            for _ in (text.count - 21)..<9 { value *= 10 }
            fraction = value
        }
        let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
        return seconds * 1_000_000_000 + fraction
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        month == 12 ? 31 : days(year, month + 1, 1) - days(year, month, 1)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, years counted from March so that leap days come last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    /// The order of time.
    public static func < (one: FlowTimestamp, other: FlowTimestamp) -> Bool { one.nanoseconds < other.nanoseconds }

    /// The time since 1970-01-01 00:00 UTC.
    public var sinceEpoch: Duration { .nanoseconds(nanoseconds) }

    /// The time in RFC 3339, as nodes write it: `2026-11-23T20:00:00.123456789Z`, without trailing zeros.
    public var description: String {
        let nanosecond = Self.divided(nanoseconds, by: 1_000_000_000)
        let second = Self.divided(nanosecond.quotient, by: 86_400)
        let (year, month, day) = Self.date(ofDay: second.quotient)
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        var fraction = digits(nanosecond.remainder, 9)[...]
        while fraction.last == "0" { fraction.removeLast() }
        let time = [second.remainder / 3600, second.remainder / 60 % 60, second.remainder % 60]
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T"
            + time.map { digits($0, 2) }.joined(separator: ":") + (fraction.isEmpty ? "" : "." + fraction) + "Z"
    }

    /// Division whose remainder is never negative.
    private static func divided(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The date of a day since 1970-01-01: the inverse of ``days(_:_:_:)``.
    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, ofEra) = divided(day + 719_468, by: 146_097)
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension FlowTimestamp: Codable {
    /// Reads a text of RFC 3339.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes a text of RFC 3339.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
