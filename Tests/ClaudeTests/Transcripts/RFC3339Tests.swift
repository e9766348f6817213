import Foundation
import Testing

@testable import Claude

@Suite("RFC 3339 times")
struct RFC3339Tests {
    func milliseconds(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBytes(RFC3339.milliseconds) }

    /// Right-hand sides from `date -u -d TEXT +%s%3N`.
    @Test(
        "are read to the millisecond",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-11-23T19:15:35.468Z", 1_795_461_335_468), ("2026-11-23T19:15:35.4Z", 1_795_461_335_400),
            ("2026-11-23T19:15:35.468999999Z", 1_795_461_335_468), ("2026-11-23t19:15:35z", 1_795_461_335_000),
            ("2026-11-23T20:45:35.468+01:30", 1_795_461_335_468), ("2026-11-23T11:15:35.468-08:00", 1_795_461_335_468),
            ("2024-02-29T12:00:00Z", 1_709_208_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ] as [(String, Int64)])
    func reads(_ text: String, _ expected: Int64) {
        #expect(milliseconds(text) == expected)
    }

    @Test(
        "are refused when malformed",
        arguments: [
            "", "2026-11-23", "2026-11-23T19:15:35", "2026-11-23 19:15:35Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-31T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-11-00T00:00:00Z",
            "2026-11-23T24:00:00Z", "2026-11-23T19:60:00Z", "2026-11-23T19:15:61Z", "2026-11-23T19:15:35.Z",
            "2026-11-23T19:15:35.4", "2026-11-23T19:15:35ZZ", "2026-11-23T19:15:35+1:00", "2026-11-23T19:15:35+0100",
            "2026-11-23T19:15:35+24:00", "2026-11-23T19:15:35+01:60", "2026-1-23T19:15:35.000Z", "+026-11-23T19:15:35Z",
            "2026-11-23T19:15:3aZ", "1795461335468", "2026-11-23T19:15:35.4 Z", "2026-11-23T19:15:35,4Z",
        ])
    func refuses(_ text: String) {
        #expect(milliseconds(text) == nil)
    }

    @Test("agree with Foundation on every day from 1900 to 2200")
    func agreesWithFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        var day = try #require(calendar.date(from: DateComponents(year: 1900, month: 1, day: 1)))
        let end = try #require(calendar.date(from: DateComponents(year: 2200, month: 1, day: 1)))
        let style = Date.ISO8601FormatStyle()
        while day < end {
            #expect(milliseconds(day.formatted(style)) == Int64(day.timeIntervalSince1970) * 1000)
            day += 86_400
        }
    }
}
