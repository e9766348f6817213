import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// What would go wrong only after months, under load, or once in a million.
@Suite("Senders that live long", .timeLimit(.minutes(10)))
struct LongLifeTests {
    /// A storage that cannot be read while the test says so.
    private final class SickOutbox: OutboxStorage {
        let memory = MemoryOutbox()
        let failures = Mutex(0)
        private struct Sick: Error {}

        func save(_ record: OutboxRecord) async throws { try await memory.save(record) }
        func unfinished() async throws -> [OutboxRecord] { try await memory.unfinished() }
        func record(_ key: String) async throws -> OutboxRecord? {
            let fails = failures.withLock { failures in
                defer { failures = max(failures - 1, 0) }
                return failures > 0
            }
            if fails { throw Sick() }
            return try await memory.record(key)
        }
    }

    /// Sends an intent and goes away before its end.
    private static func leave(
        _ intent: TransactionIntent, _ sender: TransactionSender, _ harness: ChainHarness
    ) async throws {
        let count = harness.node.requestCount(.transactionResult)
        harness.node.inject(.status(503), on: .transactionResult, times: 1_000_000)
        let task = Task { try await sender.submit(intent) }
        try await harness.node.waitForRequests(.transactionResult, count: count + 1)
        task.cancel()
        await #expect(throws: FlowError.self) { try await task.end() }
        harness.node.clearFaults()
    }

    @Test func `a key is not lost when resuming fails because the storage cannot be read`() async throws {
        try await ChainHarness.with { harness in
            let storage = SickOutbox()
            try await Self.leave(ChainHarness.intent(1), harness.sender(try harness.pool(), storage: storage), harness)
            let pool = try harness.pool()
            let sender = harness.sender(pool, storage: storage)
            storage.failures.withLock { $0 = 1 }
            let error = await #expect(throws: FlowError.self) { try await sender.resume() }
            #expect(error?.code == .storage)
            #expect(try await sender.submit(ChainHarness.intent(2)).success != nil)
            for number in 1...2 as ClosedRange<UInt64> {
                #expect(try harness.executions(ChainHarness.intent(number)) == .once)
            }
            #expect(pool.statistics.idle == 1)
        }
    }

    @Test func `an intent that was left is not forgotten when the storage cannot be read`() async throws {
        try await ChainHarness.with { harness in
            let storage = SickOutbox()
            let sender = harness.sender(try harness.pool(), storage: storage)
            try await Self.leave(ChainHarness.intent(1), sender, harness)
            storage.failures.withLock { $0 = 1 }
            let error = await #expect(throws: FlowError.self) { try await sender.submit(ChainHarness.intent(1)) }
            #expect(error?.code == .storage)
            #expect(try await sender.submit(ChainHarness.intent(2)).success != nil)
            #expect(try harness.executions(ChainHarness.intent(1)) == .once)
        }
    }

    @Test func `what callers left is brought to its end beside later intents, though no key is wanting`() async throws {
        try await ChainHarness.with(keys: 4) { harness in
            let storage = MemoryOutbox()
            let sender = harness.sender(try harness.pool(0...3), storage: storage)
            for number in 1...3 as ClosedRange<UInt64> {
                try await Self.leave(ChainHarness.intent(number), sender, harness)
            }
            #expect(try await storage.unfinished().count == 3)
            for number in 4...20 as ClosedRange<UInt64> {
                #expect(try await sender.submit(ChainHarness.intent(number)).success != nil)
                if try await storage.unfinished().isEmpty { break }
            }
            #expect(try await storage.unfinished().isEmpty)
            #expect(sender.active.counts == (0, 0))
            #expect(harness.node.executions.values.allSatisfy { $0 == .once })
        }
    }

    @Test func `a transaction in two blocks whose key was revoked in between is not signed anew`() async throws {
        try await ChainHarness.with(
            keys: 2,
            { configuration in
                configuration.executor = { transaction in
                    transaction.argumentTexts[0].contains("\"1\"")
                        ? .success(effects: [.revokeKey(ChainHarness.mockAddress, index: 0)]) : .success()
                }
            }
        ) { harness in
            let sender = harness.sender(try harness.pool(0...1))
            harness.node.inject(.includeTwice, on: .sendTransaction)
            let intent = try ChainHarness.intent(1)
            let outcome = try await sender.submit(intent)
            #expect(outcome.success != nil, "\(outcome)")
            let count = try harness.executions(intent)
            #expect((count.succeeded, count.refused) == (1, 1))
            #expect(harness.node.transactions.count == 1)
            // The other key goes on.
            #expect(try await sender.submit(ChainHarness.intent(2)).success != nil)
        }
    }

