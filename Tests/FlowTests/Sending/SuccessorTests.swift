import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// What happens between one transaction of an intent and the next.
@Suite("Signing anew", .timeLimit(.minutes(10)))
struct SuccessorTests {
    private struct Halt: Error {}

    @Test func `a crash between an expired transaction and its successor leaves nothing unknown`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 30
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let pool = try harness.pool()
            // The run ends, as in a crash, when the second transaction of the first intent is to be stored.
            let storage = HookedOutbox { key, attempt in
                guard key == "intent-1" else { return }
                guard attempt.number == 1 else { throw Halt() }
                // Somebody wants the key as soon as it is free.
                try await until { pool.statistics.waiting > 0 }
            }
            let sender = harness.sender(pool, storage: storage, expiryBlocks: 30)
            let (intent, other) = (try ChainHarness.intent(1), try ChainHarness.intent(2))
            harness.node.inject(.withhold, on: .sendTransaction)
            let first = Task { try await sender.submit(intent) }
            try await until { pool.statistics.inFlight > 0 }
            let second = Task { try await sender.submit(other) }
            let error = await #expect(throws: FlowError.self) { try await first.end() }
            #expect(error?.code == .storage)
            second.cancel()
            _ = await second.result

            let next = harness.sender(try harness.pool(), storage: storage.memory, expiryBlocks: 30)
            let outcome = try #require(try await next.resume()["intent-1"])
            #expect(outcome.success != nil, "\(outcome)")
            #expect(try harness.executions(intent) == .once)
            #expect(try await next.submit(other).success != nil)
            #expect(try harness.executions(other) == .once)
            #expect(harness.node.sequenceErrors == 0)
        }
    }

    @Test func `a revoked key's intent goes on with another key`() async throws {
        let revocation = "transaction { prepare(s: auth(RevokeKey) &Account) { s.keys.revoke(keyIndex: 0) } }"
        try await ChainHarness.with(
            keys: 2,
            { configuration in
                configuration.chain.expiryBlocks = 30
                configuration.chain.expiryBuffer = 2
                configuration.executor = { transaction in
                    transaction.scriptText == revocation
                        ? .success(effects: [.revokeKey(ChainHarness.mockAddress, index: 0)]) : .success()
                }
            }
        ) { harness in
            let storage = HookedOutbox { _, attempt in
                guard attempt.number == 1 else { return }
                var other = try FlowTransaction(
                    script: revocation, arguments: [], referenceBlockID: attempt.transaction.referenceBlockID,
                    proposalKey: ProposalKey(address: ChainHarness.address, keyIndex: 1, sequenceNumber: 0),
                    payer: ChainHarness.address, authorizers: [ChainHarness.address])
                try await other.sign(envelope: ChainHarness.signer, address: ChainHarness.address, keyIndex: 1)
                try await harness.client.send(other)
                harness.node.settle()
                harness.node.inject(.withhold, on: .sendTransaction)
            }
            let pool = try harness.pool(0...1)
            let intent = try ChainHarness.intent(1)
            let outcome = try await harness.sender(pool, storage: storage, expiryBlocks: 30).submit(intent)
            #expect(outcome.success != nil, "\(outcome)")
            #expect(try harness.executions(intent) == .once)
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 1))
        }
    }

    @Test func `an intent whose key was revoked before it ran goes on with another key, and the pool without it`()
        async throws
    {
        let revocation = "transaction { prepare(s: auth(RevokeKey) &Account) { s.keys.revoke(keyIndex: 0) } }"
        try await ChainHarness.with(
            keys: 3,
            { configuration in
                configuration.executor = { transaction in
                    transaction.scriptText == revocation
                        ? .success(effects: [.revokeKey(ChainHarness.mockAddress, index: 0)]) : .success()
                }
            }
        ) { harness in
            let pool = try harness.pool(0...1)
            let sender = harness.sender(pool)
            // The pool knows the numbers of its keys.
            for number in [1, 2] as [UInt64] { _ = try await sender.submit(ChainHarness.intent(number)) }
            var other = try FlowTransaction(
                script: revocation, arguments: [], referenceBlockID: try await harness.client.block().id,
                proposalKey: ProposalKey(address: ChainHarness.address, keyIndex: 2, sequenceNumber: 0),
                payer: ChainHarness.address, authorizers: [ChainHarness.address])
            try await other.sign(envelope: ChainHarness.signer, address: ChainHarness.address, keyIndex: 2)
            try await harness.client.send(other)
            harness.node.settle()
            for number in 3...6 as ClosedRange<UInt64> {
                let intent = try ChainHarness.intent(number)
                let outcome = try await sender.submit(intent)
                #expect(outcome.success != nil, "\(outcome)")
                #expect(try harness.executions(intent).succeeded == 1)
            }
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 1))
        }
    }

    @Test func `a signer that fails while signing anew leaves a key that comes back`() async throws {
        struct FailingSigner: FlowSigner {
            let base = ChainHarness.signer
            let isFailing: @Sendable () -> Bool
            var hashAlgorithm: HashAlgorithm { base.hashAlgorithm }
            var publicKey: FlowPublicKey { base.publicKey }
            func signature(for tagged: [UInt8]) async throws(FlowError) -> [UInt8] {
                if isFailing() { throw FlowError(.unavailable, "the key management does not answer") }
                return try await base.signature(for: tagged)
            }
        }
        try await ChainHarness.with { harness in
            let isFailing = Mutex(false)
            let pool = try KeyPool(
                client: harness.client, address: ChainHarness.address, keyIndices: [0],
                signer: FailingSigner { isFailing.withLock { $0 } })
            let sender = harness.sender(pool)
            _ = try await sender.submit(ChainHarness.intent(1))
            // Another user of the key makes the next transaction fail with 1007.
            var other = try FlowTransaction(
                script: ChainHarness.script, arguments: [.uint64(99)],
                referenceBlockID: try await harness.client.block().id,
                proposalKey: ProposalKey(address: ChainHarness.address, keyIndex: 0, sequenceNumber: 1),
                payer: ChainHarness.address, authorizers: [ChainHarness.address])
            try await other.sign(envelope: ChainHarness.signer, address: ChainHarness.address, keyIndex: 0)
            try await harness.client.send(other)
            harness.node.settle()
            harness.node.inject(.status(503), on: .transactionResult, times: 3)
            let intent = try ChainHarness.intent(2)
            let first = Task { try await sender.submit(intent) }
            try await harness.node.waitForRequests(.sendTransaction, count: 3)
            isFailing.withLock { $0 = true }
            let error = await #expect(throws: FlowError.self) { try await first.end() }
            #expect(error?.code == .unavailable)
            isFailing.withLock { $0 = false }
            #expect(try await sender.submit(ChainHarness.intent(3)).success != nil)
            #expect(try await sender.submit(intent).success != nil)
            #expect(try harness.executions(intent).succeeded == 1)
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }

    /// Stores, and says that it did not.
    private final class LyingOutbox: OutboxStorage {
        let memory = MemoryOutbox()

        func save(_ record: OutboxRecord) async throws {
            try await memory.save(record)
            throw Halt()
        }
        func record(_ key: String) async throws -> OutboxRecord? { try await memory.record(key) }
        func unfinished() async throws -> [OutboxRecord] { try await memory.unfinished() }
    }

    @Test func `the key of what was stored all the same is kept for it`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let storage = LyingOutbox()
            let intent = try ChainHarness.intent(1)
            let error = await #expect(throws: FlowError.self) {
                try await harness.sender(pool, storage: storage).submit(intent)
            }
            #expect(error?.code == .storage)
            #expect(pool.statistics.inFlight == 1)
            #expect(try await harness.sender(pool, storage: storage.memory).resume()["intent-1"]?.success != nil)
            #expect(try harness.executions(intent) == .once)
            #expect(pool.statistics.idle == 1)
        }
    }

    @Test func `a transaction whose keys weigh too little is reported, and costs neither number nor fee`() async throws
    {
        try await ChainHarness.with(
            keys: 0,
            { configuration in
                configuration.chain.accounts[ChainHarness.mockAddress] = .init(keys: [ChainHarness.key(weight: 999)])
            }
        ) { harness in
            let pool = try harness.pool()
            let balance = harness.node.balance(of: ChainHarness.mockAddress)
            let failure = try #require(
                try await harness.sender(pool).submit(ChainHarness.intent(1)).failure)
            #expect(failure.reason == .executed)
            #expect(failure.code == .insufficientWeight)
            #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == 0)
            #expect(harness.node.balance(of: ChainHarness.mockAddress) == balance)
            #expect(try await pool.take().sequenceNumber == 0)
        }
    }

    @Test(arguments: [1006, 1007, 1008, 1009, 1055])
    func `what fails before its body keeps the sequence number`(code: Int) {
        #expect(ExecutionFailure(message: "[Error Code: \(code)] no").keepsSequenceNumber)
    }

    @Test(arguments: [1051, 1053, 1101, 1103, 1105, 1106, 1109, 1110, 1118, 1201, 1202, 1300])
    func `what fails in its body, or in a way that is not known, does not say so`(code: Int) {
        #expect(!ExecutionFailure(message: "[Error Code: \(code)] no").keepsSequenceNumber)
        #expect(!ExecutionFailure(message: "no").keepsSequenceNumber)
    }
}
