import ChainPrimitives
import Testing

@testable import FlowMockNode

@Suite("Vectors at the mock node")
struct VectorTests {
    private func transaction(_ tx: MockJSON) throws -> MockTransaction {
        func bytes(_ json: MockJSON?) throws -> [UInt8] { try Hex.decode(json?.text ?? "") }
        func address(_ json: MockJSON?) throws -> MockAddress {
            let text = try #require(json?.text)
            return MockAddress(number: text.isEmpty ? 0 : try #require(UInt64(text, radix: 16)))
        }
        func number(_ json: MockJSON?) throws -> UInt64 {
            let digits = try #require(json?.digits)
            return try #require(UInt64(digits))
        }
        func signatures(_ json: MockJSON?) throws -> [MockTransaction.Signature] {
            try (json?.elements ?? []).map { signature in
                MockTransaction.Signature(
                    address: try address(signature["address"]),
                    keyIndex: UInt32(try number(signature["key_index"])), signature: try bytes(signature["signature"]),
                    extensionData: try bytes(signature["extension_data"]))
            }
        }
        let block = try bytes(tx["reference_block_id"])
        return MockTransaction(
            script: Array((tx["script"]?.text ?? "").utf8),
            arguments: (tx["arguments"]?.elements ?? []).map { Array(($0.text ?? "").utf8) },
            referenceBlockID: block.isEmpty ? [UInt8](repeating: 0, count: 32) : block,
            gasLimit: try number(tx["gas_limit"]), proposer: try address(tx["proposal_key"]?["address"]),
            proposalKeyIndex: UInt32(try number(tx["proposal_key"]?["key_index"])),
            sequenceNumber: try number(tx["proposal_key"]?["sequence_number"]), payer: try address(tx["payer"]),
            authorizers: try (tx["authorizers"]?.elements ?? []).map { try address($0) },
            payloadSignatures: try signatures(tx["payload_signatures"]),
            envelopeSignatures: try signatures(tx["envelope_signatures"]))
    }

    @Test("every transaction is encoded and named as published")
    func transactions() throws {
        let vectors = try #require(try Vectors.load()["transactions"]?.elements)
        #expect(vectors.count == 28)
        for vector in vectors {
            let name = vector["name"]?.text ?? ""
            // The empty payer of a system transaction never reaches an access node.
            guard vector["tx"]?["payer"]?.text?.isEmpty == false, vector["tx"]?["proposal_key"]?["address"]?.text != ""
            else { continue }
            let transaction = try transaction(try #require(vector["tx"]))
            #expect(Hex.encode(transaction.payload) == vector["payload_rlp"]?.text, "\(name)")
            #expect(Hex.encode(transaction.envelope) == vector["envelope_rlp"]?.text, "\(name)")
            #expect(transaction.id == vector["id"]?.text, "\(name)")
        }
    }

    @Test("a body of the REST interface has the id that its sender computed")
    func bodies() throws {
        let vectors = try #require(try Vectors.load()["rest"]?.elements)
        #expect(vectors.count == 3)
        for vector in vectors {
            let transaction = try TransactionBody.parse(Array((vector["body"]?.text ?? "").utf8))
            #expect(transaction.id == vector["id"]?.text)
        }
    }

    @Test("the published signature of the emulator's service key verifies, and no longer when a bit is changed")
    func signature() throws {
        let bodies = try #require(try Vectors.load()["rest"]?.elements)
        let transaction = try TransactionBody.parse(Array((bodies[0]["body"]?.text ?? "").utf8))
        let key = MockAccountKey(
            publicKey: try Hex.decode(
                "43661ddd40c0510b2097a5ad583607f4780876184308a325516951fac6a816fe"
                    + "4e522c9278d3ef3d67c6d903291d0501f9a9bd5b4dc2c5af26c2ad0597bac97a"))
        var signature = transaction.envelopeSignatures[0]
        #expect(SignatureCheck.isValid(signature, over: transaction.envelope, by: key))
        #expect(!SignatureCheck.isValid(signature, over: transaction.payload, by: key))
        signature.signature[63] ^= 1
        #expect(!SignatureCheck.isValid(signature, over: transaction.envelope, by: key))
    }

    @Test("a passkey's data is accepted for its own transaction only")
    func webAuthn() throws {
        let bodies = try #require(try Vectors.load()["rest"]?.elements)
        let transaction = try TransactionBody.parse(Array((bodies[2]["body"]?.text ?? "").utf8))
        let data = transaction.envelopeSignatures[0].extensionData
        #expect(WebAuthn.isValid(data, message: transaction.envelope))
        #expect(!WebAuthn.isValid(data, message: transaction.payload))
        #expect(WebAuthn.signedBytes(data, message: transaction.envelope) != nil)
        #expect(WebAuthn.signedBytes(data, message: transaction.payload) == nil)
        for plain in [[], [0]] as [[UInt8]] { #expect(WebAuthn.isValid(plain, message: [])) }
        for wrong in [[2], [0, 1], [1], data + [0], Array(data.dropLast())] as [[UInt8]] {
            #expect(!WebAuthn.isValid(wrong, message: transaction.envelope))
        }
    }

    @Test("addresses are told apart by network")
    func addresses() throws {
        let cases = try #require(try Vectors.load()["addresses"]?.elements)
        #expect(cases.count > 10)
        for item in cases {
            let network = try #require(MockNetwork(rawValue: item["chain"]?.text ?? ""))
            let address = try #require(MockAddress(item["address"]?.text ?? ""))
            #expect(address.isValid(on: network) == item["valid"]?.bool, "\(network) \(address)")
        }
        #expect("\(MockNetwork.emulator.serviceAccount)" == "f8d6e0586b0a20c7")
        #expect("\(MockAddress(index: 5, network: .emulator))" == "01cf0e2f2f715450")
    }

    @Test("JSON-Cadence is taken as the node's decoder takes it")
    func cadence() throws {
        let vectors = try Vectors.load()
        for text in try #require(vectors["cadence_valid"]?.elements) {
            #expect(CadenceJSON.problem(in: Array((text.text ?? "").utf8)) == nil, "\(text)")
        }
        for text in try #require(vectors["cadence_invalid"]?.elements) {
            #expect(CadenceJSON.problem(in: Array((text.text ?? "").utf8)) != nil, "\(text)")
        }
        for item in try #require(vectors["fixed_point"]?.elements) {
            for type in item["types"]?.elements ?? [] {
                let json: MockJSON = ["type": type, "value": item["input"] ?? .null]
                #expect((CadenceJSON.problem(in: json.encoded) == nil) == item["ok"]?.bool, "\(json)")
            }
        }
    }

