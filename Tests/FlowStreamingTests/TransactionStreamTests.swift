import Flow
import FlowMockNode
import Testing

@Suite("Streams of transaction statuses", .timeLimit(.minutes(10)))
struct TransactionStreamTests {
    private static let alice = MockAddress(index: 5, network: .emulator)

    /// Sends a transaction to the node and returns its id.
    private func send(to node: MockAccessNode, _ key: FlowPrivateKey) async throws -> FlowIdentifier {
        let address = FlowAddress(rawValue: Self.alice.number)
        var transaction = try FlowTransaction(
            script: "transaction { prepare(s: &Account) {} }",
            referenceBlockID: try FlowIdentifier(node.finalBlockID),
            proposalKey: ProposalKey(address: address, keyIndex: 0, sequenceNumber: 0), payer: address,
            authorizers: [address])
        try await transaction.sign(envelope: InMemorySigner(key), address: address, keyIndex: 0)
        let client = try FlowClient(nodes: [try AccessNode(node.baseURL)])
        return try await client.send(transaction)
    }

    @Test(
        "each status comes once, whatever happens to connections",
        arguments: [
            [], [.drop(after: 0)], [.drop(after: 1), .drop(after: 1), .drop(after: 2)],
            [.drop(after: 3, closeCode: 1000)],
        ] as [[MockSocketScript]])
    func statuses(scripts: [MockSocketScript]) async throws {
        let key = try FlowPrivateKey.generate()
        try await StreamHarness.run(
            scripts,
            configure: { configuration in
                configuration.chain.accounts[Self.alice] = .init(
                    keys: [MockAccountKey(publicKey: key.publicKey.rawRepresentation)])
                configuration.chain.executionLag = 1
                configuration.chain.sealingLag = 1
            }
        ) { harness in
            let id = try await send(to: harness.node, key)
            let statuses = try await harness.streams.withTransaction(id) { updates in
                var statuses: [TransactionStatus] = []
                for try await result in updates {
                    statuses.append(result.status)
                    harness.node.step()
                }
                return statuses
            }
            #expect(statuses == [.pending, .finalized, .executed, .sealed])
        }
    }
}
