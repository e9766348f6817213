internal import ChainPrimitives
internal import Crypto

/// Checks signatures the way an access node and Flow's virtual machine do.
enum SignatureCheck {
    /// `FLOW-V0.0-transaction`, padded with zeros to 32 bytes.
    static let transactionTag: [UInt8] = {
        let tag = Array("FLOW-V0.0-transaction".utf8)
        return tag + [UInt8](repeating: 0, count: 32 - tag.count)
    }()

    /// Whether the key made the signature over `message` (a payload or envelope, without the tag).
    static func isValid(_ signature: MockTransaction.Signature, over message: [UInt8], by key: MockAccountKey) -> Bool {
        switch signature.extensionData.first {
        case nil, 0: return isValid(signature.signature, of: transactionTag + message, by: key)
        default:
            guard let signed = WebAuthn.signedBytes(signature.extensionData, message: message) else { return false }
            return isValid(signature.signature, of: signed, by: key)
        }
    }

    private static func isValid(_ signature: [UInt8], of message: [UInt8], by key: MockAccountKey) -> Bool {
        switch (key.curve, key.hash) {
        case (.p256, .sha2): isValidP256(signature, SHA256.hash(data: message), key)
        case (.p256, .sha3): isValidP256(signature, SHA3_256.hash(data: message), key)
        case (.secp256k1, .sha2): isValidSecp256k1(signature, Array(SHA256.hash(data: message)), key)
        case (.secp256k1, .sha3): isValidSecp256k1(signature, Array(SHA3_256.hash(data: message)), key)
        }
    }

    private static func isValidP256(_ signature: [UInt8], _ digest: some Digest, _ key: MockAccountKey) -> Bool {
        do {
            return try P256.Signing.PublicKey(rawRepresentation: key.publicKey)
                .isValidSignature(P256.Signing.ECDSASignature(rawRepresentation: signature), for: digest)
        } catch {
            // Bytes that are no key or no signature do not verify.
            return false
        }
    }

    private static func isValidSecp256k1(_ signature: [UInt8], _ digest: [UInt8], _ key: MockAccountKey) -> Bool {
        do {
            return try Secp256k1PublicKey(rawRepresentation: key.publicKey)
                .isValidSignature(signature, forDigest: digest)
        } catch {
            return false
        }
    }

    // MARK: Form

    /// Whether the bytes can be a signature of either curve: 64 bytes, r and s from 1 to the order minus 1.
    static func isWellFormed(_ signature: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        let halves = [Array(signature[..<32]), Array(signature[32...])]
        return [p256Order, secp256k1Order].contains { order in
            halves.allSatisfy { half in half.contains { $0 != 0 } && half.lexicographicallyPrecedes(order) }
        }
    }

    private static let p256Order = bytes(0xFFFF_FFFF_0000_0000, .max, 0xBCE6_FAAD_A717_9E84, 0xF3B9_CAC2_FC63_2551)
    private static let secp256k1Order = bytes(.max, 0xFFFF_FFFF_FFFF_FFFE, 0xBAAE_DCE6_AF48_A03B, 0xBFD2_5E8C_D036_4141)

    private static func bytes(_ words: UInt64...) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }
}
