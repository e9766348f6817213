/// A signature of a transaction, by one key of one account.
public struct TransactionSignature: Sendable, Hashable {
    /// The account.
    public var address: FlowAddress
    /// The key's index in the account.
    public var keyIndex: UInt32
    /// r and s, 32 bytes each, big-endian.
    public var signature: [UInt8]
    /// How the signature was made, when not plainly (FLIP 264): the first byte names the scheme, see ``WebAuthn``.
    public var extensionData: [UInt8]

    /// Creates a signature.
    public init(address: FlowAddress, keyIndex: UInt32, signature: [UInt8], extensionData: [UInt8] = []) {
        self.address = address
        self.keyIndex = keyIndex
        self.signature = signature
        self.extensionData = extensionData
    }

    /// Whether the signature is plain: then its extension data is no part of the encoding, and so not of the id.
    public var isPlain: Bool { extensionData.isEmpty || extensionData == [0] }
}
