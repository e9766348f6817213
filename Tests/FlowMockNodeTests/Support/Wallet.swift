import ChainPrimitives
import Crypto

@testable import FlowMockNode

/// A key that can sign for the tests, apart from the client's own signing.
struct Wallet: Sendable {
    private enum Secret: Sendable {
        case p256(P256.Signing.PrivateKey)
        case secp256k1(Secp256k1PrivateKey)
    }

    let address: MockAddress
    var index: UInt32 = 0
    private let secret: Secret
    private let hash: MockAccountKey.Hash

    /// Creates a wallet whose key follows from `seed`.
    init(
        _ address: MockAddress, seed: UInt8 = 1, curve: MockAccountKey.Curve = .p256, hash: MockAccountKey.Hash = .sha3
    ) throws {
        self.address = address
        self.hash = hash
        let bytes = [UInt8](repeating: seed, count: 32)
        secret =
            switch curve {
            case .p256: .p256(try P256.Signing.PrivateKey(rawRepresentation: bytes))
            case .secp256k1: .secp256k1(try Secp256k1PrivateKey(rawRepresentation: bytes))
            }
    }

    func accountKey(weight: Int = 1000, sequenceNumber: UInt64 = 0) -> MockAccountKey {
        switch secret {
        case .p256(let key):
            MockAccountKey(
                publicKey: Array(key.publicKey.rawRepresentation), curve: .p256, hash: hash, weight: weight,
                sequenceNumber: sequenceNumber)
        case .secp256k1(let key):
            MockAccountKey(
                publicKey: key.publicKey.rawRepresentation, curve: .secp256k1, hash: hash, weight: weight,
                sequenceNumber: sequenceNumber)
        }
    }

    func signature(over message: [UInt8]) throws -> MockTransaction.Signature {
        let tagged = SignatureCheck.transactionTag + message
        let bytes: [UInt8]
        switch (secret, hash) {
        case (.p256(let key), .sha2):
            bytes = Array(try key.signature(for: SHA256.hash(data: tagged)).rawRepresentation)
        case (.p256(let key), .sha3):
            bytes = Array(try key.signature(for: SHA3_256.hash(data: tagged)).rawRepresentation)
        case (.secp256k1(let key), .sha2):
            bytes = try key.signature(forDigest: Array(SHA256.hash(data: tagged))).compact
        case (.secp256k1(let key), .sha3):
            bytes = try key.signature(forDigest: Array(SHA3_256.hash(data: tagged))).compact
        }
        return MockTransaction.Signature(address: address, keyIndex: index, signature: bytes, extensionData: [])
    }
}
