import Metering
import MeteringConformance
import Oracle
import Testing

@Suite("The price of FLOW")
struct PriceFeedTests {
    private struct StubFeed: PriceFeed {
        var perFlow: PicoUSD
        var observed: Timestamp
        func price(at now: Timestamp) async throws(OracleError) -> FlowPrice {
            try FlowPrice(perFlow: perFlow, observed: observed, source: "stub")
        }
    }

    private static let now = Timestamp(milliseconds: 1_795_449_600_000)
    private static func cents(_ cents: Int128) -> PicoUSD { PicoUSD(cents * 10_000_000_000) }

    private func guarded(_ cents: Int128, age: Int64) -> GuardedPriceFeed {
        GuardedPriceFeed(
            StubFeed(
                perFlow: Self.cents(cents), observed: Timestamp(milliseconds: Self.now.milliseconds - age)),
            bounds: Self.cents(10)...Self.cents(1_000), maximumAge: 3_600_000)
    }

    @Test("a fixed price is what was agreed, at any time")
    func fixed() async throws {
        let feed = try FixedPriceFeed(perFlow: Self.cents(65))
        #expect(try await feed.price(at: Self.now).perFlow == Self.cents(65))
        #expect(try await feed.price(at: Self.now).observed == Self.now)
    }

    @Test("no price is made of nothing or less", arguments: [0, -1] as [Int128])
    func notPositive(price: Int128) {
        #expect(throws: OracleError.self) { try FixedPriceFeed(perFlow: PicoUSD(price)) }
    }

    @Test(
        "only prices within bounds are believed",
        arguments: [(9, false), (10, true), (65, true), (1_000, true), (1_001, false)] as [(Int128, Bool)])
    func bounds(cents: Int128, isGood: Bool) async throws {
        let feed = guarded(cents, age: 0)
        if isGood {
            #expect(try await feed.price(at: Self.now).perFlow == Self.cents(cents))
        } else {
            await #expect { try await feed.price(at: Self.now) } throws: {
                ($0 as? OracleError)?.code == .priceUnavailable
            }
        }
    }

    @Test(
        "only fresh prices are believed, and none from the future",
        arguments: [
            (0, true), (3_600_000, true), (3_600_001, false), (-60_000, true), (-60_001, false),
        ] as [(Int64, Bool)])
    func staleness(age: Int64, isGood: Bool) async throws {
        let feed = guarded(65, age: age)
        if isGood {
            _ = try await feed.price(at: Self.now)
        } else {
            await #expect { try await feed.price(at: Self.now) } throws: {
                ($0 as? OracleError)?.code == .priceUnavailable
            }
        }
    }

    @Test(
        "a conversion gives as much FLOW as the amount buys, and uses up no more than that",
        arguments: 0..<300 as Range<UInt64>)
    func conversion(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let price = PicoUSD(Int128.random(in: 1...(1 << 50), using: &random))
        let amount = PicoUSD(Int128.random(in: 0...(1 << 60), using: &random))
        let (units, used) = try FlowPrice(perFlow: price, observed: Self.now, source: "test").convert(amount)
        let scaled = amount.rawValue * FlowPrice.unitsPerFlow
        // One unit more would cost more than there is.
        #expect(Int128(units) * price.rawValue <= scaled, "seed \(seed)")
        #expect((Int128(units) + 1) * price.rawValue > scaled, "seed \(seed)")
        #expect(used <= amount, "seed \(seed)")
        #expect(used.rawValue * FlowPrice.unitsPerFlow >= Int128(units) * price.rawValue, "seed \(seed)")
        #expect(
            (used.rawValue - 1) * FlowPrice.unitsPerFlow < Int128(units) * price.rawValue || units == 0, "seed \(seed)")
    }

    @Test("what cannot be converted is an error, not another number")
    func overflow() throws {
        let price = try FlowPrice(perFlow: PicoUSD(1), observed: Self.now, source: "test")
        for amount in [PicoUSD(-1), PicoUSD(.max), PicoUSD(Int128(UInt64.max))] {
            #expect { try price.convert(amount) } throws: { ($0 as? OracleError)?.code == .overflow }
        }
    }
}
