import Metering
import MeteringConformance

/// Makes random calls, rated as the gateway rates them.
struct CallFactory {
    var random: SeededGenerator
    private var serial = 0
    private let prefix: String

    /// Two books: prices change at this moment.
    static let priceChange = Timestamp(milliseconds: 1_795_500_000_000)
    static let books: [PriceBook] = {
        let models = ["claude-opus-5-5", "claude-haiku-5-5"]
        var (old, new): ([SKU: PicoUSD], [SKU: PicoUSD]) = ([:], [:])
        for (index, model) in models.enumerated() {
            for (place, dimension) in ["input", "output", "cache_read"].enumerated() {
                let sku = SKU(rawValue: "\(model)/\(dimension)")
                old[sku] = PicoUSD(Int128(4_000_001 * (place * 3 + 1) / (index + 1)))
                new[sku] = PicoUSD(Int128(5_000_003 * (place * 3 + 1) / (index + 1)))
            }
        }
        (old[.webSearch], new[.webSearch]) = (PicoUSD(10_000_000_000), PicoUSD(10_000_000_000))
        do {
            return [
                try PriceBook(id: "old", effectiveFrom: Timestamp(milliseconds: 0), prices: old),
                try PriceBook(id: "new", effectiveFrom: priceChange, prices: new),
            ]
        } catch { return [] }
    }()

    let customers = ["acme", "b.corp", "c@example.com", "D_4"].map(CustomerID.init(rawValue:))

    init(seed: UInt64, prefix: String = "msg") {
        random = SeededGenerator(seed: seed)
        self.prefix = prefix
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 1...100, using: &random) <= percent }

    /// A call that ended at `time`; one in twenty used a model without a price.
    mutating func call(
        of customer: CustomerID? = nil, at time: Timestamp, source: UsageEvent.Source = .gateway
    ) -> UsageEvent {
        serial += 1
        let model =
            chance(5) ? "claude-unheard-of-1" : chance(50) ? "claude-opus-5-5" : "claude-haiku-5-5"
        var lines = [
            SKULine(sku: SKU(rawValue: "\(model)/input"), quantity: Int64.random(in: 1...20_000, using: &random)),
            SKULine(sku: SKU(rawValue: "\(model)/output"), quantity: Int64.random(in: 1...4_000, using: &random)),
        ]
        if chance(30) { lines.append(SKULine(sku: .webSearch, quantity: Int64.random(in: 1...3, using: &random))) }
        let book = Self.books[time < Self.priceChange ? 0 : 1]
        return UsageEvent(
            id: EventID(rawValue: "\(prefix)_\(serial)"),
            customer: customer ?? customers[Int.random(in: customers.indices, using: &random)],
            session: SessionID(rawValue: "session-\(serial % 7)"), key: APIKeyID(rawValue: "key_1"),
            requestID: chance(80) ? "req_\(serial)" : nil, model: model, time: time, lines: lines,
            charge: Rating.charge(for: lines, book: book), priceBook: book.hash, quality: .exact, source: source)
    }
}

extension UsageEvent {
    /// What it costs; nothing when it has no price.
    var amount: PicoUSD { if case .priced(let charge) = charge { charge } else { .zero } }
}
