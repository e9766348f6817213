import Metering

/// Messages of three sessions in turn.
struct Workload {
    private let run: String
    private var serial: Int64 = 0

    init(run: String) { self.run = run }

    mutating func next(_ count: Int) -> [UsageEvent] { (0..<count).map { _ in event() } }

    private mutating func event() -> UsageEvent {
        serial += 1
        let quantities = [300 + serial % 90, 20_000 + serial % 7_000, 150 + serial % 60]
        let lines = zip(["cache_read", "input", "output"], quantities).map { dimension, quantity in
            SKULine(sku: SKU(rawValue: "claude-opus-5-5/\(dimension)"), quantity: quantity)
        }
        return UsageEvent(
            id: EventID(rawValue: "msg_\(run)_\(serial)"), customer: CustomerID(rawValue: "acme"),
            session: SessionID(rawValue: "\(run)-\(serial % 3)"), key: APIKeyID(rawValue: "key_1"),
            requestID: "req_\(run)_\(serial)", model: "claude-opus-5-5",
            time: Timestamp(milliseconds: 1_795_000_000_000 + serial * 100), lines: lines,
            charge: .priced(PicoUSD(5_000_000_000 + Int128(serial))),
            priceBook: Digest32(words: (1, 2, 3, 4)), quality: .exact, source: .gateway)
    }
}
