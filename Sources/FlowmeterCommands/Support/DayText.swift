internal import Metering

/// The days that people name on a command line.
enum DayText {
    private static let help = "write a day (2026-11-23), a month (2026-11), today, yesterday, this-month, last-month"

    /// The first day that `text` names.
    ///
    /// `7d` is the last seven days, today included.
    static func first(_ text: String, today: Day) throws(CommandError) -> Day {
        if let days = relativeDays(text) { return Day(sinceEpoch: today.sinceEpoch - days + 1) }
        if let range = range(text, today: today) { return range.lowerBound }
        throw CommandError("'\(text)' is not a day", fix: help + ", or 7d for the last seven days", status: .usage)
    }

    /// The last day that `text` names.
    static func last(_ text: String, today: Day) throws(CommandError) -> Day {
        if let range = range(text, today: today) { return range.upperBound }
        throw CommandError("'\(text)' is not a last day", fix: help, status: .usage)
    }

    private static func range(_ text: String, today: Day) -> ClosedRange<Day>? {
        let yesterday = today.previous
        switch text {
        case "today": return today...today
        case "yesterday": return yesterday...yesterday
        case "this-month": return days(of: today.month)
        case "last-month": return days(of: today.month.previous)
        default:
            return month(text) ?? day(text)
        }
    }

    private static func month(_ text: String) -> ClosedRange<Day>? {
        do { return days(of: try Month(text: text)) } catch { return nil }
    }

    private static func day(_ text: String) -> ClosedRange<Day>? {
        do {
            let day = try Day(text: text)
            return day...day
        } catch { return nil }
    }

    private static func days(of month: Month) -> ClosedRange<Day> { month.firstDay...month.lastDay }

    private static func relativeDays(_ text: String) -> Int32? {
        guard text.hasSuffix("d"), let days = Int32(text.dropLast()), (1...36_500).contains(days) else { return nil }
        return days
    }
}