    @Test(
        "integers are checked against their range",
        arguments: [
            ("Int8", "127", true), ("Int8", "128", false), ("Int8", "-128", true), ("Int8", "-129", false),
            ("UInt8", "255", true), ("UInt8", "256", false), ("UInt8", "-1", false),
            ("Word64", "18446744073709551616", false),
            ("UInt64", "18446744073709551615", true), ("Int", "-99999999999999999999999999", true),
            ("Int7", "1", false),
            ("UInt64", "", false), ("UInt64", "1.0", false),
        ])
    func integers(type: String, text: String, isValid: Bool) {
        let json: MockJSON = ["type": .string(type), "value": .string(text)]
        #expect((CadenceJSON.problem(in: json.encoded) == nil) == isValid)
    }

    @Test("times are printed with nanoseconds")
    func times() {
        #expect(RFC3339.text(milliseconds: 0) == "1970-01-01T00:00:00.000000000Z")
        #expect(RFC3339.text(milliseconds: 1_709_210_096_789) == "2024-02-29T12:34:56.789000000Z")
    }

    @Test("base64 has one text for each value", arguments: ["", "AA==", "AAA=", "AAAA", "/+8="])
    func base64(text: String) throws {
        #expect(Base64.encode(try #require(Base64.decode(text))) == text)
    }

    @Test("base64 that is not canonical is refused", arguments: ["A", "AA", "AA=", "AB==", "AA==\n", "A-==", "===="])
    func brokenBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
