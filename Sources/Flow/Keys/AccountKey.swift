/// What checking a set of signatures needs to know about an account key.
public struct AccountKey: Sendable, Hashable {
    /// The weight that signatures must reach together.
    public static let threshold: UInt32 = 1000

    /// The key's index in the account.
    public var index: UInt32
    /// The public key.
    public var publicKey: FlowPublicKey
    /// The hash that belongs to the key.
    public var hashAlgorithm: HashAlgorithm
    /// How much a signature of this key counts: 0 to 1000.
    public var weight: UInt32
    /// The next sequence number.
    public var sequenceNumber: UInt64
    /// Whether the key was taken out of use.
    public var isRevoked: Bool

    /// Creates a key.
    public init(
        index: UInt32, publicKey: FlowPublicKey, hashAlgorithm: HashAlgorithm, weight: UInt32 = AccountKey.threshold,
        sequenceNumber: UInt64 = 0, isRevoked: Bool = false
    ) {
        self.index = index
        self.publicKey = publicKey
        self.hashAlgorithm = hashAlgorithm
        self.weight = weight
        self.sequenceNumber = sequenceNumber
        self.isRevoked = isRevoked
    }
}

extension Collection<AccountKey> {
    /// Whether the signatures are all valid, by different keys that are not revoked, and weigh enough together.
    ///
    /// This is what a server checks when a wallet has signed a user message or an account proof.
    ///
    /// - Parameter message: The bytes with their tag: `DomainTag.user.bytes + text`, or ``AccountProof/message``.
    public func verify(_ signatures: [KeySignature], for message: [UInt8]) -> Bool {
        var seen: Set<UInt32> = []
        var weight: UInt32 = 0
        for signature in signatures {
            guard seen.insert(signature.keyIndex).inserted,
                let key = first(where: { $0.index == signature.keyIndex }), !key.isRevoked,
                key.publicKey.isValidSignature(signature.signature, for: message, hash: key.hashAlgorithm)
            else { return false }
            weight = weight.addingReportingOverflow(key.weight).partialValue
        }
        return weight >= AccountKey.threshold
    }
}
