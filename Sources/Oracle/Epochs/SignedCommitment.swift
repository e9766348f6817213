public import Metering

/// A commitment with the publisher's signature.
public struct SignedCommitment: Sendable, Hashable {
    /// What is stated.
    public let commitment: EpochCommitment
    /// Which key signed.
    public let key: OperatorKeyID
    /// The 64 bytes of the Ed25519 signature over the commitment's canonical JSON.
    public let signature: [UInt8]

    /// Signs a commitment.
    ///
    /// - Throws: `storeUnavailable` when signing fails.
    public init(_ commitment: EpochCommitment, signedWith key: OperatorKey) throws(OracleError) {
        self.commitment = commitment
        self.key = key.id
        do { signature = try key.sign(commitment.json.bytes, as: .commitment) } catch {
            throw OracleError(.storeUnavailable, error.message, cause: error)
        }
    }

    /// The text form, canonical JSON: `{"commitment":{…},"key":"…","signature":"…"}`.
    public var json: CanonicalJSON {
        .object([
            "commitment": commitment.json, "key": .string(key.description),
            "signature": .string(Base64.encode(signature)),
        ])
    }

    /// Reads the text form; the signature is not checked, see ``verify(with:)``.
    ///
    /// - Throws: `invalidInput`.
    public init(text: String) throws(OracleError) {
        do {
            var members = try CanonicalJSON.Members(CanonicalJSON(parsing: Array(text.utf8)), of: "the commitment")
            commitment = try EpochCommitment(try members.value("commitment"))
            key = try OperatorKeyID(validating: try members.string("key"))
            signature = try members.base64("signature")
            guard signature.count == 64 else { throw members.error("signature", "is not 64 bytes") }
            try members.finish()
        } catch let error as OracleError { throw error } catch { throw OracleError(.invalidInput, "\(error)") }
    }

    /// Checks that one of the operator's keys signed it, while that key was valid.
    ///
    /// - Throws: `invalidProof`.
    public func verify(with keys: OperatorPublicKeys) throws(OracleError) {
        guard let publicKey = keys[key] else {
            throw OracleError(
                .invalidProof, "the commitment is signed with the key \(key), which is not among the operator's keys")
        }
        guard publicKey.isValid(signature, of: commitment.json.bytes, as: .commitment) else {
            throw OracleError(.invalidProof, "the signature does not fit the commitment of epoch \(commitment.epoch)")
        }
        if let end = publicKey.notAfter, commitment.closed >= end {
            throw OracleError(.invalidProof, "the commitment is dated when the key \(key) had stopped signing")
        }
    }
}
