import ChainPrimitives
import Testing

@Suite("Keys on secp256k1")
struct Secp256k1Tests {
    @Test func `public keys follow from private ones`() throws {
        let vectors = try Vectors.load()
        #expect(!vectors.keyPairs.isEmpty)
        for pair in vectors.keyPairs {
            let key = try Secp256k1PrivateKey(rawRepresentation: bytes(pair.privateKey))
            #expect(Hex.encode(key.publicKey.rawRepresentation) == pair.publicKey)
        }
        for vector in vectors.ethereumKeys {
            let key = try Secp256k1PrivateKey(rawRepresentation: bytes(vector.privateKey)).publicKey
            #expect(try key.rawRepresentation == bytes(vector.pubkeyXY))
            #expect(try key.compressedRepresentation == bytes(vector.compressed))
            #expect(try Secp256k1PublicKey(compressedRepresentation: bytes(vector.compressed)) == key)
            let address = Hex.encode(Keccak256.hash(key.rawRepresentation).suffix(20))
            #expect("0x" + address == vector.address.lowercased())
        }
    }

    @Test func `signatures are those of other libraries, to the bit`() throws {
        let vectors = try Vectors.load().ethereumSignatures
        #expect(!vectors.isEmpty)
        for vector in vectors {
            let key = try Secp256k1PrivateKey(rawRepresentation: bytes(vector.privateKey))
            let digest = try bytes(vector.digest)
            let signature = try key.signature(forDigest: digest)
            #expect(try signature.compact == bytes(vector.r) + bytes(vector.s))
            #expect(signature.recoveryID == vector.v - 27)
            #expect(try signature.publicKey(forDigest: digest) == key.publicKey)
            #expect(key.publicKey.isValidSignature(signature.compact, forDigest: digest))
        }
    }

    @Test func `a published signature is valid`() throws {
        for vector in try Vectors.load().signatures {
            let key = try Secp256k1PublicKey(rawRepresentation: bytes(vector.publicKey))
            let digest = Keccak256.hash(try bytes(vector.messageHex))
            #expect(key.isValidSignature(try bytes(vector.signature), forDigest: digest))
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `any change of digest, signature or key makes a signature invalid`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let key = try Secp256k1PrivateKey(rawRepresentation: random.bytes(32))
        var digest = random.bytes(32)
        var signature = try key.signature(forDigest: digest).compact
        #expect(key.publicKey.isValidSignature(signature, forDigest: digest))
        let other = try Secp256k1PrivateKey(rawRepresentation: random.bytes(32))
        #expect(!other.publicKey.isValidSignature(signature, forDigest: digest), "seed \(seed)")
        signature[Int.random(in: 0..<64, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        #expect(!key.publicKey.isValidSignature(signature, forDigest: digest), "seed \(seed)")
        signature = try key.signature(forDigest: digest).compact
        digest[Int.random(in: 0..<32, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        #expect(!key.publicKey.isValidSignature(signature, forDigest: digest), "seed \(seed)")
        #expect(!key.publicKey.isValidSignature(Array(signature.dropLast()), forDigest: digest))
        #expect(!key.publicKey.isValidSignature(signature, forDigest: Array(digest.dropLast())))
    }

    /// The order of the group (SEC 2, section 2.4.1).
    private static let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

    @Test(arguments: ["", "00", String(repeating: "00", count: 32), String(repeating: "ff", count: 32), Self.order])
    func `numbers outside of the range are no keys`(hex: String) throws {
        let error = #expect(throws: ChainPrimitivesError.self) {
            try Secp256k1PrivateKey(rawRepresentation: bytes(hex))
        }
        #expect(error?.code == .invalidKey)
    }

    @Test func `points that are not on the curve are no keys`() throws {
        for bytes in [[], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 1, count: 64)] {
            #expect(throws: ChainPrimitivesError.self) { try Secp256k1PublicKey(rawRepresentation: bytes) }
        }
        #expect(throws: ChainPrimitivesError.self) {
            try Secp256k1PublicKey(compressedRepresentation: [2] + [UInt8](repeating: 0xFF, count: 32))
        }
    }

    @Test func `signatures out of range are refused, and recover nothing`() throws {
        #expect(throws: ChainPrimitivesError.self) {
            try Secp256k1RecoverableSignature(compact: [UInt8](repeating: 0xFF, count: 64), validating: 0)
        }
        #expect(throws: ChainPrimitivesError.self) {
            try Secp256k1RecoverableSignature(compact: [UInt8](repeating: 1, count: 64), validating: 4)
        }
        let zero = try Secp256k1RecoverableSignature(compact: [UInt8](repeating: 0, count: 64), validating: 0)
        #expect(throws: ChainPrimitivesError.self) { try zero.publicKey(forDigest: [UInt8](repeating: 1, count: 32)) }
    }

    @Test func `a private key does not show itself`() throws {
        let key = try Secp256k1PrivateKey.generate()
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains(Hex.encode(key.rawRepresentation)))
            #expect(!text.contains("\(key.rawRepresentation[0]), \(key.rawRepresentation[1])"))
        }
    }
}
