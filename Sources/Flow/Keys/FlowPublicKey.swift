public import ChainPrimitives
public import Crypto

/// A public key of an account or a user.
///
/// A value is always a point of its curve.
public struct FlowPublicKey: Sendable, Hashable, CustomStringConvertible {
    private enum Key: Sendable {
        case p256(P256.Signing.PublicKey)
        case secp256k1(Secp256k1PublicKey)
    }

    private let key: Key

    /// The curve.
    public var algorithm: SignatureAlgorithm {
        switch key {
        case .p256: .ecdsaP256
        case .secp256k1: .ecdsaSecp256k1
        }
    }

    /// X and Y, 32 bytes each, big-endian: how Flow writes keys.
    public var rawRepresentation: [UInt8] {
        switch key {
        case .p256(let key): Array(key.rawRepresentation)
        case .secp256k1(let key): key.rawRepresentation
        }
    }

    /// ``rawRepresentation`` as 128 hexadecimal digits.
    public var hex: String { Hex.encode(rawRepresentation) }

    /// The curve and ``hex``.
    public var description: String { "\(algorithm.rawValue) \(hex)" }

    /// Wraps a key of swift-crypto.
    public init(_ key: P256.Signing.PublicKey) { self.key = .p256(key) }

    /// Wraps a key on secp256k1.
    public init(_ key: Secp256k1PublicKey) { self.key = .secp256k1(key) }

    /// Reads the 64 bytes of a key.
    public init(_ algorithm: SignatureAlgorithm, rawRepresentation bytes: [UInt8]) throws(FlowError) {
        do {
            switch algorithm {
            case .ecdsaP256: self.init(try P256.Signing.PublicKey(rawRepresentation: bytes))
            case .ecdsaSecp256k1: self.init(try Secp256k1PublicKey(rawRepresentation: bytes))
            }
        } catch {
            throw FlowError(
                .invalidKey,
                "the \(bytes.count) bytes are no \(algorithm.rawValue) key: expected X and Y, 32 bytes each"
            )
        }
    }

    /// Reads 128 hexadecimal digits, with or without `0x`, or 130 that begin with `04`.
    public init(_ algorithm: SignatureAlgorithm, hex: String) throws(FlowError) {
        var bytes: [UInt8]
        do { bytes = try Hex.decode(hex, allowsPrefix: true) } catch {
            throw FlowError(.invalidKey, "a public key is written with 128 hexadecimal digits")
        }
        if bytes.count == 65, bytes[0] == 4 { bytes.removeFirst() }
        try self.init(algorithm, rawRepresentation: bytes)
    }

    /// Whether `signature` is this key's over `message` behind `tag`.
    ///
    /// A signature of a wrong length is just not valid. Both halves of the range of s are accepted, as on chain.
    public func isValidSignature(
        _ signature: [UInt8], for message: [UInt8], tag: DomainTag, hash: HashAlgorithm
    ) -> Bool {
        isValidSignature(signature, for: tag.bytes + message, hash: hash)
    }

    /// Whether `signature` is this key's over the bytes, which have their tag already.
    public func isValidSignature(_ signature: [UInt8], for tagged: [UInt8], hash: HashAlgorithm) -> Bool {
        guard signature.count == 64 else { return false }
        switch key {
        case .secp256k1(let key):
            return key.isValidSignature(signature, forDigest: hash.digest(of: tagged))
        case .p256(let key):
            do {
                let signature = try P256.Signing.ECDSASignature(rawRepresentation: signature)
                switch hash {
                case .sha2: return key.isValidSignature(signature, for: SHA256.hash(data: tagged))
                case .sha3: return key.isValidSignature(signature, for: SHA3_256.hash(data: tagged))
                case .keccak256:
                    return key.isValidSignature(signature, for: DigestBytes(Keccak256.hash(tagged)))
                }
            } catch {
                return false
            }
        }
    }

    /// Whether both are the same point of the same curve.
    public static func == (one: FlowPublicKey, other: FlowPublicKey) -> Bool {
        one.algorithm == other.algorithm && one.rawRepresentation == other.rawRepresentation
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(algorithm)
        hasher.combine(rawRepresentation)
    }
}
