/// The curve on which a key signs.
public enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    /// NIST P-256, also called secp256r1 and prime256v1.
    case ecdsaP256 = "ECDSA_P256"
    /// secp256k1, which Bitcoin and Ethereum use.
    case ecdsaSecp256k1 = "ECDSA_secp256k1"

    /// The number in account keys, transactions and protocol messages.
    public var code: UInt8 { self == .ecdsaP256 ? 2 : 3 }
    /// The raw value of Cadence's enum `SignatureAlgorithm`, which is another number.
    public var cadenceRawValue: UInt8 { self == .ecdsaP256 ? 1 : 2 }

    /// The algorithm with this code.
    public init?(code: UInt8) {
        switch code {
        case 2: self = .ecdsaP256
        case 3: self = .ecdsaSecp256k1
        default: return nil
        }
    }

    /// The algorithm that an access node names; its code and its published interface spell it differently.
    public init?(name: String) {
        switch name {
        case "ECDSA_P256", "ECDSAP256": self = .ecdsaP256
        case "ECDSA_secp256k1", "ECDSASecp256k1": self = .ecdsaSecp256k1
        default: return nil
        }
    }
}
