internal import Bolt

/// Times of a database in the form of ISO 8601.
enum TemporalText {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
    private static let secondsPerDay: Int64 = 86_400

    /// `2026-11-29`.
    static func date(_ date: BoltDate) -> String {
        let (year, month, day) = date.components
        let digits = padded(Int64(abs(year)), 4)
        let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
        return "\(sign)\(digits)-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))"
    }

    /// `12:34:56.789`.
    static func time(_ nanosecondsSinceMidnight: Int64) -> String {
        let (seconds, nanoseconds) = nanosecondsSinceMidnight.quotientAndRemainder(dividingBy: nanosecondsPerSecond)
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }.joined(separator: ":")
        return clock + fraction(nanoseconds)
    }

    /// `12:34:56.789+01:00`.
    static func time(_ time: BoltTime) -> String {
        Self.time(time.nanosecondsSinceMidnight) + offset(time.offsetSeconds)
    }

    /// `2026-11-29T12:34:56.789`.
    static func dateTime(_ time: BoltLocalDateTime) -> String {
        dateTime(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }

    /// `2026-11-29T12:34:56.789+01:00` for an offset, `2026-11-29T11:34:56.789Z[Europe/Paris]`, in UTC, for a named zone.
    static func dateTime(_ time: BoltDateTime) -> String {
        switch time.zone {
        case .offset(let seconds):
            let local = time.clock == .local ? time.seconds : time.seconds.addingClamped(Int64(seconds))
            return dateTime(seconds: local, nanoseconds: time.nanoseconds) + offset(seconds)
        case .identifier(let name):
            return dateTime(seconds: time.seconds, nanoseconds: time.nanoseconds)
                + (time.clock == .utc ? "Z" : "") + "[\(name)]"
        }
    }

    /// `P14M3DT5.5S`; `PT0S` for none.
    static func duration(_ duration: BoltDuration) -> String {
        var text = "P"
        if duration.months != 0 { text += "\(duration.months)M" }
        if duration.days != 0 { text += "\(duration.days)D" }
        let total = Int128(duration.seconds) * Int128(nanosecondsPerSecond) + Int128(duration.nanoseconds)
        if total != 0 || text == "P" {
            let (seconds, rest) = total.magnitude.quotientAndRemainder(dividingBy: UInt128(nanosecondsPerSecond))
            text += "T\(total < 0 ? "-" : "")\(seconds)\(fraction(Int64(rest)))S"
        }
        return text
    }

    private static func dateTime(seconds: Int64, nanoseconds: Int32) -> String {
        var (days, rest) = seconds.quotientAndRemainder(dividingBy: secondsPerDay)
        if rest < 0 { (days, rest) = (days - 1, rest + secondsPerDay) }
        return date(BoltDate(daysSinceEpoch: days)) + "T" + time(rest * nanosecondsPerSecond + Int64(nanoseconds))
    }

    private static func offset(_ seconds: Int32) -> String {
        if seconds == 0 { return "Z" }
        let size = Int64(abs(Int64(seconds)))
        let rest = size % 60 == 0 ? "" : ":" + padded(size % 60, 2)
        return (seconds < 0 ? "-" : "+") + padded(size / 3600, 2) + ":" + padded(size / 60 % 60, 2) + rest
    }

    private static func fraction(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "" }
        var digits = padded(nanoseconds, 9)
        while digits.last == "0" { digits.removeLast() }
        return "." + digits
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// The sum, or the end of the range that it passes.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
