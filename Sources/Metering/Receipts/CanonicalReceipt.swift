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
        var writer = CanonicalJSONWriter(capacity: 768 + event.lines.count * 72)
        write(event, sequence: sequence, previousHash: previousHash, to: &writer)
        return writer.bytes
    }

    static func write(
        _ event: borrowing UsageEvent, sequence: Int64, previousHash: ReceiptHash, to writer: inout CanonicalJSONWriter
    ) {
        writer.raw("{")
        if let agent = event.agent {
            writer.raw("\"agent\":")
            writer.string(agent)
            writer.raw(",")
        }
        writer.raw("\"charge\":")
        switch event.charge {
        case .priced(let charge): writer.integer(charge.rawValue)
        case .unpriced: writer.raw("null")
        }
        writer.raw(",\"customer\":")
        writer.string(event.customer.rawValue)
        writer.raw(",\"id\":")
        writer.string(event.id.rawValue)
        writer.raw(",\"key\":")
        writer.string(event.key.rawValue)
        writer.raw(",\"lines\":")
        writer.array(event.lines) { writer, line in
            writer.raw("{\"quantity\":")
            writer.integer(Int128(line.quantity))
            writer.raw(",\"sku\":")
            writer.string(line.sku.rawValue)
            writer.raw("}")
        }
        if case .unpriced(let missing) = event.charge {
            writer.raw(",\"missing\":")
            writer.array(missing) { $0.string($1.rawValue) }
        }
        writer.raw(",\"model\":")
        writer.string(event.model)
        writer.raw(",\"previous\":")
        writer.digest(previousHash)
        writer.raw(",\"price_book\":")
        writer.digest(event.priceBook)
        writer.raw(",\"quality\":")
        writer.string(event.quality.rawValue)
        if let requestID = event.requestID {
            writer.raw(",\"request_id\":")
            writer.string(requestID)
        }
        writer.raw(",\"sequence\":")
        writer.integer(Int128(sequence))
        writer.raw(",\"session\":")
        writer.string(event.session.rawValue)
        writer.raw(",\"source\":")
        writer.string(event.source.rawValue)
        writer.raw(",\"time\":")
        writer.integer(Int128(event.time.milliseconds))
        writer.raw(",\"version\":1}")
    }

    /// SHA3-256 over ``encode(_:sequence:previousHash:)``: the receipt's hash, and the next receipt's `previous`.
    public static func hash(_ event: UsageEvent, sequence: Int64, previousHash: ReceiptHash) -> ReceiptHash {
        Digest32.sha3(encode(event, sequence: sequence, previousHash: previousHash))
    }
}

/// Hashes one receipt after the other, in one buffer.
package struct ReceiptHasher {
    private var writer = CanonicalJSONWriter(capacity: 4_096)

    /// Creates a hasher.
    package init() {}

    /// The same as `CanonicalReceipt.hash(_:sequence:previousHash:)`.
    ///
    /// The event is borrowed, for a copy would retain it part by part.
    package mutating func hash(
        _ event: borrowing UsageEvent, sequence: Int64, previousHash: ReceiptHash
    ) -> ReceiptHash {
        writer.bytes.removeAll(keepingCapacity: true)
        CanonicalReceipt.write(event, sequence: sequence, previousHash: previousHash, to: &writer)
        return Digest32.sha3(writer.bytes)
    }
}