    @Test func `a transaction that lands after it was taken for expired is found, not done again`() async throws {
        // The chain's expiry is 60 blocks; the sender was told 20.
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 60
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let first = Mutex<FlowTransaction?>(nil)
            let isOpen = Mutex(false)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                guard request.isSending, !isOpen.withLock({ $0 }) else { return try await pass() }
                throw FlowError(.timedOut, "on its way")
            }
            let storage = HookedOutbox { _, attempt in
                guard let late = first.withLock({ $0 }) else { return first.withLock { $0 = attempt.transaction } }
                try await harness.client.send(late)
                harness.node.settle()
                isOpen.withLock { $0 = true }
            }
            let sender = hooked.sender(try hooked.pool(), storage: storage, expiryBlocks: 20)
            let intent = try ChainHarness.intent(1)
            let success = try #require(try await sender.submit(intent).success)
            #expect(success.id == first.withLock { $0 }?.id)
            #expect(try harness.executions(intent).succeeded == 1)
            #expect(harness.node.transactions.count == 2)
            #expect(try await sender.submit(ChainHarness.intent(2)).success != nil)
        }
    }

    @Test func `where nothing expires, nothing is signed anew`() async throws {
        try await ChainHarness.with { harness in
            harness.node.inject(.withhold, on: .sendTransaction, times: 1000)
            harness.node.inject(.notFound, on: .transactionResult, times: 1_000_000)
            let sender = harness.sender(try harness.pool(), expiryBlocks: .max)
            let task = Task { try await sender.submit(ChainHarness.intent(1)) }
            try await until { harness.node.finalHeight > 1700 }
            task.cancel()
            await #expect(throws: FlowError.self) { try await task.end() }
            #expect(harness.node.transactions.count == 1)
        }
    }

    @Test func `the greatest numbers that a node can name do not end the program`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            pool.reserve(KeyPool.Lease(keyIndex: 0, sequenceNumber: .max))
            pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: .max), .used)
            #expect(try await pool.take().sequenceNumber == .max)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                let answer = try await pass()
                guard request.path.hasPrefix("/blocks?height=final") else { return answer }
                let text = String(decoding: answer.body, as: UTF8.self)
                return .json(text.replacing(/"height":"\d+"/, with: #""height":"\#(UInt64.max)""#))
            }
            #expect(try await hooked.sender(try hooked.pool()).submit(ChainHarness.intent(1)).success != nil)
        }
    }

    // MARK: Back-pressure

    @Test func `many who wait get the keys in their order, and who goes away leaves no gap`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let first = try await pool.take()
            let served = Mutex<[Int]>([])
            let count = 150
            try await withThrowingTaskGroup(of: Void.self) { group in
                var leaving: [Task<Void, any Error>] = []
                for number in 0..<count {
                    let work = { @Sendable in
                        let lease = try await pool.take()
                        served.withLock { $0.append(number) }
                        pool.release(lease, .used)
                    }
                    if number % 3 == 1 {
                        leaving.append(Task { try await work() })
                    } else {
                        group.addTask(operation: work)
                    }
                    // The next one comes when this one stands in the queue.
                    try await until { pool.statistics.waiting == number + 1 }
                }
                for task in leaving { task.cancel() }
                for task in leaving { await #expect(throws: FlowError.self) { try await task.end() } }
                #expect(pool.statistics.waiting == count - leaving.count)
                pool.release(first, .used)
                try await group.waitForAll()
            }
            #expect(served.withLock { $0 } == (0..<count).filter { $0 % 3 != 1 })
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }

    @Test func `many more callers than keys are all served, whoever goes away while waiting`() async throws {
        try await ChainHarness.with(keys: 5) { harness in
            let (storage, pool) = (MemoryOutbox(), try harness.pool(0...4))
            let sender = harness.sender(pool, storage: storage)
            let tasks = try (1...100 as ClosedRange<UInt64>).map { number in
                let intent = try ChainHarness.intent(number)
                return Task { try await sender.submit(intent) }
            }
            try await until { pool.statistics.waiting > 80 }
            for task in tasks[50...] { task.cancel() }
            for task in tasks[..<50] { #expect(try await task.end().success != nil) }
            for task in tasks[50...] { _ = await task.result }
            // What the others left on its way has ended with the next intents.
            for number in 1001...1020 as ClosedRange<UInt64> {
                _ = try await sender.submit(ChainHarness.intent(number))
                if try await storage.unfinished().isEmpty { break }
            }
            #expect(sender.active.counts == (0, 0))
            #expect(try await storage.unfinished().isEmpty)
            #expect(pool.statistics == KeyPool.Statistics(idle: 5, inFlight: 0, waiting: 0, lost: 0))
            #expect(harness.node.sequenceErrors == 0)
            #expect(harness.node.executions.values.allSatisfy { $0 == .once })
        }
    }
}
