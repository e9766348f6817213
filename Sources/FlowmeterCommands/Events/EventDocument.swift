internal import Metering

/// The JSON form of a stored event.
struct EventDocument: Encodable, Sendable {
    var stored: StoredEvent

    init(_ stored: StoredEvent) { self.stored = stored }

    private struct Line: Encodable {
        var sku: String
        var quantity: Int64
    }

    private enum CodingKeys: String, CodingKey {
        case id, customer, sequence, session, key, agent, model, time, lines, unpriced, quality, source, hash
        case requestID = "request_id"
        case timeMilliseconds = "time_ms"
        case charge = "charge_usd"
        case priceBook = "price_book"
        case previousHash = "previous_hash"
    }

    func encode(to encoder: any Encoder) throws {
        let event = stored.event
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(event.id.rawValue, forKey: .id)
        try container.encode(event.customer.rawValue, forKey: .customer)
        try container.encode(stored.sequence, forKey: .sequence)
        try container.encode(event.session.rawValue, forKey: .session)
        try container.encode(event.key.rawValue, forKey: .key)
        try container.encodeIfPresent(event.requestID, forKey: .requestID)
        try container.encodeIfPresent(event.agent, forKey: .agent)
        try container.encode(event.model, forKey: .model)
        try container.encode(event.time.description, forKey: .time)
        try container.encode(event.time.milliseconds, forKey: .timeMilliseconds)
        try container.encode(event.lines.map { Line(sku: $0.sku.rawValue, quantity: $0.quantity) }, forKey: .lines)
        switch event.charge {
        case .priced(let amount): try container.encode(amount.description, forKey: .charge)
        case .unpriced(let missing): try container.encode(missing.map(\.rawValue), forKey: .unpriced)
        }
        try container.encode(event.priceBook.description, forKey: .priceBook)
        try container.encode(event.quality.rawValue, forKey: .quality)
        try container.encode(event.source.rawValue, forKey: .source)
        try container.encode(stored.previousHash.description, forKey: .previousHash)
        try container.encode(stored.hash.description, forKey: .hash)
    }
}
