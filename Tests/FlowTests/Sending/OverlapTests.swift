import FlowMockNode
import Testing

@testable import Flow

/// A key's next transaction can be sent when the last one was executed: it is in a final block, so the next comes behind it.
@Suite("Keys whose transactions are executed and not sealed yet", .timeLimit(.minutes(10)))
struct OverlapTests {
    /// Sealing is so far behind that nothing is sealed while a test looks.
    private static func with(_ body: (ChainHarness) async throws -> Void) async throws {
        try await ChainHarness.with(keys: 1, { $0.chain.sealingLag = 250 }, body)
    }

    @Test func `the next transaction is sent when the last was executed, and none meets a wrong number`() async throws {
        try await Self.with { harness in
            let storage = HookedOutbox { _, attempt in
                let number = attempt.transaction.proposalKey.sequenceNumber
                #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == number)
                #expect(harness.node.transactions.count == Int(number))
                #expect(harness.node.sealedHeight == 1000, "nothing can be sealed yet")
            }
            let sender = harness.sender(try harness.pool(), storage: storage)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...4 as ClosedRange<UInt64> {
                    let intent = try ChainHarness.intent(number)
                    group.addTask {
                        let outcome = try await sender.submit(intent)
                        #expect(outcome.success != nil)
                    }
                }
                try await group.waitForAll()
            }
            for number in 1...4 as ClosedRange<UInt64> {
                #expect(try harness.executions(ChainHarness.intent(number)) == .once)
            }
            #expect(harness.node.sequenceErrors == 0)
        }
    }

    /// A chain that moves only when the test says so.
    private static func withStillChain(
        _ executor: @escaping @Sendable (MockTransaction) -> MockExecution, _ body: (ChainHarness) async throws -> Void
    ) async throws {
        try await ChainHarness.with(
            keys: 1, sleepsPerBlock: .max,
            { configuration in
                configuration.chain.sealingLag = 250
                configuration.executor = executor
            }, body)
    }

    /// Returns when the result was asked for often enough for whatever it says to have been noticed.
    private static func untilAsked(_ harness: ChainHarness) async throws {
        try await harness.node.waitForRequests(
            .transactionResult, count: harness.node.requestCount(.transactionResult) + 5)
    }

    @Test func `a key is taken until its transaction is executed, and free then, though nothing is sealed`()
        async throws
    {
        try await Self.withStillChain({ _ in .success() }) { harness in
            let pool = try harness.pool()
            let sender = harness.sender(pool)
            for number in 1...3 as ClosedRange<UInt64> {
                let task = Task { try await sender.submit(ChainHarness.intent(number)) }
                defer { task.cancel() }
                try await until { harness.node.pendingCount == 1 }
                harness.node.step()
                try await Self.untilAsked(harness)
                #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == number - 1)
                #expect(pool.statistics.inFlight == 1, "it is final, and not executed yet")
                harness.node.step()
                #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == number)
                try await until { pool.statistics.idle == 1 }
                #expect(harness.node.sealedHeight == 1000, "nothing is sealed")
            }
            #expect(harness.node.sequenceErrors == 0)
        }
    }

    @Test func `after a failure a key is taken until that is sealed`() async throws {
        try await Self.withStillChain({ _ in .failure("panic: no") }) { harness in
            let pool = try harness.pool()
            let sender = harness.sender(pool)
            let task = Task { try await sender.submit(ChainHarness.intent(1)) }
            try await until { harness.node.pendingCount == 1 }
            harness.node.step(2)
            #expect(harness.node.sequenceNumber(of: ChainHarness.mockAddress, key: 0) == 1)
            try await Self.untilAsked(harness)
            #expect(pool.statistics.inFlight == 1)
            harness.node.settle()
            #expect(try await task.end().failure?.reason == .executed)
            #expect(pool.statistics.idle == 1)
        }
    }

    @Test func `after a crash a key is free only when all that hold it have ended`() async throws {
        try await Self.with { harness in
            let storage = MemoryOutbox()
            let first = harness.sender(try harness.pool(), storage: storage)
            let tasks = try (1...2 as ClosedRange<UInt64>).map { number in
                let intent = try ChainHarness.intent(number)
                return Task { try await first.submit(intent) }
            }
            while try await storage.unfinished().count < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            for task in tasks {
                task.cancel()
                await #expect(throws: FlowError.self) { try await task.end() }
            }
            #expect(harness.node.sealedHeight == 1000, "both are on their way")

            let pool = try harness.pool()
            let next = harness.sender(pool, storage: storage)
            let resuming = Task { try await next.resume() }
            try await until { pool.statistics.inFlight == 1 }
            #expect(try await next.submit(ChainHarness.intent(3)).success != nil)
            #expect(try await resuming.end().values.filter { $0.success != nil }.count == 2)
            for number in 1...3 as ClosedRange<UInt64> {
                #expect(try harness.executions(ChainHarness.intent(number)) == .once)
            }
            #expect(harness.node.sequenceErrors == 0)
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }
}
