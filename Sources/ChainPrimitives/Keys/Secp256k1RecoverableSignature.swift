internal import CSecp256k1

/// An ECDSA signature over secp256k1, with what is needed to find the public key that made it.
public struct Secp256k1RecoverableSignature: Sendable, Hashable {
    /// r and s: 32 bytes each, big-endian.
    public let compact: [UInt8]
    /// Which of up to four candidate keys signed: 0 to 3 (Ethereum's y parity is 0 or 1).
    public let recoveryID: UInt8

    init(compact: [UInt8], recoveryID: UInt8) {
        self.compact = compact
        self.recoveryID = recoveryID
    }

    /// Checks the form of a signature: 64 bytes whose halves are below the group's order, and an id of 0 to 3.
    public init(compact bytes: some Collection<UInt8>, validating recoveryID: UInt8) throws(ChainPrimitivesError) {
        let compact = Array(bytes)
        guard compact.count == 64, recoveryID < 4, Self.parsed(compact, recoveryID) != nil else {
            throw ChainPrimitivesError(
                .invalidSignature, "a signature is r and s, 32 bytes each and in range, with a recovery id of 0 to 3")
        }
        self.init(compact: compact, recoveryID: recoveryID)
    }

    /// The public key whose private half signed `digest` (32 bytes).
    public func publicKey(forDigest digest: [UInt8]) throws(ChainPrimitivesError) -> Secp256k1PublicKey {
        var key = secp256k1_pubkey()
        guard digest.count == 32, var signature = Self.parsed(compact, recoveryID),
            secp256k1_ecdsa_recover(Secp256k1Context.shared.pointer, &key, &signature, digest) == 1
        else { throw ChainPrimitivesError(.invalidSignature, "no public key can be recovered from the signature") }
        return Secp256k1PublicKey(key)
    }

    private static func parsed(_ compact: [UInt8], _ recoveryID: UInt8) -> secp256k1_ecdsa_recoverable_signature? {
        var signature = secp256k1_ecdsa_recoverable_signature()
        guard
            secp256k1_ecdsa_recoverable_signature_parse_compact(
                Secp256k1Context.shared.pointer, &signature, compact, Int32(recoveryID)) == 1
        else { return nil }
        return signature
    }
}
