import ChainPrimitives
import Crypto
import NIOHTTP1
import Testing

@testable import FlowMockNode

/// Something that a real node refuses at submission, and its text.
struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let change: @Sendable (inout MockTransaction, NodeHarness) throws -> Void

    init(
        _ name: String, _ text: String,
        _ change: @escaping @Sendable (inout MockTransaction, NodeHarness) throws -> Void
    ) {
        testDescription = name
        self.text = text
        self.change = change
    }

    static let all = [
        Refusal("gas limit 0", "transaction gas limit (0) is not in the acceptable range") { tx, _ in tx.gasLimit = 0 },
        Refusal("gas limit 10000", "transaction gas limit (10000)") { tx, _ in tx.gasLimit = 10_000 },
        Refusal("no script", "missing required fields: [Script]") { tx, _ in tx.script = [] },
        Refusal("no reference block", "missing required fields: [ReferenceBlockID]") { tx, _ in
            tx.referenceBlockID = [UInt8](repeating: 0, count: 32)
        },
        Refusal("unknown reference block", "unknown reference block") { tx, _ in
            tx.referenceBlockID = [UInt8](repeating: 7, count: 32)
        },
        Refusal("expired reference block", "transaction is expired: ref_height=1000 final_height=1571") { _, harness in
            harness.node.step(571)
        },
        Refusal("unparsable script", "failed to parse transaction Cadence script") { tx, _ in
            tx.script = Array("transaction {".utf8)
        },
        Refusal("a script that is no transaction", "failed to parse") { tx, _ in tx.script = Array("fun main() {}".utf8)
        },
        Refusal("too large", "exceeds the maximum byte size") { tx, _ in
            tx.arguments = [[UInt8](repeating: 0x20, count: 1_500_000)]
        },
        Refusal("address of another network", "invalid address: f233dcee88fe0abe") { tx, _ in
            tx.authorizers = [MockAddress(number: 0xf233_dcee_88fe_0abe)]
        },
        Refusal("the same key twice", "duplicated signature for key") { tx, _ in
            tx.envelopeSignatures += tx.envelopeSignatures
        },
        Refusal("the same key in both lists", "duplicated signature for key") { tx, _ in
            tx.payloadSignatures = tx.envelopeSignatures
        },
        Refusal("an unrelated signer", "unrelated account signature from address: ") { tx, harness in
            tx.envelopeSignatures.append(try harness.bob.signature(over: tx.envelope))
        },
        Refusal("a signature of 63 bytes", "has an invalid format") { tx, _ in
            tx.envelopeSignatures[0].signature.removeLast()
        },
        Refusal("a signature of zeros", "has an invalid format") { tx, _ in
            tx.envelopeSignatures[0].signature = [UInt8](repeating: 0, count: 64)
        },
        Refusal("an unknown scheme", "invalid extension data") { tx, _ in
            tx.envelopeSignatures[0].extensionData = [9, 9]
        },
        Refusal("plain scheme with data", "invalid extension data") { tx, _ in
            tx.envelopeSignatures[0].extensionData = [0, 1]
        },
        Refusal("a passkey's data about other bytes", "invalid extension data") { tx, _ in
            tx.envelopeSignatures[0].extensionData = passkeyData(over: tx.payload)
        },
        Refusal("a passkey's data without the user's presence", "invalid extension data") { tx, _ in
            tx.envelopeSignatures[0].extensionData = passkeyData(over: tx.envelope, flags: 0)
        },
        Refusal("the same key twice, with bytes that are no signature", "has an invalid format") { tx, _ in
            tx.envelopeSignatures[0].signature = []
            tx.envelopeSignatures += tx.envelopeSignatures
        },
        Refusal("an unrelated signer twice", "duplicated signature for key") { tx, harness in
            let unrelated = try harness.bob.signature(over: tx.envelope)
            tx.envelopeSignatures += [unrelated, unrelated]
        },
        Refusal("no signature of the payer", "payer envelope signature is missing") { tx, _ in
            tx.payer = NodeHarness.bob
        },
        Refusal("no signature of an authorizer", "authorizer payload signature is missing") { tx, _ in
            tx.authorizers.append(NodeHarness.bob)
        },
        Refusal("no signature of the proposer", "proposer signature is missing") { tx, _ in
            tx.proposer = NodeHarness.bob
        },
    ]
}

