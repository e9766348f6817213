import FlowMockNode
import Foundation
import Testing

@testable import Flow

@Suite("A key stands for one intent", .timeLimit(.minutes(10)))
struct IntentConflictTests {
    /// What makes it another intent.
    enum Change: CaseIterable, Sendable {
        case script, arguments, noArguments, gasLimit, authorizers

        func apply(to intent: inout TransactionIntent, _ roles: inout TransactionRoles) {
            switch self {
            case .script: intent.script += " "
            case .arguments: intent.arguments = [Array(#"{"value":"2","type":"UInt64"}"#.utf8)]
            case .noArguments: intent.arguments = []
            case .gasLimit: intent.gasLimit -= 1
            case .authorizers: roles.authorizers = []
            }
        }
    }

    private static func expectConflict(_ sender: TransactionSender, _ intent: TransactionIntent) async {
        let error = await #expect(throws: FlowError.self) { try await sender.submit(intent) }
        #expect(error?.code == .intentConflict)
        #expect(error?.message.contains("'intent-1'") == true, "\(String(describing: error))")
    }

    private static func withOutboxPath(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "conflict-\(UUID()).outbox").path
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
        try await body(path)
    }

    @Test(arguments: Change.allCases)
    func `other content is refused after the end, and after a restart`(change: Change) async throws {
        try await ChainHarness.with { harness in
            try await Self.withOutboxPath { path in
                let intent = try ChainHarness.intent(1)
                var (other, roles) = (intent, TransactionRoles.single(ChainHarness.address))
                change.apply(to: &other, &roles)
                let outcome: TransactionOutcome
                do {
                    let outbox = try FileOutbox(path: path)
                    let sender = harness.sender(try harness.pool(), storage: outbox)
                    outcome = try await sender.submit(intent)
                    #expect(outcome.success != nil)
                    await Self.expectConflict(harness.sender(try harness.pool(), storage: outbox, roles: roles), other)
                }
                let outbox = try FileOutbox(path: path)
                await Self.expectConflict(harness.sender(try harness.pool(), storage: outbox, roles: roles), other)
                #expect(try await harness.sender(try harness.pool(), storage: outbox).submit(intent) == outcome)
                #expect(harness.node.transactions.count == 1)
            }
        }
    }

    @Test func `other content is refused at once while the intent is on its way, and changes nothing about it`()
        async throws
    {
        try await ChainHarness.with { harness in
            let storage = MemoryOutbox()
            let sender = harness.sender(try harness.pool(), storage: storage)
            let intent = try ChainHarness.intent(1)
            var (other, roles) = (intent, TransactionRoles.single(ChainHarness.address))
            Change.script.apply(to: &other, &roles)
            harness.node.inject(.status(503), on: .transactionResult, times: 100_000)
            let first = Task { try await sender.submit(intent) }
            try await harness.node.waitForRequests(.transactionResult, count: 1)
            // Nobody tells the end yet: the answer does not wait for it.
            await Self.expectConflict(sender, other)
            let same = Task { try await sender.submit(intent) }
            first.cancel()
            await #expect(throws: FlowError.self) { try await first.end() }
            same.cancel()
            await #expect(throws: FlowError.self) { try await same.end() }
            // Left on its way, it is refused just the same, and stays what the next who needs the key follows.
            await Self.expectConflict(sender, other)
            harness.node.clearFaults()
            #expect(try await sender.submit(ChainHarness.intent(2)).success != nil)
            #expect(try harness.executions(intent) == .once)
            #expect(try harness.executions(other) == MockExecutionCount())
        }
    }

    @Test func `it is the same intent however often its transaction was signed anew`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 20
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let storage = MemoryOutbox()
            let intent = try ChainHarness.intent(1)
            harness.node.inject(.withhold, on: .sendTransaction)
            let sender = harness.sender(try harness.pool(), storage: storage, expiryBlocks: 20)
            let outcome = try await sender.submit(intent)
            #expect(outcome.success != nil)
            #expect(harness.node.transactions.count == 2)
            #expect(try await sender.submit(intent) == outcome)
            // Who pays is not the intent's.
            let roles = TransactionRoles(payer: .zero, authorizers: [ChainHarness.address])
            let next = harness.sender(try harness.pool(), storage: storage, roles: roles)
            #expect(try await next.submit(intent) == outcome)
        }
    }

    @Test func `a sender with other authorizers follows what was sent, and signs nothing anew`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 20
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let storage = MemoryOutbox()
            harness.node.inject(.withhold, on: .sendTransaction)
            let first = harness.sender(try harness.pool(), storage: storage, expiryBlocks: 20)
            let task = Task { try await first.submit(ChainHarness.intent(1)) }
            try await harness.node.waitForRequests(.sendTransaction, count: 1)
            task.cancel()
            await #expect(throws: FlowError.self) { try await task.end() }
            let roles = TransactionRoles(payer: ChainHarness.address, authorizers: [])
            let next = harness.sender(try harness.pool(), storage: storage, roles: roles, expiryBlocks: 20)
            let failure = try #require(try await next.resume()["intent-1"]?.failure)
            #expect(failure.reason == .expired)
            #expect(failure.message.contains("this sender has other authorizers"))
            #expect(harness.node.transactions.count == 1)
        }
    }

    @Test func `a file whose records do not say what was asked for is refused, and left as it is`() async throws {
        try await Self.withOutboxPath { path in
            let former = Data("FLOWOUT1".utf8 + [UInt8](repeating: 7, count: 40))
            try former.write(to: URL(filePath: path))
            let error = #expect(throws: FlowError.self) { try FileOutbox(path: path) }
            #expect(error?.code == .storage)
            #expect(error?.message.contains("an earlier form (FLOWOUT1)") == true)
            #expect(error?.message.contains("intents with new keys") == true)
            #expect(try Data(contentsOf: URL(filePath: path)) == former)
        }
    }

    @Test func `a record of an ended intent stays small`() throws {
        var random = SeededGenerator(seed: 1)
        let id = FlowIdentifier(hash: random.bytes(32))
        let intent = TransactionIntent(
            key: "epoch-7", script: String(repeating: "x", count: 100_000),
            encodedArguments: [[UInt8]](repeating: [UInt8](repeating: 7, count: 10_000), count: 10))
        let success = TransactionOutcome.Success(
            id: id, blockID: id, computationUsed: 9999, fee: UFix64(scaled: 100_000))
        let record = OutboxRecord(
            key: intent.key, content: IntentDigest(intent, authorizers: []), state: .done(.succeeded(success)))
        #expect(record.encoded.count < 130)
    }
}
