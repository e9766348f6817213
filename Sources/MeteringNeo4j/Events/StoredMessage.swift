internal import Metering

/// A `Message` node that was read, by the columns of ``MessageRow/selection``.
struct StoredMessage {
    var position: Int64
    var stored: StoredEvent

    init(_ fields: inout Fields) throws {
        let id = EventID(rawValue: try fields.next())
        let customer = CustomerID(rawValue: try fields.next())
        let session = SessionID(rawValue: try fields.next())
        let key = APIKeyID(rawValue: try fields.next())
        let requestID: String? = try fields.next()
        let agent: String? = try fields.next()
        let model: String = try fields.next()
        let time = Timestamp(milliseconds: try fields.next())
        let skus: [String] = try fields.next([String]?.self) ?? []
        let quantities: [Int64] = try fields.next([Int64]?.self) ?? []
        let isPriced: Bool = try fields.next()
        let charge = try fields.nextAmount()
        let missing: [String] = try fields.next([String]?.self) ?? []
        let priceBook = try fields.nextDigest()
        let quality: UsageEvent.Quality = try fields.nextCase()
        let source: UsageEvent.Source = try fields.nextCase()
        position = try fields.next()
        let sequence: Int64 = try fields.next()
        let previousHash = try fields.nextDigest()
        let hash = try fields.nextDigest()
        let event = UsageEvent(
            id: id, customer: customer, session: session, key: key, requestID: requestID, agent: agent, model: model,
            time: time, lines: zip(skus, quantities).map { SKULine(sku: SKU(rawValue: $0), quantity: $1) },
            charge: isPriced ? .priced(charge) : .unpriced(missing: missing.map(SKU.init(rawValue:))),
            priceBook: priceBook, quality: quality, source: source)
        stored = StoredEvent(event: event, sequence: sequence, previousHash: previousHash, hash: hash)
    }
}
