import Metering
import Testing

@testable import MeteringNeo4j

@Suite("An amount in two integers")
struct SplitAmountTests {
    private static let unit = SplitAmount.unit

    @Test(
        "is the amount, and its parts are in their ranges",
        arguments: [
            0, 1, unit - 1, unit, unit + 1, Int128(Int64.max), Int128(UInt64.max), UsageEvent.chargeLimit.rawValue,
            UsageEvent.chargeLimit.rawValue * 100_000 + 7,
        ])
    func splits(amount: Int128) {
        let parts = SplitAmount(PicoUSD(amount))
        #expect(parts.amount == PicoUSD(amount))
        #expect((0..<Int64(Self.unit)).contains(parts.charge))
        #expect(parts.carry >= 0)
    }
}
