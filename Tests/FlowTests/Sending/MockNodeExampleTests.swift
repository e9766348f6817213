import Flow
import FlowMockNode
import Testing

/// The example of docs/flow.md, with nothing that a program outside of this package could not use.
@Suite("The mock node in a program's own tests", .timeLimit(.minutes(10)))
struct MockNodeExampleTests {
    @Test func `a billing run is settled once though the node loses its answer`() async throws {
        let key = try FlowPrivateKey.generate()
        let address = FlowChain.emulator.serviceAddress
        var configuration = MockAccessNode.Configuration()
        let account = MockAddress(number: address.rawValue)
        configuration.chain.accounts[account] = .init(keys: [.init(publicKey: key.publicKey.rawRepresentation)])
        configuration.blocks = .every(.milliseconds(10))
        configuration.executor = { transaction in
            let event = MockEvent(
                type: "A.f8d6e0586b0a20c7.Billing.Settled", fields: [("epoch", transaction.argumentTexts[0])])
            return .success(events: [event])
        }
        try await MockAccessNode.withNode(configuration) { node in
            node.inject(.dropResponse, on: .sendTransaction)
            node.inject(.notFound, on: .transactionResult, times: 3)

            let client = try FlowClient(nodes: [AccessNode(node.baseURL)])
            let pool = try KeyPool(client: client, address: address, keyIndices: [0], signer: InMemorySigner(key))
            let sender = TransactionSender(
                client: client, pool: pool, roles: .single(address), storage: MemoryOutbox(),
                configuration: SenderConfiguration(pollInterval: .milliseconds(10)))
            let intent = try TransactionIntent(
                key: "epoch-7", script: "transaction(epoch: UInt64) { prepare(signer: &Account) {} }",
                arguments: [.uint64(7)])
            guard case .succeeded(let success) = try await sender.submit(intent) else {
                Issue.record("it failed")
                return
            }
            let result = try await client.result(of: success.id)
            #expect(result.events.first?.type == "A.f8d6e0586b0a20c7.Billing.Settled")
            #expect(node.executions.values.map(\.succeeded) == [1])
        }
    }
}
