import ChainPrimitives
import Foundation

/// The published and computed values that the tests compare with.
struct Vectors: Decodable {
    struct Scalar: Decodable {
        var value: UInt64
        var rlp: String
    }
    struct Bytes: Decodable {
        var hex: String?
        var rlp: String?
        var hexLen: Int?
        var fill: String?
        var rlpPrefix: String?
    }
    struct Hash: Decodable {
        var messageUtf8: String
        var digest: String
    }
    struct EthereumHash: Decodable {
        var input: String
        var hash: String
    }
    struct EthereumKey: Decodable {
        var privateKey: String
        var pubkeyXY: String
        var compressed: String
        var address: String
    }
    struct EthereumSignature: Decodable {
        var digest: String
        var privateKey: String
        var v: UInt8
        var r: String
        var s: String
        var pubkeyXY: String
    }
    struct KeyPair: Decodable {
        var privateKey: String
        var publicKey: String
    }
    struct Signature: Decodable {
        var publicKey: String
        var messageHex: String
        var signature: String
    }

    var rlpScalars: [Scalar]
    var rlpBytes: [Bytes]
    var keccak: [Hash]
    var ethereumKeccak: [EthereumHash]
    var ethereumKeys: [EthereumKey]
    var ethereumSignatures: [EthereumSignature]
    var keyPairs: [KeyPair]
    var signatures: [Signature]

    static func load() throws -> Vectors {
        guard let url = Bundle.module.url(forResource: "primitives", withExtension: "json", subdirectory: "Fixtures")
        else { throw CocoaError(.fileNoSuchFile) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Vectors.self, from: Data(contentsOf: url))
    }
}

/// The bytes of a hexadecimal text that the test wrote.
func bytes(_ hex: String) throws -> [UInt8] { try Hex.decode(hex, allowsPrefix: true) }
