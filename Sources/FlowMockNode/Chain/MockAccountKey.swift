/// A public key as an account holds it.
public struct MockAccountKey: Sendable, Hashable {
    /// The curve, with the code that account keys use (flow-go-sdk `crypto/crypto.go`).
    public enum Curve: UInt8, Sendable, Hashable {
        /// NIST P-256.
        case p256 = 2
        /// The curve of Bitcoin and Ethereum.
        case secp256k1 = 3

        /// The name that the REST interface prints.
        var name: String { self == .p256 ? "ECDSA_P256" : "ECDSA_secp256k1" }
    }

    /// The hash function, with the code that account keys use.
    public enum Hash: UInt8, Sendable, Hashable {
        /// SHA-256.
        case sha2 = 1
        /// SHA3-256.
        case sha3 = 3

        /// The name that the REST interface prints.
        var name: String { self == .sha2 ? "SHA2_256" : "SHA3_256" }
    }

    /// X and Y, 32 bytes each.
    public var publicKey: [UInt8]
    /// The curve.
    public var curve: Curve
    /// What messages are hashed with.
    public var hash: Hash
    /// What a signature counts; 1,000 are needed.
    public var weight: Int
    /// The next sequence number that a transaction has to name.
    public var sequenceNumber: UInt64

    /// Creates a key; the default is a full-weight P-256 key with SHA3-256.
    public init(
        publicKey: [UInt8], curve: Curve = .p256, hash: Hash = .sha3, weight: Int = 1000, sequenceNumber: UInt64 = 0
    ) {
        self.publicKey = publicKey
        self.curve = curve
        self.hash = hash
        self.weight = weight
        self.sequenceNumber = sequenceNumber
    }
}