/// What a passkey says beside its signature (FLIP 264).
private func passkeyData(over message: [UInt8], flags: UInt8 = 1) -> [UInt8] {
    let challenge = Base64.encodeForURL(Array(SHA256.hash(data: SignatureCheck.transactionTag + message)))
    var encoder = RLPEncoder()
    encoder.list { encoder in
        encoder.bytes([UInt8](repeating: 7, count: 32) + [flags, 0, 0, 0, 0])
        encoder.bytes(Array(#"{"type":"webauthn.get","challenge":"\#(challenge)","origin":"https://a.example"}"#.utf8))
    }
    return [1] + encoder.encoded
}

@Suite("Submission of transactions")
struct SubmissionTests {
    @Test("what a real node refuses is refused with its text", arguments: Refusal.all)
    func refusal(_ refusal: Refusal) async throws {
        let harness = try NodeHarness()
        var transaction = try harness.transaction()
        try refusal.change(&transaction, harness)
        let answer = try await harness.send(transaction)
        #expect(answer.status == 400)
        #expect(answer.message.hasPrefix("Invalid Flow argument: invalid transaction: "))
        #expect(answer.message.contains(refusal.text), "\(answer.message)")
        #expect(harness.node.pendingCount == 0)
    }

    @Test(
        "bodies that are not exactly of the interface's form are refused",
        arguments: [
            (#""gas_limit":"1000""#, #""gas_limit":1000"#), (#""gas_limit":"1000""#, #""gas_limit":"-1""#),
            (#""gas_limit":"1000""#, #""gas_limit":"0x10""#), (#""key_index":"0""#, #""key_index":"4294967296""#),
            (#""payload_signatures":[]"#, #""payload_signatures":[],"surplus":1"#),
            (#""arguments":[]"#, #""arguments":["!"]"#), (#""arguments":[]"#, #""arguments":"""#),
            (#""arguments":[]"#, #""arguments":[],"arguments":[]"#), (#""payer":"01"#, #""payer":"1"#),
            (#""script":""#, #""script":"*"#), ("}]}", "}]}{}"), ("}]}", "}]"),
        ])
    func form(old: String, new: String) async throws {
        let harness = try NodeHarness()
        let text = String(decoding: NodeHarness.body(try harness.transaction()), as: UTF8.self)
        let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "the body does not contain \(old)")
        let answer = try await harness.request(.POST, "/transactions", Array((parts[0] + new + parts[1]).utf8))
        #expect(answer.status == 400, "\(answer.json)")
    }

    @Test("a body over 4 MiB is refused")
    func tooLarge() async throws {
        let harness = try NodeHarness()
        var request = NodeRequest(.init(version: .http1_1, method: .POST, uri: "/v1/transactions"))
        request.isTooLarge = true
        #expect(try await NodeRoutes(node: harness.node).answer(request).status == 413)
    }

    @Test("a good transaction is accepted, and the answer has its id")
    func accepted() async throws {
        let harness = try NodeHarness()
        let transaction = try harness.transaction(argument: "a")
        let answer = try await harness.send(transaction)
        #expect(answer.status == 200)
        #expect(answer.json["id"]?.text == transaction.id)
        #expect(try await harness.result(transaction.id)["status"]?.text == "Pending")
    }

    @Test("the oldest reference block that a node takes is 570 blocks old")
    func oldest() async throws {
        let harness = try NodeHarness()
        let transaction = try harness.transaction()
        harness.node.step(570)
        #expect(try await harness.send(transaction).status == 200)
    }

    @Test("the same transaction sent twice runs once")
    func duplicate() async throws {
        let harness = try NodeHarness()
        let transaction = try harness.transaction(argument: "once")
        for _ in 0..<2 { #expect(try await harness.send(transaction).status == 200) }
        harness.node.settle()
        #expect(try await harness.send(transaction).status == 200)
        harness.node.settle()
        #expect(harness.node.executions(of: transaction.logicalID).succeeded == 1)
        #expect(harness.node.sequenceNumber(of: NodeHarness.alice, key: 0) == 1)
    }

    @Test("a passkey's data is taken when it is about the bytes that are signed")
    func passkey() async throws {
        let harness = try NodeHarness()
        var transaction = try harness.transaction()
        transaction.envelopeSignatures[0].extensionData = passkeyData(over: transaction.envelope)
        #expect(try await harness.send(transaction).status == 200)
        // The signature itself is looked at when it runs: it was made over other bytes.
        harness.node.settle()
        let message = try await harness.result(transaction.id)["error_message"]?.text
        #expect(message?.hasPrefix("[Error Code: 1006]") == true)
    }

    @Test("a known transaction that is sent again when it is too old is refused, and keeps its result")
    func oldDuplicate() async throws {
        let harness = try NodeHarness()
        let transaction = try harness.transaction()
        #expect(try await harness.send(transaction).status == 200)
        harness.node.step(571)
        let answer = try await harness.send(transaction)
        #expect(answer.status == 400)
        #expect(answer.message.contains("transaction is expired"))
        #expect(try await harness.result(transaction.id)["status"]?.text == "Sealed")
    }

    @Test("three parties with two curves and two hash functions sign together")
    func severalParties() async throws {
        let harness = try NodeHarness()
        var transaction = try harness.draft(script: "transaction { prepare(b: &Account, a: &Account) {} }")
        transaction.proposer = NodeHarness.bob
        transaction.authorizers = [NodeHarness.bob, NodeHarness.alice]
        transaction.payloadSignatures = [try harness.bob.signature(over: transaction.payload)]
        transaction.envelopeSignatures = [try harness.alice.signature(over: transaction.envelope)]
        #expect(try await harness.send(transaction).status == 200)
        harness.node.settle()
        #expect(try await harness.result(transaction.id)["error_message"]?.text == "")
        #expect(harness.node.sequenceNumber(of: NodeHarness.bob, key: 0) == 1)
        #expect(harness.node.sequenceNumber(of: NodeHarness.alice, key: 0) == 0)
    }
}
