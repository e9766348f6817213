import Claude
import Metering

/// Makes random events that are valid and look like real ones.
struct EventFactory {
    private var generator: SeededGenerator
    private var serial = 0
    private let prefix: String

    let customers = ["acme", "b.corp", "c@example.com", "D_4", "default"].map(CustomerID.init(rawValue:))
    let keys = ["none", "key_1", "key_2", "key_3"].map(APIKeyID.init(rawValue:))
    let sessions = [
        "s-1", "it's \"quoted\" \\ % _", "7e40b2f7-a2ad-48ba-a930-6aa4df64f607", "2026-11-23", "S-1", "total",
    ]
    .map(SessionID.init(rawValue:))
    let models = ["claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-unknown-9", "we%20ird"]
    /// Days around the ends of months and years, leap days too.
    let days = [
        Day(sinceEpoch: 20_733),  // 2026-10-07
        Day(sinceEpoch: 20_757),  // 2026-10-31
        Day(sinceEpoch: 20_758),  // 2026-11-01
        Day(sinceEpoch: 20_780),  // 2026-11-23
        Day(sinceEpoch: 20_781),  // 2026-11-24
        Day(sinceEpoch: 20_818),  // 2026-12-31
        Day(sinceEpoch: 20_819),  // 2027-01-01
        Day(sinceEpoch: 21_243),  // 2028-02-29
    ]

    init(seed: UInt64, prefix: String = "msg") {
        generator = SeededGenerator(seed: seed)
        self.prefix = prefix
    }

    mutating func random<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    mutating func random(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }

    mutating func chance(_ percent: Int64) -> Bool { random(1...100) <= percent }

    /// An event of a call that used the given model.
    mutating func event(customer: CustomerID? = nil, id: String? = nil) -> UsageEvent {
        serial += 1
        var record = MessageRecord(
            id: id ?? "\(prefix)_\(serial)", model: random(models), stopReason: "end_turn", hasContent: true,
            ending: chance(90) ? .complete : .truncated, generatedBytes: random(0...4000))
        record.usage.inputTokens = random(1...200_000)
        record.usage.outputTokens = random(1...20_000)
        if chance(50) { record.usage.cacheReadInputTokens = random(1...300_000) }
        if chance(40) {
            let split = MessageUsage.CacheCreation(
                ephemeral5mInputTokens: random(0...9999), ephemeral1hInputTokens: random(0...9999))
            record.usage.cacheCreation = split
            record.usage.cacheCreationInputTokens = split.ephemeral5mInputTokens + split.ephemeral1hInputTokens
        }
        if chance(20) { record.usage.webSearchRequests = random(1...5) }
        if chance(20) { record.usage.inferenceGeo = "us" }
        if chance(10) { record.usage.serviceTier = "batch" }
        let time = random(days).start.milliseconds + random([0, 1, 43_200_000, 86_399_999])
        return UsageEvent(
            rating: record, id: EventID(rawValue: record.id ?? ""), customer: customer ?? random(customers),
            session: random(sessions), key: random(keys), requestID: chance(80) ? "req_\(serial)" : nil,
            agent: chance(20) ? "agent-\(serial % 3)" : nil, time: Timestamp(milliseconds: time),
            catalog: .anthropic, quality: chance(90) ? .exact : .drained, source: random(UsageEvent.Source.allCases))
    }

    mutating func events(_ count: Int, customer: CustomerID? = nil) -> [UsageEvent] {
        (0..<count).map { _ in event(customer: customer) }
    }
}
