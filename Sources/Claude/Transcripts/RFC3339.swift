/// Times as RFC 3339 writes them, such as `2026-11-23T19:15:35.468Z`.
enum RFC3339 {
    /// Milliseconds from 1970-01-01T00:00:00Z to the time in `text`, or `nil` if `text` is not such a time.
    ///
    /// Digits behind the millisecond are cut off. A leap second counts as the second after it (RFC 3339, section 5.6
    /// allows 60; Unix time has no place for it).
    static func milliseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        // YYYY-MM-DDTHH:MM:SS and at least a Z.
        guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] | 0x20 == UInt8(ascii: "t"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
            let hour = number(text, 11, 2), let minute = number(text, 14, 2), let second = number(text, 17, 2),
            (1...12).contains(month), day >= 1, day <= days(inMonth: month, year: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }

        var index = 19
        var milliseconds: Int64 = 0
        if text[index] == UInt8(ascii: ".") {
            index += 1
            var weight: Int64 = 100
            let start = index
            while index < text.count, JSONCursor.isDigit(text[index]) {
                milliseconds += Int64(text[index] - UInt8(ascii: "0")) * weight
                weight /= 10
                index += 1
            }
            guard index > start, index < text.count else { return nil }
        }

        guard let offset = offsetMinutes(text, from: index) else { return nil }
        let minutes = (daysSinceEpoch(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset
        return (minutes * 60 + second) * 1000 + milliseconds
    }

    /// Minutes east of Greenwich, from `Z` or `±HH:MM` at the end of the text.
    private static func offsetMinutes(_ text: UnsafeRawBufferPointer, from start: Int) -> Int64? {
        if text[start] | 0x20 == UInt8(ascii: "z") { return text.count == start + 1 ? 0 : nil }
        guard text.count == start + 6, text[start] == UInt8(ascii: "+") || text[start] == UInt8(ascii: "-"),
            text[start + 3] == UInt8(ascii: ":"),
            let hours = number(text, start + 1, 2), let minutes = number(text, start + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return text[start] == UInt8(ascii: "-") ? -(hours * 60 + minutes) : hours * 60 + minutes
    }

    private static func number(_ text: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for index in start..<(start + count) {
            guard JSONCursor.isDigit(text[index]) else { return nil }
            value = value * 10 + Int64(text[index] - UInt8(ascii: "0"))
        }
        return value
    }

    private static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar.
    ///
    /// The year is counted from March, so that the leap day is its last: then every month's start is
    /// (153 × month + 2) / 5 days after the first of March.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Shifting by 400 years keeps every quotient non-negative.
        let shifted = (month <= 2 ? year - 1 : year) + 400
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 146_097 - 719_468
    }
}
