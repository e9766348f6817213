extension Day: CustomStringConvertible {
    /// Parses a day such as `2026-11-23` of the proleptic Gregorian calendar.
    ///
    /// - Throws: `invalidInput` when the text is not `YYYY-MM-DD` or there is no such day.
    public init(text: some StringProtocol) throws(MeteringError) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, let day = Day(utf8: bytes[...]) else {
            throw MeteringError(.invalidInput, "not a day: \(quoted(text)); write it as YYYY-MM-DD, such as 2026-11-23")
        }
        self = day
    }

    /// Parses the first ten bytes as `YYYY-MM-DD`.
    init?(utf8 bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        guard bytes.count >= 10, bytes[start + 4] == UInt8(ascii: "-"), bytes[start + 7] == UInt8(ascii: "-"),
            let year = bytes[start..<start + 4].decimalValue,
            let month = bytes[start + 5..<start + 7].decimalValue,
            let dayOfMonth = bytes[start + 8..<start + 10].decimalValue, (1...12).contains(month)
        else { return nil }
        let first = Day(year: year, month: month, day: 1)
        let next = month == 12 ? Day(year: year + 1, month: 1, day: 1) : Day(year: year, month: month + 1, day: 1)
        guard dayOfMonth >= 1, dayOfMonth <= Int64(next.sinceEpoch - first.sinceEpoch) else { return nil }
        self.init(sinceEpoch: first.sinceEpoch + Int32(dayOfMonth) - 1)
    }

    /// The day of a civil date that is known to exist.
    ///
    /// Years are counted from March, so that the leap day is the last one, in eras of 400 years (146,097 days).
    init(year: Int64, month: Int64, day: Int64) {
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear.flooredQuotient(by: 400)
        let yearOfEra = marchYear - era * 400
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(sinceEpoch: Int32(clamping: era * 146_097 + dayOfEra - 719_468))
    }

    /// The civil date: the inverse of ``init(year:month:day:)``.
    var civil: (year: Int64, month: Int64, day: Int64) {
        let shifted = Int64(sinceEpoch) + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    /// The day as `2026-11-23`.
    public var description: String {
        let (year, month, day) = civil
        return "\(Month.description(year: year, month: month))-\(day < 10 ? "0" : "")\(day)"
    }

    /// The month this day falls in.
    public var month: Month {
        let (year, month, _) = civil
        return Month(sinceEpoch: Int32(clamping: (year - 1970) * 12 + month - 1))
    }

    /// Midnight UTC at which the day begins.
    public var start: Timestamp { Timestamp(milliseconds: Int64(sinceEpoch) * 86_400_000) }
}
