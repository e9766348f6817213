internal import Metering

/// What a demo found.
struct DemoReport: Encodable, Sendable {
    /// One thing that was checked.
    struct Check: Encodable, Sendable, Hashable {
        var what: String
        var passed: Bool
        var detail: String
    }

    var calls: [DemoClient.Outcome]
    var tables: [UsageReport]
    var audit: [Check]
    /// The exact charge of everything.
    var charge: PicoUSD
    var events: Int64

    /// Whether every check passed.
    var passed: Bool { audit.allSatisfy(\.passed) }

    private enum CodingKeys: String, CodingKey {
        case calls, tables, audit, passed, events
        case charge = "charge_usd"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(passed, forKey: .passed)
        try container.encode(charge.description, forKey: .charge)
        try container.encode(events, forKey: .events)
        try container.encode(calls, forKey: .calls)
        try container.encode(tables, forKey: .tables)
        try container.encode(audit, forKey: .audit)
    }
}
