import Metering
import Testing

@testable import FlowmeterCommands

@Suite("Days on the command line")
struct DayTextTests {
    private let today: Day
    init() throws { today = try Day(text: "2026-03-01") }

    @Test(arguments: [
        ("2026-11-23", "2026-11-23", "2026-11-23"), ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"), ("today", "2026-03-01", "2026-03-01"),
        ("yesterday", "2026-02-28", "2026-02-28"), ("this-month", "2026-03-01", "2026-03-31"),
        ("last-month", "2026-02-01", "2026-02-28"),
    ])
    func `words and months have a first and a last day`(text: String, first: String, last: String) throws {
        #expect(try DayText.first(text, today: today).description == first)
        #expect(try DayText.last(text, today: today).description == last)
    }

    @Test(arguments: [("1d", "2026-03-01"), ("7d", "2026-02-23"), ("365d", "2025-03-02")])
    func `seven days are the last seven, today included`(text: String, first: String) throws {
        #expect(try DayText.first(text, today: today).description == first)
        #expect(throws: CommandError.self) { try DayText.last(text, today: today) }
    }

    @Test(arguments: ["", "tomorrow", "2026-02-30", "2026-13", "0d", "-1d", "99999d", "7D", "2026/01/01"])
    func `anything else is refused with an example`(text: String) {
        let error = #expect(throws: CommandError.self) { try DayText.first(text, today: today) }
        #expect(error?.fix?.contains("2026-11-23") == true)
    }
}
