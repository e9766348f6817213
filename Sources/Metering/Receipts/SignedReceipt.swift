internal import Claude

/// A receipt with the operator's signature: proof of what was used and what was charged.
public struct SignedReceipt: Sendable, Hashable {
    /// The canonical bytes, which are hashed and signed.
    public let bytes: [UInt8]
    /// The event that the bytes state, with its place in the chain and its hash.
    public let stored: StoredEvent
    /// Which key signed.
    public let key: OperatorKeyID
    /// The 64 bytes of the Ed25519 signature.
    public let signature: [UInt8]

    /// Signs a receipt.
    ///
    /// - Throws: `keyUnavailable` when signing fails.
    public init(_ stored: StoredEvent, signedWith key: OperatorKey) throws(MeteringError) {
        bytes = CanonicalReceipt.encode(
            stored.event, sequence: stored.sequence, previousHash: stored.previousHash)
        self.stored = stored
        self.key = key.id
        signature = try key.sign(bytes, as: .receipt)
    }

    /// The text form, one line without its line feed: `{"receipt":{…},"key":"…","signature":"…"}`.
    public var text: String {
        let receipt = String(decoding: bytes, as: UTF8.self)
        return #"{"receipt":\#(receipt),"key":"\#(key)","signature":"\#(Base64.encode(signature))"}"#
    }

    /// Reads the text form, strictly: it must be, byte for byte, what ``text`` gives.
    ///
    /// The signature is not checked: see ``ReceiptVerifier``.
    ///
    /// - Throws: `invalidInput`.
    public init(text: String) throws(MeteringError) {
        var text = text
        var parts = (receipt: 0..<0, key: "", signature: "")
        let failure: ClaudeError? = text.withUTF8 { bytes in
            do throws(ClaudeError) { parts = try Self.split(UnsafeRawBufferPointer(bytes)) } catch { return error }
            return nil
        }
        if let failure { throw MeteringError(.invalidInput, "the signed receipt cannot be read: \(failure)") }
        bytes = text.withUTF8 { Array($0[parts.receipt]) }
        stored = try CanonicalReceipt.parse(bytes)
        key = try OperatorKeyID(validating: parts.key)
        guard let signature = Base64.decode(parts.signature), signature.count == 64 else {
            throw MeteringError(.invalidInput, "the signature of a receipt is not 64 bytes in Base64")
        }
        self.signature = signature
        guard self.text == text else {
            throw MeteringError(
                .invalidInput, "a signed receipt is one line with the members receipt, key and signature, nothing else")
        }
    }

    private static func split(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ClaudeError) -> (receipt: Range<Int>, key: String, signature: String) {
        var cursor = JSONCursor(bytes)
        var (receipt, key, signature) = (0..<0, "", "")
        try cursor.beginObject()
        while let name = try cursor.nextKey() {
            switch name {
            case "receipt": receipt = try cursor.skipValue()
            case "key": key = try cursor.readString()
            case "signature": signature = try cursor.readString()
            default: break
            }
        }
        try cursor.finish()
        return (receipt, key, signature)
    }
}
