internal import ChainPrimitives
internal import Crypto

/// The hash whose digest is signed.
public enum HashAlgorithm: String, Sendable, Hashable, CaseIterable {
    case sha2 = "SHA2_256"
    case sha3 = "SHA3_256"
    /// For signatures that contracts check, such as Ethereum's; account keys cannot have it.
    case keccak256 = "KECCAK_256"

    /// The number in account keys, protocol messages, and Cadence's enum `HashAlgorithm`.
    public var code: UInt8 {
        switch self {
        case .sha2: 1
        case .sha3: 3
        case .keccak256: 6
        }
    }

    /// Whether an account key may have it.
    public var isForAccountKeys: Bool { self != .keccak256 }

    /// The algorithm with this code.
    public init?(code: UInt8) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }

    /// The algorithm that an access node names.
    public init?(name: String) {
        self.init(rawValue: name == "SHA2256" ? "SHA2_256" : name == "SHA3256" ? "SHA3_256" : name)
    }

    /// The 32 bytes of the digest.
    ///
    /// A service that signs digests, as most key management services do, is given this.
    public func digest(of message: [UInt8]) -> [UInt8] {
        switch self {
        case .sha2: Array(SHA256.hash(data: message))
        case .sha3: Array(SHA3_256.hash(data: message))
        case .keccak256: Keccak256.hash(message)
        }
    }
}
