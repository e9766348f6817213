import Metering
import Testing

@testable import MeteringSQLite

@Suite("The coding of events in SQLite")
struct EventCodingTests {
    @Test("keeps integers", arguments: [[], [0], [127, 128], [1, UInt64.max, 0, 300], [UInt64.max >> 1]])
    func integers(_ integers: [UInt64]) {
        var bytes: [UInt8] = []
        for integer in integers { EventCoding.append(integer, to: &bytes) }
        #expect(bytes.withUnsafeBytes(EventCoding.integers) == integers)
    }

    @Test(
        "refuses integers that are cut short or too large",
        arguments: [[0x80], [1, 0xff], Array(repeating: 0xff, count: 9) + [0x02], Array(repeating: 0x80, count: 11)])
    func damagedIntegers(_ bytes: [UInt8]) {
        #expect(bytes.withUnsafeBytes(EventCoding.integers) == nil)
    }

    @Test("keeps charges", arguments: [0, 1, 999_999_999_999_999_999, 1_000_000_000_000_000_000, Int128(1) << 100])
    func charges(_ charge: Int128) {
        let parts = RollupSums.parts(of: PicoUSD(charge))
        #expect((0..<1_000_000_000_000_000_000).contains(parts.charge))
        #expect(RollupSums.charge(parts.charge, carry: parts.carry) == PicoUSD(charge))
    }

    @Test("numbers every quality and source, and knows them again")
    func enumerations() {
        for quality in UsageEvent.Quality.allCases {
            #expect(EventCoding.quality(EventCoding.number(of: quality)) == quality)
        }
        for source in UsageEvent.Source.allCases {
            #expect(EventCoding.source(EventCoding.number(of: source)) == source)
        }
        #expect(EventCoding.quality(3) == nil)
        #expect(EventCoding.source(-1) == nil)
    }
}
