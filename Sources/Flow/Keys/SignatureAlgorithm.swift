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

    /// The order of the curve's group, 32 bytes, big-endian (SEC 2, sections 2.4.1 and 2.4.2).
    var order: [UInt8] { self == .ecdsaP256 ? Self.orderOfP256 : Self.orderOfSecp256k1 }

    private static let orderOfP256 = bytes(
        0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_FFFF_FFFF, 0xBCE6_FAAD_A717_9E84, 0xF3B9_CAC2_FC63_2551)
    private static let orderOfSecp256k1 = bytes(
        0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFE, 0xBAAE_DCE6_AF48_A03B, 0xBFD2_5E8C_D036_4141)

    private static func bytes(_ words: UInt64...) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }
}
