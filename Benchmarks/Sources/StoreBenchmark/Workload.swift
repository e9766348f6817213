import Metering

/// Traffic of a busy operator, the same in every run: 400 days, 2,000 customers with two keys each, six models, some
/// fifty sessions at a time with 48 calls each on average.
///
/// Ten million events make 208,000 sessions.
struct Workload {
    static let customers = 2_000
    static let days = 400
    static let models = [
        "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-8", "claude-sonnet-4-8",
        "claude-haiku-4-5",
    ]
    private static let firstDay: Int64 = 20_400
    private static let priceBook = Digest32(words: (0x1111, 0x2222, 0x3333, 0x4444))

    private struct Session {
        var id: SessionID
        var customer: CustomerID
        var key: APIKeyID
        var model: Int
        var rest: Int
    }

    private let total: Int
    private var state: UInt64 = 0x2026_1123
    private var serial = 0
    private var sessions: [Session] = []

    /// Creates the traffic of `total` events, which fill the days evenly.
    init(total: Int) {
        self.total = total
        for _ in 0..<50 { sessions.append(newSession()) }
    }

    /// The next events.
    mutating func next(_ count: Int) -> [UsageEvent] { (0..<count).map { _ in event() } }

    private mutating func random() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private mutating func random(_ count: Int) -> Int { Int(random() % UInt64(count)) }

    private mutating func text(_ prefix: String, _ length: Int) -> String {
        var text = prefix
        var bits = random()
        for index in 0..<length {
            if index % 10 == 9 { bits = random() }
            text.unicodeScalars.append(Unicode.Scalar(UInt8(ascii: "A") + UInt8(bits % 26)))
            bits /= 26
        }
        return text
    }

    private mutating func newSession() -> Session {
        let customer = random(Self.customers)
        return Session(
            id: SessionID(rawValue: text("session-", 24)), customer: CustomerID(rawValue: "customer-\(customer)"),
            key: APIKeyID(rawValue: "key_\(customer)_\(random(2))"), model: [0, 0, 1, 1, 1, 3, 4][random(7)],
            rest: 16 + random(65))
    }

    private mutating func event() -> UsageEvent {
        let place = random(sessions.count)
        if sessions[place].rest == 0 { sessions[place] = newSession() }
        sessions[place].rest -= 1
        let session = sessions[place]
        let model = random(10) == 0 ? 2 + 3 * random(2) : session.model
        let name = Self.models[model]
        let skus = Self.skus[model]
        let quantities = (0..<4).map { _ in Int64(1 + random(20_000)) }
        serial += 1
        let charge = Int128(quantities[0] * 300 + quantities[1] * 1_500 + quantities[2] * 30 + quantities[3] * 375)
        let milliseconds = Self.firstDay * 86_400_000 + Int64(Double(serial) / Double(total) * 86_400_000 * 400)
        return UsageEvent(
            id: EventID(rawValue: text("msg_01", 22)), customer: session.customer, session: session.id,
            key: session.key, requestID: text("req_01", 22), model: name, time: Timestamp(milliseconds: milliseconds),
            lines: [
                SKULine(sku: skus[0], quantity: quantities[3]), SKULine(sku: skus[1], quantity: quantities[2]),
                SKULine(sku: skus[2], quantity: quantities[0]), SKULine(sku: skus[3], quantity: quantities[1]),
            ], charge: .priced(PicoUSD(charge * 10_000)), priceBook: Self.priceBook, quality: .exact, source: .gateway)
    }

    private static let skus = models.map { model in
        ["cache_read", "cache_write_5m", "input", "output"].map { SKU(rawValue: "\(model)/\($0)") }
    }
}
