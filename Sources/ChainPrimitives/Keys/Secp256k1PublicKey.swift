internal import CSecp256k1

/// A public key of the curve secp256k1 (SEC 2, section 2.4.1).
public struct Secp256k1PublicKey: Sendable, Hashable {
    /// X and Y, 32 bytes each, big-endian: the uncompressed form without its leading `04`.
    public let rawRepresentation: [UInt8]

    /// Checks that 64 bytes, X and Y, are a point of the curve.
    public init(rawRepresentation bytes: some Collection<UInt8>) throws(ChainPrimitivesError) {
        guard bytes.count == 64 else {
            throw ChainPrimitivesError(.invalidKey, "a public key has 64 bytes, not \(bytes.count)")
        }
        let raw = Array(bytes)
        guard Self.parsed([0x04] + raw) != nil else {
            throw ChainPrimitivesError(.invalidKey, "the public key is no point of secp256k1")
        }
        rawRepresentation = raw
    }

    init(_ key: secp256k1_pubkey) {
        rawRepresentation = Array(Self.serialized(key, compressed: false).dropFirst())
    }

    /// The compressed form: 33 bytes, the first of which is 2 or 3.
    public var compressedRepresentation: [UInt8] {
        guard let key = Self.parsed([0x04] + rawRepresentation) else { return [] }
        return Self.serialized(key, compressed: true)
    }

    /// Reads the compressed form.
    public init(compressedRepresentation bytes: some Collection<UInt8>) throws(ChainPrimitivesError) {
        guard bytes.count == 33, let key = Self.parsed(Array(bytes)) else {
            throw ChainPrimitivesError(.invalidKey, "the bytes are no compressed point of secp256k1")
        }
        self.init(key)
    }

    /// Whether `signature` (r and s, 32 bytes each, big-endian) is this key's over `digest` (32 bytes).
    ///
    /// Both halves of the range of s are accepted, as Flow and the curve's definition do; Ethereum takes the low one only.
    public func isValidSignature(_ signature: [UInt8], forDigest digest: [UInt8]) -> Bool {
        guard signature.count == 64, digest.count == 32, var key = Self.parsed([0x04] + rawRepresentation)
        else { return false }
        let context = Secp256k1Context.shared.pointer
        var parsed = secp256k1_ecdsa_signature()
        guard secp256k1_ecdsa_signature_parse_compact(context, &parsed, signature) == 1 else { return false }
        // The library verifies low s only; negating s keeps a signature valid.
        var low = secp256k1_ecdsa_signature()
        secp256k1_ecdsa_signature_normalize(context, &low, &parsed)
        return secp256k1_ecdsa_verify(context, &low, digest, &key) == 1
    }

    private static func parsed(_ bytes: [UInt8]) -> secp256k1_pubkey? {
        var key = secp256k1_pubkey()
        guard secp256k1_ec_pubkey_parse(Secp256k1Context.shared.pointer, &key, bytes, bytes.count) == 1 else {
            return nil
        }
        return key
    }

    private static func serialized(_ key: secp256k1_pubkey, compressed: Bool) -> [UInt8] {
        var key = key
        var count = compressed ? 33 : 65
        var bytes = [UInt8](repeating: 0, count: count)
        let flags = SECP256K1_FLAGS_TYPE_COMPRESSION | (compressed ? SECP256K1_FLAGS_BIT_COMPRESSION : 0)
        secp256k1_ec_pubkey_serialize(Secp256k1Context.shared.pointer, &bytes, &count, &key, UInt32(flags))
        return bytes
    }
}
