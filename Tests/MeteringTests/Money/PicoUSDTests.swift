import Metering
import MeteringConformance
import Testing

@Suite("PicoUSD")
struct PicoUSDTests {
    @Test(
        "is written exactly and read back",
        arguments: [
            (0, "0"), (1, "0.000000000001"), (-1, "-0.000000000001"), (1_000_000_000_000, "1"),
            (12_300_000_000, "0.0123"), (-1_500_000_000_000, "-1.5"), (40_000_000_000_000, "40"),
            (123_456_789_012_345, "123.456789012345"), (Int128(Int64.max) * 1000, "9223372036.854775807"),
            (.max, "170141183460469231731687303.715884105727"),
        ] as [(Int128, String)])
    func text(_ raw: Int128, _ text: String) throws {
        #expect(PicoUSD(raw).description == text)
        #expect(try PicoUSD(usd: text) == PicoUSD(raw))
    }

    @Test("can write the least amount, although it has no positive counterpart")
    func least() { #expect(PicoUSD(.min).description == "-170141183460469231731687303.715884105728") }

    @Test(
        "reads trailing zeros", arguments: [("1.50", 1_500_000_000_000), ("0.000", 0), ("-0", 0)] as [(String, Int128)])
    func trailingZeros(_ text: String, _ raw: Int128) throws { #expect(try PicoUSD(usd: text) == PicoUSD(raw)) }

    @Test(
        "refuses what is not plainly an amount",
        arguments: [
            "", "-", ".", ".5", "5.", "1.", "+1", "1e3", "1E3", " 1", "1 ", "1,5", "1_000", "0x1", "00", "01", "-01",
            "1.2.3", "--1", "1-", "1.1234567890123", "NaN", "inf", "$1", "1$", "١", "１", "1.-5", "1\n", "\0",
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: MeteringError.self) { try PicoUSD(usd: text) }
        #expect(error?.code == .invalidInput)
    }

    @Test(
        "refuses amounts that do not fit",
        arguments: ["170141183460469231731687303.715884105728", "999999999999999999999999999999999999999"])
    func tooLarge(_ text: String) {
        let error = #expect(throws: MeteringError.self) { try PicoUSD(usd: text) }
        #expect(error?.code == .overflow)
    }

    @Test("never repeats control characters or endless text in errors")
    func hostileText() {
        let error = #expect(throws: MeteringError.self) {
            try PicoUSD(usd: "\u{1b}[31m" + String(repeating: "x", count: 10_000))
        }
        #expect(error?.message.contains("\u{1b}") == false)
        #expect((error?.message.utf8.count ?? .max) < 300)
    }

    @Test(
        "is shown with fixed decimals, rounded half to even",
        arguments: [
            ("0", 2, "0.00"), ("0.005", 2, "0.00"), ("0.015", 2, "0.02"), ("0.025", 2, "0.02"),
            ("0.025000000001", 2, "0.03"), ("0.024999999999", 2, "0.02"), ("-0.005", 2, "0.00"), ("-0.015", 2, "-0.02"),
            ("0.995", 2, "1.00"), ("9.999999", 4, "10.0000"), ("1.5", 0, "2"), ("2.5", 0, "2"), ("0.5", 0, "0"),
            ("1234.5678", 6, "1234.567800"), ("0.000000000001", 12, "0.000000000001"), ("1", 99, "1.000000000000"),
            ("1.25", -3, "1"),
        ] as [(String, Int, String)])
    func formatted(_ usd: String, _ decimals: Int, _ text: String) throws {
        #expect(try PicoUSD(usd: usd).formatted(decimals: decimals) == text)
    }

    @Test("survives writing and reading for random amounts")
    func roundTrip() throws {
        let seed: UInt64 = 20_261_123
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let shift = Int.random(in: 0..<127, using: &generator)
            let bits = UInt128.random(in: 0...UInt128.max, using: &generator)
            let amount = PicoUSD(Int128(truncatingIfNeeded: bits) >> Int128(shift))
            // The least amount cannot be read back: its magnitude does not fit.
            if amount.rawValue == .min { continue }
            #expect(try PicoUSD(usd: amount.description) == amount, "seed \(seed), raw \(amount.rawValue)")
        }
    }

    @Test("reports sums and products that leave its range")
    func checkedArithmetic() throws {
        #expect(try PicoUSD(2).adding(PicoUSD(3)) == PicoUSD(5))
        #expect(try PicoUSD(2).times(3) == PicoUSD(6))
        #expect(throws: MeteringError.self) { try PicoUSD(.max).adding(PicoUSD(1)) }
        #expect(throws: MeteringError.self) { try PicoUSD(.min).adding(PicoUSD(-1)) }
        #expect(throws: MeteringError.self) { try PicoUSD(.max).times(2) }
    }
}
