/// The bytes of a receipt that are hashed and signed.
///
/// Canonical JSON: keys in bytewise order, no white space, integers only, ASCII only. Text is escaped as Python's
/// `json.dumps` does it, so `json.dumps(receipt, sort_keys=True, separators=(",", ":"))` gives the same bytes.
/// Schema: docs/receipts.md.
public enum CanonicalReceipt {
    /// The receipt's bytes.
    ///
    /// - Parameters:
    ///   - event: The event as the store keeps it.
    ///   - sequence: Its place in the customer's chain: 1, 2, 3, …
    ///   - previousHash: The hash of the customer's receipt before it; ``Digest32/zero`` for the first.
    public static func encode(_ event: UsageEvent, sequence: Int64, previousHash: ReceiptHash) -> [UInt8] {
        var writer = CanonicalJSONWriter(capacity: 512 + event.lines.count * 72)
        writer.bytes.append(UInt8(ascii: "{"))
        if let agent = event.agent { writer.member("agent", agent) }
        switch event.charge {
        case .priced(let charge): writer.member("charge", charge.rawValue)
        case .unpriced: writer.null("charge")
        }
        writer.member("customer", event.customer.rawValue)
        writer.member("id", event.id.rawValue)
        writer.member("key", event.key.rawValue)
        writer.array("lines", event.lines) { writer, line in
            writer.bytes.append(UInt8(ascii: "{"))
            writer.member("quantity", Int128(line.quantity))
            writer.member("sku", line.sku.rawValue)
            writer.bytes.append(UInt8(ascii: "}"))
        }
        if case .unpriced(let missing) = event.charge {
            writer.array("missing", missing) { $0.string($1.rawValue) }
        }
        writer.member("model", event.model)
        writer.member("previous", previousHash)
        writer.member("price_book", event.priceBook)
        writer.member("quality", event.quality.rawValue)
        if let requestID = event.requestID { writer.member("request_id", requestID) }
        writer.member("sequence", Int128(sequence))
        writer.member("session", event.session.rawValue)
        writer.member("source", event.source.rawValue)
        writer.member("time", Int128(event.time.milliseconds))
        writer.member("version", 1)
        writer.bytes.append(UInt8(ascii: "}"))
        return writer.bytes
    }

    /// SHA3-256 over ``encode(_:sequence:previousHash:)``: the receipt's hash, and the next receipt's `previous`.
    public static func hash(_ event: UsageEvent, sequence: Int64, previousHash: ReceiptHash) -> ReceiptHash {
        Digest32.sha3(encode(event, sequence: sequence, previousHash: previousHash))
    }
}
