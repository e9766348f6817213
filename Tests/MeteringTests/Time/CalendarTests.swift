import Metering
import Testing

@Suite("Days, months and moments")
struct CalendarTests {
    @Test(
        "a day is written as YYYY-MM-DD and read back",
        arguments: [
            (0, "1970-01-01"), (-1, "1969-12-31"), (20_780, "2026-11-23"), (11_016, "2000-02-29"),
            (19_782, "2024-02-29"), (21_609, "2029-03-01"), (-719_468, "0000-03-01"), (2_932_896, "9999-12-31"),
        ] as [(Int32, String)])
    func day(_ count: Int32, _ text: String) throws {
        #expect(Day(sinceEpoch: count).description == text)
        #expect(try Day(text: text) == Day(sinceEpoch: count))
    }

    @Test("every day of 800 years is the one after the day before")
    func allDays() throws {
        var previous = try Day(text: "1800-01-01")
        let last = try Day(text: "2600-01-01")
        var (year, month, day) = (1800, 1, 1)
        while previous < last {
            let isLeap = year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            if day < length { day += 1 } else { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
            let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
            let next = Day(sinceEpoch: previous.sinceEpoch + 1)
            try #require(next.description == text)
            try #require(try Day(text: text) == next)
            previous = next
        }
    }

    @Test(
        "what is not a day is refused",
        arguments: [
            "", "2026-11-31", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1",
            "26-01-01", "2026/01/01", "2026-01-01 ", " 2026-01-01", "2026-01-01T00:00:00Z", "+026-01-01", "２０２６-01-01",
            "yesterday",
        ])
    func malformedDays(_ text: String) {
        let error = #expect(throws: MeteringError.self) { try Day(text: text) }
        #expect(error?.code == .invalidInput)
    }

    @Test(
        "a month knows its days",
        arguments: [
            ("2026-11", "2026-11-01", "2026-11-30"), ("2028-02", "2028-02-01", "2028-02-29"),
            ("1969-12", "1969-12-01", "1969-12-31"), ("2026-12", "2026-12-01", "2026-12-31"),
        ])
    func month(_ text: String, _ first: String, _ last: String) throws {
        let month = try Month(text: text)
        #expect(month.description == text)
        #expect(month.firstDay.description == first)
        #expect(month.lastDay.description == last)
        #expect(month.lastDay.month == month)
        #expect(Day(sinceEpoch: month.lastDay.sinceEpoch + 1).month == month.next)
        #expect(month.lastDay.next == month.next.firstDay)
        #expect(month.next.firstDay.previous == month.lastDay)
        #expect(month.next.previous == month)
    }

    @Test("what is not a month is refused", arguments: ["", "2026", "2026-13", "2026-00", "2026-1", "2026-11-01"])
    func malformedMonths(_ text: String) { #expect(throws: MeteringError.self) { try Month(text: text) } }

    @Test(
        "a moment is read in RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-11-23T19:15:35.468Z", 1_795_461_335_468), ("2026-11-23T21:15:35.468+02:00", 1_795_461_335_468),
            ("2026-11-23t14:15:35.468-05:00", 1_795_461_335_468), ("2026-11-23T19:15:35.4689999z", 1_795_461_335_468),
            ("2026-11-23T19:15:35.4Z", 1_795_461_335_400),
        ] as [(String, Int64)])
    func moments(_ text: String, _ milliseconds: Int64) throws {
        #expect(try Timestamp(text: text).milliseconds == milliseconds)
    }

    @Test(
        "what is not a moment is refused",
        arguments: [
            "", "now", "2026-11-23T", "2026-11-23T19:15:35", "2026-11-23 19:15:35Z", "2026-11-23T24:00:00Z",
            "2026-11-23T19:60:00Z", "2026-11-23T19:15:60Z", "2026-11-23T19:15:35.Z", "2026-11-23T19:15:35Z ",
            "2026-11-23T19:15:35+2:00", "2026-11-23T19:15:35+02:60", "2026-11-23T19:15Z", "1795461335468",
        ])
    func malformedMoments(_ text: String) { #expect(throws: MeteringError.self) { try Timestamp(text: text) } }

    @Test(
        "a moment is written in UTC to the millisecond, and read back",
        arguments: [0, -1, 1_795_461_335_468, 253_402_300_799_999, 951_782_399_001] as [Int64])
    func momentText(_ milliseconds: Int64) throws {
        let moment = Timestamp(milliseconds: milliseconds)
        #expect(try Timestamp(text: moment.description) == moment)
        #expect(moment.description.hasSuffix("Z") && moment.description.utf8.count == 24)
        #expect(moment.day.description == moment.description.prefix(10))
    }

    @Test("the ends of time do not trap", arguments: [Int64.min, .max])
    func extremes(_ milliseconds: Int64) { #expect(!Timestamp(milliseconds: milliseconds).description.isEmpty) }
}
