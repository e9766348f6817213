import FlowMockNode
import Testing

@testable import Flow

/// A key's next transaction can be sent when the last one was executed: it is in a final block, so the next comes behind it.
@Suite("Keys whose transactions are executed and not sealed yet", .timeLimit(.minutes(2)))
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
