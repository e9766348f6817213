/// Something that signs for a key: a key in memory, or a key management service.
///
/// A service that signs digests is given `hashAlgorithm.digest(of:)`; one that answers in DER is read with
/// ``ECDSASignature/rawRepresentation(der:)``.
public protocol FlowSigner: Sendable {
    /// The hash that belongs to the account key.
    var hashAlgorithm: HashAlgorithm { get }
    /// The key's public half.
    var publicKey: FlowPublicKey { get }

    /// Signs bytes that have their domain tag already, and returns r and s, 32 bytes each, big-endian.
    ///
    /// It may be called many times at once. It returns when the signature is there; cancelling the task may end it early
    /// with an error. It throws ``FlowError/Code/invalidSignature`` when the key refuses for good, and
    /// ``FlowError/Code/unavailable`` when it is worth trying again.
    func signature(for tagged: [UInt8]) async throws(FlowError) -> [UInt8]
}

extension FlowSigner {
    /// Signs a message for users: what `fcl.currentUser.signUserMessage` signs.
    public func userSignature(for message: [UInt8]) async throws(FlowError) -> [UInt8] {
        try await signature(for: DomainTag.user.bytes + message)
    }
}

/// A signer whose key is in this process.
public struct InMemorySigner: FlowSigner {
    /// The key.
    public let key: FlowPrivateKey
    /// The hash that belongs to the account key.
    public let hashAlgorithm: HashAlgorithm
    /// The key's public half.
    public let publicKey: FlowPublicKey

    /// Creates a signer.
    public init(_ key: FlowPrivateKey, hash: HashAlgorithm = .sha3) {
        self.key = key
        hashAlgorithm = hash
        publicKey = key.publicKey
    }

    /// Signs at once.
    public func signature(for tagged: [UInt8]) async throws(FlowError) -> [UInt8] {
        try key.signature(for: tagged, hash: hashAlgorithm)
    }
}
