import Foundation
import Testing

@testable import Flow

@Suite("Times of blocks")
struct FlowTimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-23T20:00:00.123456789Z", 1_795_464_000_123_456_789),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000_000), ("1969-12-31T23:59:59Z", -1_000_000_000),
        ] as [(String, Int64)])
    func `times are read to the nanosecond`(text: String, nanoseconds: Int64) throws {
        #expect(try FlowTimestamp(text).nanoseconds == nanoseconds)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `random days are Foundation's`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let seconds = Int64.random(in: -9_000_000_000...9_000_000_000, using: &random)
        let text = Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
        #expect(try FlowTimestamp(text).nanoseconds == seconds * 1_000_000_000, "seed \(seed)")
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T20:00:00", "2026-11-23T20:00:00+01:00", "2026-13-23T20:00:00Z",
        "2026-11-23 20:00:00Z", "2026-11-23T20:00:00.Z", "2026-11-23T20:00:00.1234567890Z", "2026-11-23T24:00:00Z",
        "2026-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-12-32T00:00:00Z", "2026-01-00T00:00:00Z",
    ])
    func `other texts are refused`(text: String) { #expect(throws: FlowError.self) { try FlowTimestamp(text) } }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"), (1_500_000_000, "1970-01-01T00:00:01.5Z"),
        (951_782_400_000_000_007, "2000-02-29T00:00:00.000000007Z"), (Int64.max, "2262-04-11T23:47:16.854775807Z"),
        (Int64.min, "1677-09-21T00:12:43.145224192Z"),
    ])
    func `a time is written as nodes write it`(nanoseconds: Int64, text: String) throws {
        let time = FlowTimestamp(nanoseconds: nanoseconds)
        #expect(time.description == text)
        #expect(time.sinceEpoch == .nanoseconds(nanoseconds))
        #expect(try String(decoding: JSONEncoder().encode([time]), as: UTF8.self) == "[\"\(text)\"]")
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `what is written is read as the same time`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let time = FlowTimestamp(
            nanoseconds: Int64.random(in: -9_200_000_000...9_200_000_000, using: &random) * 999_999_937)
        #expect(try FlowTimestamp(time.description) == time, "seed \(seed)")
        #expect(try JSONDecoder().decode([FlowTimestamp].self, from: JSONEncoder().encode([time])) == [time])
    }
}
