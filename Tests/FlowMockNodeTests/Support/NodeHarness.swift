import ChainPrimitives
import NIOHTTP1

@testable import FlowMockNode

/// A node without a socket, two accounts, and the requests of a client.
struct NodeHarness: Sendable {
    static let alice = MockAddress(index: 5, network: .emulator)
    static let bob = MockAddress(index: 6, network: .emulator)
    private static let script = "transaction { prepare(s: &Account) {} }"
    private static let argumentScript = "transaction(x: String) { prepare(s: &Account) {} }"

    let node: MockAccessNode
    let alice: Wallet
    let bob: Wallet

    init(_ change: (inout MockAccessNode.Configuration) -> Void = { _ in }) throws {
        alice = try Wallet(Self.alice, seed: 1)
        bob = try Wallet(Self.bob, seed: 2, curve: .secp256k1, hash: .sha2)
        var configuration = MockAccessNode.Configuration()
        configuration.chain.accounts = [
            Self.alice: .init(keys: [alice.accountKey()]), Self.bob: .init(keys: [bob.accountKey()]),
        ]
        change(&configuration)
        node = MockAccessNode(configuration)
    }

    /// The accounts of `other`, at a node that serves.
    init(_ other: NodeHarness, serving node: MockAccessNode) {
        self.node = node
        alice = other.alice
        bob = other.bob
    }

    // MARK: Transactions

    /// A transaction of Alice alone, not signed yet.
    func draft(
        sequenceNumber: UInt64 = 0, argument: String? = nil, script: String? = nil
    ) throws -> MockTransaction {
        MockTransaction(
            script: Array((script ?? (argument == nil ? Self.script : Self.argumentScript)).utf8),
            arguments: argument.map { [Array(#"{"type":"String","value":"\#($0)"}"#.utf8)] } ?? [],
            referenceBlockID: try Hex.decode(node.finalBlockID), gasLimit: 1000, proposer: Self.alice,
            proposalKeyIndex: 0, sequenceNumber: sequenceNumber, payer: Self.alice, authorizers: [Self.alice],
            payloadSignatures: [], envelopeSignatures: [])
    }

    /// A signed transaction of Alice alone.
    func transaction(
        sequenceNumber: UInt64 = 0, argument: String? = nil, script: String? = nil
    ) throws -> MockTransaction {
        var transaction = try draft(sequenceNumber: sequenceNumber, argument: argument, script: script)
        transaction.envelopeSignatures = [try alice.signature(over: transaction.envelope)]
        return transaction
    }

    static func body(_ transaction: MockTransaction) -> [UInt8] {
        func json(_ signature: MockTransaction.Signature) -> MockJSON {
            var members: [MockJSON.Member] = [
                .init(name: "address", value: .string("\(signature.address)")),
                .init(name: "key_index", value: .string("\(signature.keyIndex)")),
                .init(name: "signature", value: .string(Base64.encode(signature.signature))),
            ]
            if !signature.extensionData.isEmpty {
                members.append(.init(name: "extension_data", value: .string(Base64.encode(signature.extensionData))))
            }
            return .object(members)
        }
        let object: MockJSON = [
            "script": .string(Base64.encode(transaction.script)),
            "arguments": .array(transaction.arguments.map { .string(Base64.encode($0)) }),
            "reference_block_id": .string(Hex.encode(transaction.referenceBlockID)),
            "gas_limit": .string("\(transaction.gasLimit)"), "payer": .string("\(transaction.payer)"),
            "proposal_key": [
                "address": .string("\(transaction.proposer)"), "key_index": .string("\(transaction.proposalKeyIndex)"),
                "sequence_number": .string("\(transaction.sequenceNumber)"),
            ],
            "authorizers": .array(transaction.authorizers.map { .string("\($0)") }),
            "payload_signatures": .array(transaction.payloadSignatures.map(json)),
            "envelope_signatures": .array(transaction.envelopeSignatures.map(json)),
        ]
        return object.encoded
    }

    // MARK: Requests

    /// An answer, read.
    struct Answer {
        var status: Int
        var json: MockJSON
        var message: String { json["message"]?.text ?? "" }
    }

    func request(_ method: HTTPMethod, _ path: String, _ body: [UInt8] = []) async throws -> Answer {
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/v1" + path)
        let answer = try await NodeRoutes(node: node).answer(NodeRequest(head, body: body))
        return Answer(status: answer.status, json: try MockJSONParser.parse(answer.body))
    }

    func get(_ path: String) async throws -> Answer { try await request(.GET, path) }

    func send(_ transaction: MockTransaction) async throws -> Answer {
        try await request(.POST, "/transactions", Self.body(transaction))
    }

    func result(_ id: String) async throws -> MockJSON { try await get("/transaction_results/\(id)").json }
}
