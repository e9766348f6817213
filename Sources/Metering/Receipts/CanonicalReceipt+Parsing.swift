internal import Claude

extension CanonicalReceipt {
    /// Reads a receipt back from its bytes.
    ///
    /// - Throws: `invalidInput` when the bytes are not a receipt in canonical form, or its event is not valid. Then it
    ///   was not made by `encode`, whoever signed it.
    public static func parse(_ bytes: [UInt8]) throws(MeteringError) -> StoredEvent {
        var parser = ReceiptParser()
        let failure: ClaudeError? = bytes.withUnsafeBytes { buffer in
            do throws(ClaudeError) { try parser.read(buffer) } catch { return error }
            return nil
        }
        if let failure { throw MeteringError(.invalidInput, "the receipt cannot be read: \(failure)") }
        guard var stored = parser.event else {
            throw MeteringError(.invalidInput, "the receipt lacks a member, or one has a value that is not allowed")
        }
        try stored.event.validate()
        guard stored.sequence >= 1, (stored.sequence == 1) == (stored.previousHash == .zero) else {
            throw MeteringError(
                .invalidInput, "the receipt's place in the chain makes no sense: only the first has no previous one")
        }
        guard encode(stored.event, sequence: stored.sequence, previousHash: stored.previousHash) == bytes else {
            throw MeteringError(.invalidInput, "the receipt is not in canonical form, so its bytes prove nothing")
        }
        stored.hash = Digest32.sha3(bytes)
        return stored
    }
}

/// Collects the members of a receipt.
///
/// Unknown members need no check: writing the event again cannot give them back.
private struct ReceiptParser {
    private var agent: String?
    private var charge: Int128?
    private var customer: String?
    private var id: String?
    private var key: String?
    private var lines: [SKULine]?
    private var missing: [SKU]?
    private var model: String?
    private var previous: Digest32?
    private var priceBook: Digest32?
    private var quality: UsageEvent.Quality?
    private var requestID: String?
    private var sequence: Int64?
    private var session: String?
    private var source: UsageEvent.Source?
    private var time: Int64?

    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(ClaudeError) {
        var cursor = JSONCursor(bytes)
        try cursor.beginObject()
        while let name = try cursor.nextKey() {
            switch name {
            case "agent": agent = try cursor.readString()
            case "charge": if try !cursor.readNull() { charge = try cursor.readInt128(in: bytes) }
            case "customer": customer = try cursor.readString()
            case "id": id = try cursor.readString()
            case "key": key = try cursor.readString()
            case "lines": lines = try Self.lines(&cursor)
            case "missing": missing = try Self.skus(&cursor)
            case "model": model = try cursor.readString()
            case "previous": previous = Digest32(hex: try cursor.readString())
            case "price_book": priceBook = Digest32(hex: try cursor.readString())
            case "quality": quality = UsageEvent.Quality(rawValue: try cursor.readString())
            case "request_id": requestID = try cursor.readString()
            case "sequence": sequence = try cursor.readInt64()
            case "session": session = try cursor.readString()
            case "source": source = UsageEvent.Source(rawValue: try cursor.readString())
            case "time": time = try cursor.readInt64()
            default: break
            }
        }
        try cursor.finish()
    }

    private static func lines(_ cursor: inout JSONCursor) throws(ClaudeError) -> [SKULine] {
        var lines: [SKULine] = []
        try cursor.beginArray()
        while try cursor.nextElement() {
            var line = SKULine(sku: SKU(rawValue: ""), quantity: 0)
            try cursor.beginObject()
            while let name = try cursor.nextKey() {
                switch name {
                case "quantity": line.quantity = try cursor.readInt64()
                case "sku": line.sku = SKU(rawValue: try cursor.readString())
                default: break
                }
            }
            lines.append(line)
        }
        return lines
    }

    private static func skus(_ cursor: inout JSONCursor) throws(ClaudeError) -> [SKU] {
        var skus: [SKU] = []
        try cursor.beginArray()
        while try cursor.nextElement() { skus.append(SKU(rawValue: try cursor.readString())) }
        return skus
    }

    /// The event, when all that a receipt must have is there.
    var event: StoredEvent? {
        guard let customer, let id, let key, let lines, let model, let previous, let priceBook, let quality,
            let sequence, let session, let source, let time, (charge == nil) != (missing == nil)
        else { return nil }
        let event = UsageEvent(
            id: EventID(rawValue: id), customer: CustomerID(rawValue: customer), session: SessionID(rawValue: session),
            key: APIKeyID(rawValue: key), requestID: requestID, agent: agent, model: model,
            time: Timestamp(milliseconds: time), lines: lines,
            charge: charge.map { .priced(PicoUSD($0)) } ?? .unpriced(missing: missing ?? []),
            priceBook: priceBook, quality: quality, source: source)
        return StoredEvent(event: event, sequence: sequence, previousHash: previous, hash: .zero)
    }
}
