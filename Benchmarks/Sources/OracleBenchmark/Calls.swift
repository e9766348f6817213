import Metering

/// Calls as a gateway meters them, the same in every run.
struct Calls {
    static let book: PriceBook = {
        let prices: [SKU: PicoUSD] = [
            SKU(rawValue: "claude-opus-5-5/input"): PicoUSD(4_000_000),
            SKU(rawValue: "claude-opus-5-5/output"): PicoUSD(20_000_000),
            SKU(rawValue: "claude-opus-5-5/cache_read"): PicoUSD(400_000),
        ]
        do { return try PriceBook(id: "benchmark", effectiveFrom: Timestamp(milliseconds: 0), prices: prices) } catch {
            preconditionFailure("\(error)")
        }
    }()

    private let customers: Int
    private var state: UInt64 = 0x2026_1124
    private var serial = 0

    init(customers: Int) { self.customers = customers }

    private mutating func random(_ count: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }

    private mutating func text(_ prefix: String, _ length: Int) -> String {
        prefix + String((0..<length).map { _ in Character(Unicode.Scalar(UInt8(ascii: "A") + UInt8(random(26)))) })
    }

    mutating func next() -> UsageEvent {
        serial += 1
        // The first calls go round, so that each customer has one.
        let customer = serial <= customers ? serial - 1 : random(customers)
        let lines = ["cache_read", "input", "output"].map { dimension in
            SKULine(sku: SKU(rawValue: "claude-opus-5-5/\(dimension)"), quantity: Int64(1 + random(20_000)))
        }
        return UsageEvent(
            id: EventID(rawValue: text("msg_01", 22)), customer: CustomerID(rawValue: "customer-\(customer)"),
            session: SessionID(rawValue: "session-\(customer)-\(serial / 500_000)"),
            key: APIKeyID(rawValue: "key_\(customer)"), requestID: text("req_01", 22), model: "claude-opus-5-5",
            time: Timestamp(milliseconds: 1_795_449_600_000 + Int64(serial % 300_000)), lines: lines,
            charge: Rating.charge(for: lines, book: Self.book), priceBook: Self.book.hash, quality: .exact,
            source: .gateway)
    }
}
