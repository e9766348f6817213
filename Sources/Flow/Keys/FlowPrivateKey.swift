internal import BigInt
public import ChainPrimitives
public import Crypto

/// A private key held by this process.
///
/// It shows nothing of itself when printed. Where a key must not be in the process, write a ``FlowSigner`` instead.
public struct FlowPrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    private enum Key: Sendable {
        case p256(P256.Signing.PrivateKey)
        case secp256k1(Secp256k1PrivateKey)
    }

    private let key: Key

    /// The curve.
    public var algorithm: SignatureAlgorithm {
        switch key {
        case .p256: .ecdsaP256
        case .secp256k1: .ecdsaSecp256k1
        }
    }

    /// The key's public half.
    public var publicKey: FlowPublicKey {
        switch key {
        case .p256(let key): FlowPublicKey(key.publicKey)
        case .secp256k1(let key): FlowPublicKey(key.publicKey)
        }
    }

    /// The secret number: 32 bytes, big-endian.
    public var rawRepresentation: [UInt8] {
        switch key {
        case .p256(let key): Array(key.rawRepresentation)
        case .secp256k1(let key): key.rawRepresentation
        }
    }

    /// Wraps a key of swift-crypto.
    public init(_ key: P256.Signing.PrivateKey) { self.key = .p256(key) }

    /// Wraps a key on secp256k1.
    public init(_ key: Secp256k1PrivateKey) { self.key = .secp256k1(key) }

    /// Reads the 32 bytes of a key.
    public init(_ algorithm: SignatureAlgorithm, rawRepresentation bytes: [UInt8]) throws(FlowError) {
        do {
            switch algorithm {
            case .ecdsaP256: self.init(try P256.Signing.PrivateKey(rawRepresentation: bytes))
            case .ecdsaSecp256k1: self.init(try Secp256k1PrivateKey(rawRepresentation: bytes))
            }
        } catch {
            throw FlowError(
                .invalidKey, "the \(bytes.count) bytes are no private \(algorithm.rawValue) key: expected 32 in range")
        }
    }

    /// Reads 64 hexadecimal digits, with or without `0x`.
    public init(_ algorithm: SignatureAlgorithm, hex: String) throws(FlowError) {
        let bytes: [UInt8]
        do { bytes = try Hex.decode(hex, allowsPrefix: true) } catch {
            throw FlowError(.invalidKey, "a private key is written with 64 hexadecimal digits")
        }
        try self.init(algorithm, rawRepresentation: bytes)
    }

    /// Makes a key from a seed of 32 to 256 secret bytes, as the Flow SDK for Go and the emulator do.
    ///
    /// The key is d = OKM mod (n - 1) + 1, where OKM is 48 bytes of HKDF-SHA256 without salt and info.
    public init(_ algorithm: SignatureAlgorithm, seed: [UInt8]) throws(FlowError) {
        guard (32...256).contains(seed.count) else {
            throw FlowError(.invalidKey, "a seed has 32 to 256 bytes, not \(seed.count)")
        }
        let material = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: seed), salt: [UInt8](), info: [UInt8](), outputByteCount: 48)
        let number = material.withUnsafeBytes { $0.reduce(BigUInt(0)) { $0 << 8 + BigUInt($1) } }
        let order = algorithm.order.reduce(BigUInt(0)) { $0 << 8 + BigUInt($1) }
        let secret = number % (order - 1) + 1
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: secret >> (8 * (31 - $0))) }
        try self.init(algorithm, rawRepresentation: bytes)
    }

    /// Creates a new random key.
    public static func generate(_ algorithm: SignatureAlgorithm = .ecdsaP256) throws(FlowError) -> FlowPrivateKey {
        switch algorithm {
        case .ecdsaP256: return FlowPrivateKey(P256.Signing.PrivateKey())
        case .ecdsaSecp256k1:
            do { return FlowPrivateKey(try Secp256k1PrivateKey.generate()) } catch {
                throw FlowError(.invalidKey, "no key could be made", cause: error)
            }
        }
    }

    /// Signs bytes that have their tag already: r and s, 32 bytes each, big-endian.
    public func signature(for tagged: [UInt8], hash: HashAlgorithm) throws(FlowError) -> [UInt8] {
        do {
            switch key {
            case .secp256k1(let key): return try key.signature(forDigest: hash.digest(of: tagged)).compact
            case .p256(let key):
                switch hash {
                case .sha2: return Array(try key.signature(for: SHA256.hash(data: tagged)).rawRepresentation)
                case .sha3: return Array(try key.signature(for: SHA3_256.hash(data: tagged)).rawRepresentation)
                case .keccak256:
                    return Array(try key.signature(for: DigestBytes(Keccak256.hash(tagged))).rawRepresentation)
                }
            }
        } catch {
            throw FlowError(.invalidSignature, "the message could not be signed", cause: error)
        }
    }

    /// A placeholder: the key is a secret.
    public var description: String { "<private \(algorithm.rawValue) key>" }
    /// Nothing: the key is a secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
