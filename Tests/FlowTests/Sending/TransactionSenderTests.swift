import BigInt
import FlowMockNode
import Synchronization
import Testing

@testable import Flow

@Suite("Sending that neither loses nor doubles", .timeLimit(.minutes(10)))
struct TransactionSenderTests {
    @Test func `a transaction is sealed, and its fee is told`() async throws {
        try await ChainHarness.with { harness in
            let sender = harness.sender(try harness.pool())
            for number in 1...3 as ClosedRange<UInt64> {
                let intent = try ChainHarness.intent(number)
                let success = try #require(try await sender.submit(intent).success)
                #expect(success.computationUsed == 100)
                #expect(try #require(success.fee) > .zero)
                #expect(success.blockID != nil)
                #expect(try harness.executions(intent).succeeded == 1)
            }
            #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == 3)
            #expect(harness.node.sequenceErrors == 0)
        }
    }

    @Test(arguments: [
        MockFault.dropResponse, .dropRequest, .duplicate, .status(503), .status(429), .cutBody, .garbage,
        .status(500),
    ])
    func `trouble while sending changes nothing`(fault: MockFault) async throws {
        try await ChainHarness.with { harness in
            let intent = try ChainHarness.intent(1)
            harness.node.inject(fault, on: .sendTransaction, times: 7)
            let outcome = try await harness.sender(try harness.pool()).submit(intent)
            #expect(outcome.success != nil, "\(outcome)")
            #expect(try harness.executions(intent) == .once)
            #expect(harness.node.transactions.count == 1)
            #expect(harness.node.faultsMet[fault] != nil)
        }
    }

    @Test(arguments: [MockFault.notFound, .status(503), .garbage, .dropResponse])
    func `trouble while asking for the result is waited out`(fault: MockFault) async throws {
        try await ChainHarness.with { harness in
            let intent = try ChainHarness.intent(1)
            harness.node.inject(fault, on: .transactionResult, times: 20)
            #expect(try await harness.sender(try harness.pool()).submit(intent).success != nil)
            #expect(try harness.executions(intent) == .once)
            #expect(harness.node.transactions.count == 1)
        }
    }

