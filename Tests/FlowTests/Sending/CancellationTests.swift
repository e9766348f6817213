import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// What a caller that goes away leaves behind.
@Suite("Cancelled sending", .timeLimit(.minutes(10)))
struct CancellationTests {
    /// Results are unknown until the faults are cleared, so that what was sent stays on its way.
    private static func block(_ harness: ChainHarness) {
        harness.node.inject(.status(503), on: .transactionResult, times: 1_000_000)
    }

    @Test func `a key whose caller went away comes back when another needs it`() async throws {
        try await ChainHarness.with { harness in
            let storage = MemoryOutbox()
            let pool = try harness.pool()
            let sender = harness.sender(pool, storage: storage)
            let (first, second) = (try ChainHarness.intent(1), try ChainHarness.intent(2))
            Self.block(harness)
            let left = Task { try await sender.submit(first) }
            try await harness.node.waitForRequests(.transactionResult, count: 1)
            left.cancel()
            let error = await #expect(throws: FlowError.self) { try await left.end() }
            #expect(error?.code == .closed)
            harness.node.clearFaults()
            #expect(try await sender.submit(second).success != nil)
            #expect(try await sender.submit(first).success != nil)
            #expect(try await storage.unfinished().isEmpty)
            for intent in [first, second] { #expect(try harness.executions(intent) == .once) }
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }

    @Test func `who waits for a key already follows what is left then`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let sender = harness.sender(pool)
            let intents = try (1...3 as ClosedRange<UInt64>).map { try ChainHarness.intent($0) }
            Self.block(harness)
            let left = Task { try await sender.submit(intents[0]) }
            try await harness.node.waitForRequests(.transactionResult, count: 1)
            let waiting = intents.dropFirst().map { intent in Task { try await sender.submit(intent) } }
            try await until { pool.statistics.waiting == 2 }
            left.cancel()
            await #expect(throws: FlowError.self) { try await left.end() }
            harness.node.clearFaults()
            for task in waiting { #expect(try await task.end().success != nil) }
            for intent in intents { #expect(try harness.executions(intent) == .once) }
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }

    /// Reads records slowly, until the reader is cancelled, when told so.
    private final class SlowOutbox: OutboxStorage {
        let memory = MemoryOutbox()
        let isSlow = Mutex(false)
        let reads = Mutex(0)

        func save(_ record: OutboxRecord) async throws { try await memory.save(record) }
        func unfinished() async throws -> [OutboxRecord] { try await memory.unfinished() }
        func record(_ key: String) async throws -> OutboxRecord? {
            if key == "intent-1", isSlow.withLock({ $0 }) {
                reads.withLock { $0 += 1 }
                try await until { false }
            }
            return try await memory.record(key)
        }
    }

    @Test func `what could not be followed to its end is left for the next who needs the key`() async throws {
        try await ChainHarness.with(keys: 2) { harness in
            let storage = SlowOutbox()
            let pool = try harness.pool(0...1)
            let sender = harness.sender(pool, storage: storage)
            Self.block(harness)
            let left = Task { try await sender.submit(ChainHarness.intent(1)) }
            try await harness.node.waitForRequests(.transactionResult, count: 1)
            left.cancel()
            await #expect(throws: FlowError.self) { try await left.end() }
            harness.node.clearFaults()
            // The other key is out too; its next holder begins to follow what was left, and gets its key before the end.
            let lease = try await pool.take()
            storage.isSlow.withLock { $0 = true }
            let second = Task { try await sender.submit(ChainHarness.intent(2)) }
            try await until { storage.reads.withLock { $0 } == 1 }
            pool.release(lease, .next(lease.sequenceNumber))
            #expect(try await second.end().success != nil)
            storage.isSlow.withLock { $0 = false }
            let other = try await pool.take()
            #expect(try await sender.submit(ChainHarness.intent(3)).success != nil)
            pool.release(other, .next(other.sequenceNumber))
            for number in 1...3 as ClosedRange<UInt64> {
                #expect(try harness.executions(ChainHarness.intent(number)) == .once)
            }
        }
    }

    @Test func `who waits for the same intent goes on with it when the first caller went away`() async throws {
        try await ChainHarness.with { harness in
            let sender = harness.sender(try harness.pool())
            let intent = try ChainHarness.intent(1)
            Self.block(harness)
            let first = Task { try await sender.submit(intent) }
            try await harness.node.waitForRequests(.transactionResult, count: 1)
            let others = (0..<3).map { _ in Task { try await sender.submit(intent) } }
            for _ in 0..<1000 { await Task.yield() }
            first.cancel()
            let error = await #expect(throws: FlowError.self) { try await first.end() }
            #expect(error?.code == .closed)
            harness.node.clearFaults()
            for other in others { #expect(try await other.end().success != nil) }
            #expect(try harness.executions(intent) == .once)
        }
    }

    @Test func `who waits for the same intent can go away`() async throws {
        try await ChainHarness.with { harness in
            let sender = harness.sender(try harness.pool())
            let intent = try ChainHarness.intent(1)
            Self.block(harness)
            let first = Task { try await sender.submit(intent) }
            try await harness.node.waitForRequests(.transactionResult, count: 1)
            let other = Task { try await sender.submit(intent) }
            for _ in 0..<1000 { await Task.yield() }
            other.cancel()
            let error = await #expect(throws: FlowError.self) { try await other.end() }
            #expect(error?.code == .closed)
            harness.node.clearFaults()
            #expect(try await first.end().success != nil)
        }
    }

    @Test func `a caller that is gone before it begins leaves nothing`() async throws {
        try await ChainHarness.with { harness in
            let storage = MemoryOutbox()
            let pool = try harness.pool()
            let sender = harness.sender(pool, storage: storage)
            let intent = try ChainHarness.intent(1)
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await sender.submit(intent)
            }
            let error = await #expect(throws: FlowError.self) { try await task.end() }
            #expect(error?.code == .closed)
            #expect(try await storage.unfinished().isEmpty)
            #expect(harness.node.transactions.isEmpty)
            #expect(try await sender.submit(intent).success != nil)
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }
}
