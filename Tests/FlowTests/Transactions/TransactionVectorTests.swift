import ChainPrimitives
import Testing

@testable import Flow

@Suite("Transactions, against published and computed ones")
struct TransactionVectorTests {
    static let cases: [JSONNode] = {
        do { return try Vectors.list("transactions") } catch { fatalError("\(error)") }
    }()

    static func transaction(_ node: JSONNode) throws -> FlowTransaction {
        let tx = try node["tx"]
        func address(_ node: JSONNode) throws(FlowError) -> FlowAddress {
            let text = try node.string()
            return text.isEmpty ? .zero : try FlowAddress(text)
        }
        func signatures(_ list: JSONNode) throws -> [TransactionSignature] {
            try list.elements { (node) throws(FlowError) in node }.map { node in
                TransactionSignature(
                    address: try address(node["address"]), keyIndex: UInt32(try node.number("key_index")),
                    signature: try node.bytes("signature"),
                    extensionData: try node.member("extension_data") == nil ? [] : try node.bytes("extension_data"))
            }
        }
        let key = try tx["proposal_key"]
        return FlowTransaction(
            script: try tx.text("script"),
            encodedArguments: try tx["arguments"].elements { (node) throws(FlowError) in Array(try node.string().utf8)
            },
            referenceBlockID: try FlowIdentifier(try tx.text("reference_block_id")),
            gasLimit: try tx.number("gas_limit"),
            proposalKey: ProposalKey(
                address: try address(key["address"]), keyIndex: UInt32(try key.number("key_index")),
                sequenceNumber: try key.number("sequence_number")),
            payer: try address(tx["payer"]),
            authorizers: try tx["authorizers"].elements { (node) throws(FlowError) in try address(node) },
            payloadSignatures: try signatures(tx["payload_signatures"]),
            envelopeSignatures: try signatures(tx["envelope_signatures"]))
    }

    @Test func `there are as many as there should be`() { #expect(Self.cases.count == 28) }

    @Test(arguments: cases.indices)
    func `payload, envelope, whole encoding and id are as published`(index: Int) throws {
        let node = Self.cases[index]
        let transaction = try Self.transaction(node)
        let name = try node.text("name")
        #expect(try Hex.encode(transaction.payload) == node.text("payload_rlp"), "\(name)")
        #expect(try Hex.encode(transaction.envelope) == node.text("envelope_rlp"), "\(name)")
        #expect(try Hex.encode(transaction.encoded) == node.text("full_rlp"), "\(name)")
        #expect(try transaction.id.description == node.text("id"), "\(name)")
    }

    @Test(arguments: cases.indices)
    func `the encoding is read back as the same transaction`(index: Int) throws {
        let transaction = try Self.transaction(Self.cases[index])
        let read = try FlowTransaction(encoded: transaction.encoded)
        #expect(read.encoded == transaction.encoded)
        #expect(read.id == transaction.id)
        #expect(read.payload == transaction.payload)
        #expect(read.arguments == transaction.arguments)
        #expect(throws: FlowError.self) { try FlowTransaction(encoded: transaction.encoded + [0]) }
        #expect(throws: FlowError.self) { try FlowTransaction(encoded: transaction.encoded.dropLast()) }
    }

    @Test func `a signer signs the published message`() throws {
        var checked = 0
        for node in Self.cases {
            guard let signing = try node.member("signing"), try signing.member("message_hex") != nil else { continue }
            let transaction = try Self.transaction(node)
            #expect(try transaction.envelopeMessage == signing.bytes("message_hex"))
            #expect(try HashAlgorithm.sha3.digest(of: transaction.envelopeMessage) == signing.bytes("digest"))
            let key = try FlowPublicKey(.ecdsaP256, hex: try signing.text("public_key"))
            #expect(
                key.isValidSignature(
                    transaction.envelopeSignatures[0].signature, for: transaction.envelopeMessage, hash: .sha3))
            checked += 1
        }
        #expect(checked == 1)
    }

    @Test func `three roles sign as published`() throws {
        var checked = 0
        for node in Self.cases {
            guard let signing = try node.member("signing"), try signing.member("A") != nil else { continue }
            let transaction = try Self.transaction(node)
            let signatures = transaction.payloadSignatures + transaction.envelopeSignatures
            for role in ["A", "B", "C"] as [StaticString] {
                let role = try signing[role]
                let algorithm = try #require(SignatureAlgorithm(name: try role.text("signature_algorithm")))
                let hash = try #require(HashAlgorithm(name: try role.text("hash_algorithm")))
                let key = try FlowPublicKey(algorithm, hex: try role.text("public_key"))
                let address = try FlowAddress(try role.text("address"))
                let message =
                    try role.text("signs") == "payload" ? transaction.payloadMessage : transaction.envelopeMessage
                let signature = try #require(signatures.first { $0.address == address })
                #expect(key.isValidSignature(signature.signature, for: message, hash: hash))
                checked += 1
            }
        }
        #expect(checked == 3)
    }

    @Test func `a passkey's signature is as published`() throws {
        var checked = 0
        for node in Self.cases {
            guard let expected = try node.member("webauthn") else { continue }
            let transaction = try Self.transaction(node)
            let signature = transaction.envelopeSignatures[0]
            let webAuthn = try WebAuthn(extensionData: signature.extensionData)
            #expect(try webAuthn.authenticatorData == expected.bytes("authenticator_data"))
            #expect(try webAuthn.clientDataJSON == Array(expected.text("client_data_json").utf8))
            #expect(webAuthn.extensionData == signature.extensionData)
            #expect(try WebAuthn.challenge(for: transaction.envelopeMessage) == expected.bytes("challenge_sha256"))
            #expect(try webAuthn.signedMessage == expected.bytes("signed_message"))
            try webAuthn.check(for: transaction.envelopeMessage)
            #expect(throws: FlowError.self) { try webAuthn.check(for: transaction.payloadMessage) }
            let key = try FlowPrivateKey(.ecdsaP256, hex: try expected.text("private_key")).publicKey
            #expect(key.isValidSignature(signature.signature, for: webAuthn.signedMessage, hash: .sha2))
            for flags: UInt8 in [0x00, 0x11, 0x41, 0x81] {
                var changed = webAuthn
                changed.authenticatorData[32] = flags
                #expect(throws: FlowError.self, "\(flags)") { try changed.check(for: transaction.envelopeMessage) }
            }
            checked += 1
        }
        #expect(checked == 1)
    }
}
