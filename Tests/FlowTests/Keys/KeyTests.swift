import ChainPrimitives
import Foundation
import Testing

@testable import Flow

@Suite("Keys and signatures")
struct KeyTests {
    @Test func `digests are as published`() throws {
        for node in try Vectors.list("hashes") {
            guard let algorithm = HashAlgorithm(name: try node.text("algorithm")) else { continue }
            let message: [UInt8] =
                if let text = try node.member("message_utf8") { Array(try text.string().utf8) } else {
                    [UInt8](
                        repeating: try node.bytes("message_hex_fill")[0], count: Int(try node.number("message_len")))
                }
            #expect(try algorithm.digest(of: message) == node.bytes("digest"))
        }
    }

    @Test func `public keys follow from private ones`() throws {
        for node in try Vectors.list("key_pairs") {
            let algorithm = try #require(SignatureAlgorithm(name: try node.text("signature_algorithm")))
            let key = try FlowPrivateKey(algorithm, hex: try node.text("private_key"))
            #expect(try key.publicKey.hex == node.text("public_key"))
            #expect(try FlowPublicKey(algorithm, hex: "0x04" + key.publicKey.hex) == key.publicKey)
        }
    }

    @Test func `published signatures are valid or not, as they should be`() throws {
        let cases = try Vectors.list("signatures")
        #expect(cases.count == 17)
        for node in cases {
            let algorithm = try #require(SignatureAlgorithm(name: try node.text("signature_algorithm")))
            let hash = try #require(HashAlgorithm(name: try node.text("hash_algorithm")))
            let key = try FlowPublicKey(algorithm, hex: try node.text("public_key"))
            let tag = try DomainTag(try node.text("domain_tag"))
            let isValid = try node["valid"].bool()
            let (signature, message) = (try node.bytes("signature"), try node.bytes("message_hex"))
            #expect(key.isValidSignature(signature, for: message, tag: tag, hash: hash) == isValid, "\(node.offset)")
            #expect(!key.isValidSignature(signature.dropLast(), for: message, tag: tag, hash: hash))
            #expect(!key.isValidSignature(signature, for: message + [0], tag: tag, hash: hash))
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases, HashAlgorithm.allCases)
    func `what is signed is valid, and nothing else is`(algorithm: SignatureAlgorithm, hash: HashAlgorithm) async throws
    {
        let signer = InMemorySigner(try .generate(algorithm), hash: hash)
        let message = Array("42 units".utf8)
        let signature = try await signer.userSignature(for: message)
        let key = signer.publicKey
        #expect(key.isValidSignature(signature, for: message, tag: .user, hash: hash))
        #expect(!key.isValidSignature(signature, for: message, tag: .transaction, hash: hash))
        #expect(!key.isValidSignature(signature, for: message, tag: .none, hash: hash))
        for other in HashAlgorithm.allCases where other != hash {
            #expect(!key.isValidSignature(signature, for: message, tag: .user, hash: other))
        }
        for position in [0, 31, 32, 63] {
            var changed = signature
            changed[position] ^= 1
            #expect(!key.isValidSignature(changed, for: message, tag: .user, hash: hash))
        }
        let zero = [UInt8](repeating: 0, count: 64)
        #expect(!key.isValidSignature(zero, for: message, tag: .user, hash: hash))
    }

    @Test func `a seed makes the emulator's key`() throws {
        for node in try Vectors.list("key_from_seed") {
            let seed = Array(try node.text("seed_utf8").utf8)
            for algorithm in SignatureAlgorithm.allCases {
                let expected =
                    algorithm == .ecdsaP256 ? try node.bytes("ECDSA_P256") : try node.bytes("ECDSA_secp256k1")
                #expect(try FlowPrivateKey(algorithm, seed: seed).rawRepresentation == expected)
            }
        }
        #expect(throws: FlowError.self) { try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 1, count: 31)) }
        #expect(throws: FlowError.self) { try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 1, count: 257)) }
    }

    @Test func `public keys are read from PEM and written so`() throws {
        for node in try Vectors.list("pem_public_keys") {
            let body = try node.text("pem_body_base64")
            let key = try FlowPublicKey(pem: "-----BEGIN PUBLIC KEY-----\n\(body)\n-----END PUBLIC KEY-----\n")
            #expect(try key.rawRepresentation == node.bytes("raw"))
            #expect(try key.algorithm == SignatureAlgorithm(name: node.text("curve")))
            #expect(try FlowPublicKey(pem: key.pem) == key)
            #expect(key.pem.filter { !$0.isNewline }.contains(body))
        }
    }

    /// Made with OpenSSL 3.0.
    @Test(arguments: PEMSamples.privateKeys)
    func `private keys are read from what OpenSSL writes`(sample: PEMSamples.PrivateKey) throws {
        let key = try FlowPrivateKey(pem: sample.pem)
        #expect(key.algorithm == sample.algorithm)
        #expect(Hex.encode(key.rawRepresentation) == sample.hex)
    }

    @Test(arguments: [
        "", "-----BEGIN PUBLIC KEY-----\nMFYw", "-----BEGIN PUBLIC KEY-----\n####\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMFYwEAYH\n-----END PUBLIC KEY-----",
    ])
    func `broken PEM is an error`(pem: String) {
        #expect(throws: FlowError.self) { try FlowPublicKey(pem: pem) }
        #expect(throws: FlowError.self) { try FlowPrivateKey(pem: pem) }
    }

    @Test func `a PEM key with more in it, or with two curves, is refused`() throws {
        for sample in PEMSamples.privateKeys {
            let lines = sample.pem.split(separator: "\n").map(String.init)
            let start = try #require(lines.lastIndex { $0.hasPrefix("-----BEGIN") })
            let der = try #require(Base64.decode(lines[(start + 1)..<(lines.count - 1)].joined()))
            let label = String(lines[start].dropFirst(11).dropLast(5))
            #expect(try FlowPrivateKey(pem: KeyText.pem(label, der)).algorithm == sample.algorithm)
            #expect(throws: FlowError.self) { try FlowPrivateKey(pem: KeyText.pem(label, der + [0])) }
        }
        func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
        let p256 = element(6, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7])
        let secp256k1 = element(6, [0x2B, 0x81, 4, 0, 0x0A])
        func pkcs8(inner: [UInt8]) -> String {
            let secret = element(4, [UInt8](repeating: 1, count: 32))
            let key = element(0x30, element(2, [1]) + secret + element(0xA0, inner))
            let algorithm = element(0x30, element(6, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]) + p256)
            return KeyText.pem("PRIVATE KEY", element(0x30, element(2, [0]) + algorithm + element(4, key)))
        }
        #expect(try FlowPrivateKey(pem: pkcs8(inner: p256)).algorithm == .ecdsaP256)
        #expect(throws: FlowError.self) { try FlowPrivateKey(pem: pkcs8(inner: secp256k1)) }
    }

    @Test(arguments: [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHjME4G\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMHcC\n-----END EC PRIVATE KEY-----\n",
    ])
    func `an encrypted key is named as such`(pem: String) {
        let error = #expect(throws: FlowError.self) { try FlowPrivateKey(pem: pem) }
        #expect(error?.message.contains("encrypted") == true)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `the halves of a signature are from 1 to the order minus 1`(algorithm: SignatureAlgorithm) throws {
        let (one, order) = ([UInt8](repeating: 0, count: 31) + [1], algorithm.order)
        var largest = order
        largest[31] -= 1
        #expect(ECDSASignature.isWellFormed(one + largest, for: algorithm))
        #expect(ECDSASignature.isWellFormed(largest + one, for: algorithm))
        let zero = [UInt8](repeating: 0, count: 32)
        for signature in [one + zero, zero + one, one + order, order + one, one, one + one + [0]] {
            #expect(!ECDSASignature.isWellFormed(signature, for: algorithm))
        }
        let key = try FlowPrivateKey.generate(algorithm)
        #expect(ECDSASignature.isWellFormed(try key.signature(for: [1], hash: .sha3), for: algorithm))
        #expect("\(key.publicKey)" == "\(algorithm.rawValue) \(key.publicKey.hex)")
    }

    @Test func `signatures of key services are read from DER`() throws {
        let key = try FlowPrivateKey.generate(.ecdsaP256)
        for number in 0..<50 as Range<UInt8> {
            let raw = try key.signature(for: [number], hash: .sha2)
            func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
                let digits = Array(bytes.drop { $0 == 0 })
                let padded = digits.first.map { $0 >= 0x80 } ?? true ? [0] + digits : digits
                return [2, UInt8(padded.count)] + padded
            }
            let content = integer(raw[..<32]) + integer(raw[32...])
            let der = [0x30, UInt8(content.count)] + content
            #expect(try ECDSASignature.rawRepresentation(der: der) == raw)
            #expect(throws: FlowError.self) { try ECDSASignature.rawRepresentation(der: der + [0]) }
            #expect(throws: FlowError.self) { try ECDSASignature.rawRepresentation(der: Array(der.dropLast())) }
        }
    }

    @Test func `tags are the published bytes`() throws {
        let tags = try Vectors.root["domain_tags"]
        #expect(try DomainTag.transaction.bytes == tags.bytes("transaction"))
        #expect(try DomainTag.user.bytes == tags.bytes("user"))
        #expect(try DomainTag.accountProof.bytes == tags.bytes("account_proof"))
        #expect(throws: FlowError.self) { try DomainTag(String(repeating: "x", count: 33)) }
    }

    @Test func `codes are the published ones, and Cadence's differ`() throws {
        let codes = try Vectors.root["algorithm_codes"]
        let (wire, cadence) = (try codes["flow_sdk_and_account_key"], try codes["cadence_enum_rawvalue"])
        #expect(try UInt64(SignatureAlgorithm.ecdsaP256.code) == wire["signature"].number("ECDSA_P256"))
        #expect(try UInt64(SignatureAlgorithm.ecdsaSecp256k1.code) == wire["signature"].number("ECDSA_secp256k1"))
        #expect(
            try UInt64(SignatureAlgorithm.ecdsaP256.cadenceRawValue)
                == cadence["SignatureAlgorithm"].number("ECDSA_P256"))
        #expect(
            try UInt64(SignatureAlgorithm.ecdsaSecp256k1.cadenceRawValue)
                == cadence["SignatureAlgorithm"].number("ECDSA_secp256k1"))
        #expect(try UInt64(HashAlgorithm.sha2.code) == wire["hash"].number("SHA2_256"))
        #expect(try UInt64(HashAlgorithm.sha3.code) == wire["hash"].number("SHA3_256"))
        #expect(try UInt64(HashAlgorithm.keccak256.code) == wire["hash"].number("Keccak_256"))
        for algorithm in SignatureAlgorithm.allCases { #expect(SignatureAlgorithm(code: algorithm.code) == algorithm) }
        for algorithm in HashAlgorithm.allCases { #expect(HashAlgorithm(code: algorithm.code) == algorithm) }
        #expect(SignatureAlgorithm(name: "ECDSASecp256k1") == .ecdsaSecp256k1)
        #expect(SignatureAlgorithm(code: 1) == nil)
    }

    @Test func `account keys have the published RLP`() throws {
        for node in try Vectors.list("account_key_rlp") {
            let code = UInt8(try node.number("signature_algorithm"))
            guard let algorithm = SignatureAlgorithm(code: code),
                let hash = HashAlgorithm(code: UInt8(try node.number("hash_algorithm"))),
                let publicKey = try? FlowPublicKey(algorithm, hex: try node.text("public_key"))
            else { continue }
            let key = AccountKey(
                index: 0, publicKey: publicKey, hashAlgorithm: hash, weight: UInt32(try node.number("weight")))
            #expect(try key.encoded == node.bytes("rlp"))
        }
    }

    @Test func `account proofs are the published bytes`() throws {
        for node in try Vectors.list("account_proof") {
            let proof = try AccountProof(
                appIdentifier: try node.text("app_id"), address: FlowAddress(try node.text("address")),
                nonce: try node.bytes("nonce"))
            #expect(try proof.encoded == node.bytes("encoded_without_tag"))
            #expect(try proof.message == node.bytes("encoded_with_tag"))
        }
        #expect(throws: FlowError.self) {
            try AccountProof(appIdentifier: "a", address: .zero, nonce: [UInt8](repeating: 1, count: 31))
        }
    }

    @Test func `what a wallet answers is read from its JSON`() throws {
        let json = #"{"f_type":"CompositeSignature","f_vsn":"1.0.0","addr":"0x01","keyId":2,"signature":"0aFF"}"#
        let signature = try JSONDecoder().decode(KeySignature.self, from: Data(json.utf8))
        #expect(signature == KeySignature(keyIndex: 2, signature: [0x0A, 0xFF]))
        #expect(throws: FlowError.self) { try KeySignature(keyIndex: 0, hex: "0x0") }
        let nonce = [UInt8](repeating: 0xAB, count: 32)
        #expect(
            try AccountProof(appIdentifier: "a", address: .zero, nonceHex: String(repeating: "ab", count: 32))
                == AccountProof(appIdentifier: "a", address: .zero, nonce: nonce))
        for hex in ["", "ab", String(repeating: "g", count: 64)] {
            #expect(throws: FlowError.self) { try AccountProof(appIdentifier: "a", address: .zero, nonceHex: hex) }
        }
    }

    @Test func `several keys must weigh enough, each once, none revoked`() async throws {
        let signers = try (0..<3).map { _ in InMemorySigner(try .generate()) }
        let keys = signers.enumerated().map { index, signer in
            AccountKey(
                index: UInt32(index), publicKey: signer.publicKey, hashAlgorithm: .sha3, weight: 500,
                isRevoked: index == 2)
        }
        let message = DomainTag.user.bytes + Array("hello".utf8)
        var signatures: [KeySignature] = []
        for (index, signer) in signers.enumerated() {
            signatures.append(
                KeySignature(keyIndex: UInt32(index), signature: try await signer.signature(for: message)))
        }
        #expect(keys.verify([signatures[0], signatures[1]], for: message))
        #expect(keys.verify([signatures[1], signatures[0]], for: message))
        #expect(!keys.verify([signatures[0]], for: message))
        #expect(!keys.verify([signatures[0], signatures[0]], for: message))
        #expect(!keys.verify([signatures[0], signatures[2]], for: message))
        #expect(!keys.verify([signatures[0], signatures[1]], for: message + [1]))
        #expect(!keys.verify([], for: message))
        let unknown = KeySignature(keyIndex: 7, signature: signatures[0].signature)
        #expect(!keys.verify([signatures[0], signatures[1], unknown], for: message))
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a private key does not show itself`(algorithm: SignatureAlgorithm) throws {
        let key = try FlowPrivateKey.generate(algorithm)
        var dumped = ""
        dump(key, to: &dumped)
        dump(InMemorySigner(key), to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains(Hex.encode(key.rawRepresentation)))
            #expect(!text.contains("\(key.rawRepresentation[0]), \(key.rawRepresentation[1])"))
        }
    }
}
