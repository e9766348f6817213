internal import ChainPrimitives

/// One of the signatures of a message, by a key of an account.
public struct KeySignature: Sendable, Hashable {
    /// The key's index in the account.
    public var keyIndex: UInt32
    /// r and s, 32 bytes each.
    public var signature: [UInt8]

    /// Creates a signature.
    public init(keyIndex: UInt32, signature: [UInt8]) {
        self.keyIndex = keyIndex
        self.signature = signature
    }

    /// Creates a signature from its 128 hexadecimal digits, the form in which wallets give it.
    ///
    /// - Throws: ``FlowError/Code/invalidSignature`` for other text.
    public init(keyIndex: UInt32, hex: String) throws(FlowError) {
        do { signature = try Hex.decode(hex, allowsPrefix: true) } catch {
            throw FlowError(.invalidSignature, "a signature is written with 128 hexadecimal digits")
        }
        self.keyIndex = keyIndex
    }
}

extension KeySignature: Decodable {
    private enum CodingKeys: String, CodingKey {
        case keyIndex = "keyId"
        case signature
    }

    /// Reads a wallet's composite signature (fcl-js): its `keyId` and its `signature`.
    ///
    /// Its `addr` is passed over: what counts is the account whose keys the signature is verified with.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            keyIndex: try container.decode(UInt32.self, forKey: .keyIndex),
            hex: try container.decode(String.self, forKey: .signature))
    }
}