    @Test func `a transaction that a node kept to itself is signed anew when it can no longer land`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 40
            configuration.chain.expiryBuffer = 5
        }) { harness in
            let intent = try ChainHarness.intent(1)
            // The same bytes, sent again, are not passed on either.
            harness.node.inject(.withhold, on: .sendTransaction)
            let outcome = try await harness.sender(try harness.pool(), expiryBlocks: 40).submit(intent)
            #expect(outcome.success != nil, "\(outcome)")
            #expect(try harness.executions(intent) == .once)
            #expect(harness.node.transactions.count == 2)
            #expect(harness.node.finalHeight > 1040)
        }
    }

    @Test func `an intent that expires again and again is reported`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 20
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let intent = try ChainHarness.intent(1)
            harness.node.inject(.withhold, on: .sendTransaction, times: 1000)
            let sender = harness.sender(try harness.pool(), expiryBlocks: 20, maximumAttempts: 3)
            let failure = try #require(try await sender.submit(intent).failure)
            #expect(failure.reason == .expired)
            #expect(try harness.executions(intent).succeeded == 0)
            #expect(harness.node.transactions.count == 3)
        }
    }

    @Test func `a panic is reported once, with its code, and the key goes on`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.executor = { $0.argumentTexts[0].contains("\"1\"") ? .failure("panic: no") : .success() }
        }) { harness in
            let sender = harness.sender(try harness.pool())
            let intent = try ChainHarness.intent(1)
            let failure = try #require(try await sender.submit(intent).failure)
            #expect(failure.reason == .executed)
            #expect(failure.code == .cadenceRuntime)
            #expect(failure.message.contains("panic: no"))
            #expect(try harness.executions(intent).failed == 1)
            #expect(try await sender.submit(try ChainHarness.intent(2)).success != nil)
            #expect(harness.node.sequenceErrors == 0)
            // It has ended: asked again, it is not sent again.
            #expect(try await sender.submit(intent).failure == failure)
            #expect(try harness.executions(intent).failed == 1)
        }
    }

    @Test func `what no node would take is reported, and leaves the key as it was`() async throws {
        try await ChainHarness.with { harness in
            let sender = harness.sender(try harness.pool())
            let failure = try #require(try await sender.submit(ChainHarness.intent(1, script: "nonsense")).failure)
            #expect(failure.reason == .refused)
            #expect(try await sender.submit(try ChainHarness.intent(2)).success != nil)
            #expect(harness.node.sequenceErrors == 0)
            #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == 1)
        }
    }

    @Test func `another user of the key is noticed, and the transaction signed with the right number`() async throws {
        try await ChainHarness.with { harness in
            let sender = harness.sender(try harness.pool())
            _ = try await sender.submit(ChainHarness.intent(1))
            try await Self.useKey(harness, sequenceNumber: 1)
            let intent = try ChainHarness.intent(2)
            #expect(try await sender.submit(intent).success != nil)
            let count = try harness.executions(intent)
            #expect(count.succeeded == 1)
            #expect(count.refused == 1)
            #expect(harness.node.sequenceErrors == 1)
        }
    }

    /// Sends a transaction with the pool's key, behind its back.
    private static func useKey(_ harness: ChainHarness, sequenceNumber: UInt64) async throws {
        let block = try await harness.client.block()
        var other = try FlowTransaction(
            script: ChainHarness.script, arguments: [.uint64(999)], referenceBlockID: block.id,
            proposalKey: ProposalKey(address: ChainHarness.address, keyIndex: 0, sequenceNumber: sequenceNumber),
            payer: ChainHarness.address, authorizers: [ChainHarness.address])
        try await other.sign(envelope: ChainHarness.signer, address: ChainHarness.address, keyIndex: 0)
        try await harness.client.send(other)
        harness.node.settle()
    }

    @Test func `when nobody can tell, it is reported and not signed again`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 30
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let intent = try ChainHarness.intent(1)
            let storage = HookedOutbox { _, _ in
                try await Self.useKey(harness, sequenceNumber: 0)
                harness.node.inject(.withhold, on: .sendTransaction)
            }
            let sender = harness.sender(try harness.pool(), storage: storage, expiryBlocks: 30)
            let failure = try #require(try await sender.submit(intent).failure)
            #expect(failure.reason == .indeterminate)
            #expect(try harness.executions(intent).succeeded == 0)
            #expect(harness.node.transactions.count == 2)
        }
    }

    // MARK: Storage

    private final class FailingOutbox: OutboxStorage {
        private struct Full: Error {}
        func save(_ record: OutboxRecord) async throws { throw Full() }
        func record(_ key: String) async throws -> OutboxRecord? { nil }
        func unfinished() async throws -> [OutboxRecord] { [] }
    }

    @Test func `what cannot be stored is not sent`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let error = await #expect(throws: FlowError.self) {
                try await harness.sender(pool, storage: FailingOutbox()).submit(ChainHarness.intent(1))
            }
            #expect(error?.code == .storage)
            #expect(harness.node.transactions.isEmpty)
            #expect(pool.statistics.idle == 1)
        }
    }

    /// Stores, and then does nothing more: as if the process had ended there.
    private final class HaltingOutbox: OutboxStorage {
        let memory = MemoryOutbox()
        private struct Halt: Error {}
        func save(_ record: OutboxRecord) async throws {
            try await memory.save(record)
            throw Halt()
        }
        func record(_ key: String) async throws -> OutboxRecord? { try await memory.record(key) }
        func unfinished() async throws -> [OutboxRecord] { try await memory.unfinished() }
    }

    @Test func `a run that ended before sending is taken up by the next one`() async throws {
        try await ChainHarness.with { harness in
            let storage = HaltingOutbox()
            let intent = try ChainHarness.intent(1)
            await #expect(throws: FlowError.self) {
                try await harness.sender(try harness.pool(), storage: storage).submit(intent)
            }
            #expect(harness.node.transactions.isEmpty)
            let outcomes = try await harness.sender(try harness.pool(), storage: storage.memory).resume()
            #expect(outcomes["intent-1"]?.success != nil)
            #expect(try harness.executions(intent) == .once)
        }
    }

    @Test func `a run that ended after sending is taken up by the next one`() async throws {
        try await ChainHarness.with { harness in
            let storage = MemoryOutbox()
            let intent = try ChainHarness.intent(1)
            // The result never comes, until the run is cancelled.
            harness.node.inject(.status(503), on: .transactionResult, times: 100_000)
            let first = harness.sender(try harness.pool(), storage: storage)
            let task = Task { try await first.submit(intent) }
            try await harness.node.waitForRequests(.transactionResult, count: 3)
            task.cancel()
            let error = await #expect(throws: FlowError.self) { try await task.end() }
            #expect(error?.code == .closed)
            harness.node.clearFaults()
            let pool = try harness.pool()
            let second = harness.sender(pool, storage: storage)
            #expect(try await second.resume()["intent-1"]?.success != nil)
            #expect(try await second.submit(intent).success != nil)
            #expect(try harness.executions(intent) == .once)
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }

    @Test func `the same intent, submitted many times at once, happens once`() async throws {
        try await ChainHarness.with(keys: 4) { harness in
            let sender = harness.sender(try harness.pool(0...3))
            let intent = try ChainHarness.intent(1)
            let outcomes = try await withThrowingTaskGroup(of: TransactionOutcome.self) { group in
                for _ in 0..<20 { group.addTask { try await sender.submit(intent) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(outcomes).count == 1)
            #expect(outcomes.count == 20)
            #expect(try harness.executions(intent) == .once)
        }
    }

    // MARK: Roles

    @Test func `pool keys without weight, an authorizer and another payer sign what each must`() async throws {
        let payer = try FlowChain.emulator.address(index: 2)
        let authorizer = try FlowChain.emulator.address(index: 3)
        let (payerKey, authorizerKey) = (
            InMemorySigner(try .generate(.ecdsaSecp256k1), hash: .sha2), InMemorySigner(try .generate())
        )
        try await ChainHarness.with(
            keys: 0,
            { configuration in
                configuration.chain.accounts[ChainHarness.mockAddress] = .init(keys: [ChainHarness.key(weight: 0)])
                configuration.chain.accounts[MockAddress(number: payer.rawValue)] = .init(keys: [
                    MockAccountKey(publicKey: payerKey.publicKey.rawRepresentation, curve: .secp256k1, hash: .sha2)
                ])
                configuration.chain.accounts[MockAddress(number: authorizer.rawValue)] = .init(keys: [
                    MockAccountKey(publicKey: authorizerKey.publicKey.rawRepresentation)
                ])
            }
        ) { harness in
            let roles = TransactionRoles(
                payer: payer, authorizers: [authorizer],
                signers: [
                    RoleSigner(address: payer, keyIndex: 0, signer: payerKey),
                    RoleSigner(address: authorizer, keyIndex: 0, signer: authorizerKey),
                ])
            let sender = harness.sender(try harness.pool(), roles: roles)
            for number in 1...3 as ClosedRange<UInt64> {
                #expect(try await sender.submit(ChainHarness.intent(number)).success != nil)
            }
            let missing = harness.sender(
                try harness.pool(), roles: TransactionRoles(payer: payer, authorizers: [authorizer]))
            #expect(try await missing.submit(ChainHarness.intent(4)).failure?.reason == .refused)
        }
    }

    // MARK: Many at once

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `with every fault at random, each intent happens once or is reported`(seed: UInt64) async throws {
        try await ChainHarness.with(
            keys: 12, sleepsPerBlock: 25,
            { configuration in
                configuration.chain.expiryBlocks = 60
                configuration.chain.expiryBuffer = 5
                configuration.executor = { transaction in
                    transaction.argumentTexts[0].hasSuffix("7\",\"type\":\"UInt64\"}")
                        ? .failure("panic: 7") : .success()
                }
            }
        ) { harness in
            harness.node.injectRandomly(ChaosFaults.all, seed: seed)
            let sender = harness.sender(try harness.pool(0...11), expiryBlocks: 60)
            let intents = try (1...150 as ClosedRange<UInt64>).map { try ChainHarness.intent($0) }
            let outcomes = try await withThrowingTaskGroup(of: (String, TransactionOutcome).self) { group in
                for intent in intents {
                    group.addTask {
                        while true {
                            // Not stored, not sent: the caller tries again.
                            do { return (intent.key, try await sender.submit(intent)) } catch {}
                        }
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for intent in intents {
                let outcome = try #require(outcomes[intent.key])
                let count = try harness.executions(intent)
                if outcome.success != nil {
                    #expect(count.succeeded == 1, "seed \(seed), \(intent.key)")
                } else {
                    #expect(count.succeeded == 0, "seed \(seed), \(intent.key): \(outcome)")
                    #expect(outcome.failure?.reason == .executed, "seed \(seed), \(intent.key): \(outcome)")
                }
            }
            #expect(harness.node.faultsMet.count >= 8, "seed \(seed): \(harness.node.faultsMet)")
        }
    }
}

extension MockExecutionCount {
    /// Ran through once, and nothing else.
    static var once: MockExecutionCount {
        var count = MockExecutionCount()
        count.succeeded = 1
        return count
    }
}

/// What goes wrong, and how often in a thousand requests.
enum ChaosFaults {
    static let all: [(MockRoute, MockFault, permille: Int)] = [
        (.sendTransaction, .dropResponse, 40), (.sendTransaction, .dropRequest, 30),
        (.sendTransaction, .status(503), 30), (.sendTransaction, .status(429), 30),
        (.sendTransaction, .withhold, 20), (.sendTransaction, .duplicate, 30), (.sendTransaction, .garbage, 10),
        (.transactionResult, .notFound, 60), (.transactionResult, .status(503), 30),
        (.transactionResult, .status(429, retryAfter: 0), 20), (.transactionResult, .dropResponse, 20),
        (.transactionResult, .cutBody, 10), (.transactionResult, .garbage, 10), (.blocks, .status(503), 50),
        (.blocks, .dropResponse, 20), (.accountKeys, .status(503), 50), (.accountKeys, .notFound, 20),
    ]
}
