internal import Metering

extension UsageReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case by, since, until, rows, others, total, notes
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(query.grouping.rawValue, forKey: .by)
        try container.encodeIfPresent(query.since?.description, forKey: .since)
        try container.encodeIfPresent(query.until?.description, forKey: .until)
        try container.encode(rows.map { UsageRowDocument(group: $0.group, sums: $0.sums) }, forKey: .rows)
        try container.encodeIfPresent(others.map { UsageRowDocument(group: nil, sums: $0) }, forKey: .others)
        try container.encode(UsageRowDocument(group: nil, sums: total), forKey: .total)
        try container.encode(notes, forKey: .notes)
    }
}

/// The JSON form of sums, with the name of their group where there is one.
struct UsageRowDocument: Encodable, Sendable {
    var group: String?
    var sums: UsageSums

    private enum CodingKeys: String, CodingKey {
        case group, calls, unpriced, estimated
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case cacheWrite5mTokens = "cache_write_5m_tokens"
        case cacheWrite1hTokens = "cache_write_1h_tokens"
        case cacheReadTokens = "cache_read_tokens"
        case webSearches = "web_searches"
        case charge = "charge_usd"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(group, forKey: .group)
        try container.encode(sums.calls, forKey: .calls)
        try container.encode(sums.inputTokens, forKey: .inputTokens)
        try container.encode(sums.outputTokens, forKey: .outputTokens)
        try container.encode(sums.cacheWrite5mTokens, forKey: .cacheWrite5mTokens)
        try container.encode(sums.cacheWrite1hTokens, forKey: .cacheWrite1hTokens)
        try container.encode(sums.cacheReadTokens, forKey: .cacheReadTokens)
        try container.encode(sums.webSearches, forKey: .webSearches)
        try container.encode(sums.charge.description, forKey: .charge)
        try container.encode(sums.unpriced, forKey: .unpriced)
        try container.encode(sums.estimated, forKey: .estimated)
    }
}
