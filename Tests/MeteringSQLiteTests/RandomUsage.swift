import Metering
import MeteringConformance

/// Random events that meet every roll-up, and random questions about them.
enum RandomUsage {
    static func event(_ number: Int, _ random: inout SeededGenerator) -> UsageEvent {
        let customer = Int.random(in: 0..<6, using: &random)
        // 400 days; some sessions are long, most are short; a key of two customers; late events.
        let day = Int32(20_400 + (number / 5 + Int.random(in: 0..<3, using: &random)) % 400)
        let isLong = Int.random(in: 0..<4, using: &random) == 0
        let key = ["key-\(customer)-a", "key-\(customer)-b", "shared"].randomElement(using: &random) ?? ""
        var event = sampleEvent(
            number, customer: "customer-\(customer)", key: key,
            session: isLong ? "long-\(customer % 2)" : "short-\(day)-\(customer)",
            model: ["claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"].randomElement(using: &random) ?? "",
            day: day, charge: Int128.random(in: 0...3, using: &random) * 1_000_000)
        if Int.random(in: 0..<20, using: &random) == 0 {
            event.charge = .unpriced(missing: [SKU(rawValue: "\(event.model)/input")])
        }
        return event
    }

    static func query(_ random: inout SeededGenerator) -> UsageQuery {
        func maybe<Value>(_ percent: Int, _ value: Value) -> Value? {
            Int.random(in: 0..<100, using: &random) < percent ? value : nil
        }
        let customer = Int.random(in: 0..<7, using: &random)
        let since = Int32.random(in: 20_380...20_820, using: &random)
        let until = since + Int32.random(in: -3...300, using: &random)
        let session = ["long-0", "long-1", "short-\(since)-\(customer)"].randomElement(using: &random) ?? ""
        return UsageQuery(
            by: UsageQuery.Grouping.allCases.randomElement(using: &random) ?? .total,
            since: maybe(60, Day(sinceEpoch: since)), until: maybe(60, Day(sinceEpoch: until)),
            customer: maybe(35, CustomerID(rawValue: "customer-\(customer)")),
            key: maybe(25, APIKeyID(rawValue: ["shared", "key-\(customer)-a"].randomElement(using: &random) ?? "")),
            session: maybe(25, SessionID(rawValue: session)), model: maybe(30, "claude-haiku-5-5"),
            limit: maybe(40, Int.random(in: 0...20, using: &random)))
    }
}
