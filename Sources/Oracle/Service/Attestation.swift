public import Metering

/// Somebody's word that a commitment was published: the publisher's signature, or proof from another network.
public struct Attestation: Sendable, Hashable {
    /// The epoch.
    public var epoch: Epoch
    /// The hash of the commitment.
    public var commitment: Digest32
    /// How it was attested: `publisher`, or the name of another method.
    public var method: String
    /// What proves it, as the method defines it.
    ///
    /// For `publisher` it is `SignedCommitment.json`.
    public var evidence: CanonicalJSON

    /// Creates an attestation.
    public init(epoch: Epoch, commitment: Digest32, method: String, evidence: CanonicalJSON) {
        self.epoch = epoch
        self.commitment = commitment
        self.method = method
        self.evidence = evidence
    }
}

/// Attests commitments.
public protocol Attestor: Sendable {
    /// Attests a commitment.
    ///
    /// May be called again for the same commitment, after a crash or a failure.
    ///
    /// - Throws: When the attestation cannot be had now; the oracle tries again later.
    func attest(_ commitment: EpochCommitment) async throws(OracleError) -> Attestation
}

/// Attests with the operator's own signature.
public struct PublisherAttestor: Attestor {
    private let key: @Sendable () throws(OracleError) -> OperatorKey

    /// Creates an attestor.
    ///
    /// - Parameter key: Gives the key that signs now, so that a rotation takes effect.
    public init(key: @escaping @Sendable () throws(OracleError) -> OperatorKey) { self.key = key }

    /// Signs the commitment.
    public func attest(_ commitment: EpochCommitment) async throws(OracleError) -> Attestation {
        let signed = try SignedCommitment(commitment, signedWith: try key())
        return Attestation(
            epoch: commitment.epoch, commitment: commitment.hash, method: "publisher", evidence: signed.json)
    }
}
