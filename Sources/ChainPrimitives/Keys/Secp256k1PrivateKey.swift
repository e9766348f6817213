internal import CSecp256k1

/// A private key of the curve secp256k1.
///
/// It shows nothing of itself when printed.
public struct Secp256k1PrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The secret number: 32 bytes, big-endian.
    public let rawRepresentation: [UInt8]
    /// The key's public half.
    public let publicKey: Secp256k1PublicKey

    /// Checks that 32 bytes are a number from 1 to the group's order minus 1.
    public init(rawRepresentation bytes: some Collection<UInt8>) throws(ChainPrimitivesError) {
        let raw = Array(bytes)
        let context = Secp256k1Context.shared.pointer
        guard raw.count == 32, secp256k1_ec_seckey_verify(context, raw) == 1 else {
            throw ChainPrimitivesError(
                .invalidKey, "a private key has 32 bytes, is not 0 and is below the order of secp256k1")
        }
        var key = secp256k1_pubkey()
        guard secp256k1_ec_pubkey_create(context, &key, raw) == 1 else {
            throw ChainPrimitivesError(.invalidKey, "the private key has no public key")
        }
        rawRepresentation = raw
        publicKey = Secp256k1PublicKey(key)
    }

    /// Creates a new random key.
    public static func generate() throws(ChainPrimitivesError) -> Secp256k1PrivateKey {
        var random = SystemRandomNumberGenerator()
        while true {
            let raw = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            // One draw in 2^128 is outside of the range.
            if secp256k1_ec_seckey_verify(Secp256k1Context.shared.pointer, raw) == 1 {
                return try Secp256k1PrivateKey(rawRepresentation: raw)
            }
        }
    }

    /// Signs a digest of 32 bytes, with the nonce of RFC 6979 and a low s.
    public func signature(
        forDigest digest: [UInt8]
    ) throws(ChainPrimitivesError) -> Secp256k1RecoverableSignature {
        guard digest.count == 32 else {
            throw ChainPrimitivesError(.invalidSignature, "a digest of 32 bytes is signed, not of \(digest.count)")
        }
        let context = Secp256k1Context.shared.pointer
        var signature = secp256k1_ecdsa_recoverable_signature()
        guard secp256k1_ecdsa_sign_recoverable(context, &signature, digest, rawRepresentation, nil, nil) == 1 else {
            throw ChainPrimitivesError(.invalidSignature, "the digest could not be signed")
        }
        var bytes = [UInt8](repeating: 0, count: 64)
        var recoveryID: Int32 = 0
        secp256k1_ecdsa_recoverable_signature_serialize_compact(context, &bytes, &recoveryID, &signature)
        return Secp256k1RecoverableSignature(compact: bytes, recoveryID: UInt8(truncatingIfNeeded: recoveryID))
    }

    /// A placeholder: the key is a secret.
    public var description: String { "<secp256k1 private key>" }
    /// Nothing: the key is a secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
