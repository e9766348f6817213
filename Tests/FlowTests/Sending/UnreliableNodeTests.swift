import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// What nodes say proves less than it seems to.
@Suite("Nodes that are behind, fail, or refuse for now", .timeLimit(.minutes(10)))
struct UnreliableNodeTests {
    private static func refusal(_ text: String) -> AccessResponse {
        .json(#"{"code":400,"message":"Invalid Flow argument: \#(text)"}"#, status: 400)
    }

    @Test func `a refusal that may pass is waited out, and told when it did not`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 20
            configuration.chain.expiryBuffer = 2
        }) { harness in
            let isOpen = Mutex(false)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                guard request.isSending, !isOpen.withLock({ $0 }) else { return try await pass() }
                return Self.refusal("transaction rate limited for payer (f8d6e0586b0a20c7)")
            }
            let pool = try hooked.pool()
            let sender = hooked.sender(pool, expiryBlocks: 20, maximumAttempts: 2)
            let failure = try #require(try await sender.submit(ChainHarness.intent(1)).failure)
            #expect(failure.reason == .expired)
            #expect(failure.message.contains("rate limited for payer"))
            #expect(harness.node.transactions.isEmpty)
            let second = Task { try await sender.submit(ChainHarness.intent(2)) }
            try await harness.node.waitForRequests(.transactionResult, count: 20)
            isOpen.withLock { $0 = true }
            #expect(try await second.end().success != nil)
        }
    }

    @Test func `nodes that fail do not make a transaction unknown whose number was used`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 20
            configuration.chain.expiryBuffer = 2
        }) { harness in
            // It lands; but nobody says so in its life, and for long after it nodes only fail.
            let questions = Mutex(0)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                guard request.isForResult else { return try await pass() }
                let count = questions.withLock { count in
                    count += 1
                    return count
                }
                if harness.node.sealedHeight <= 1018 { return .json("{}", status: 404) }
                if count < 300 { return .json("busy", status: 503) }
                return try await pass()
            }
            let intent = try ChainHarness.intent(1)
            let outcome = try await hooked.sender(try hooked.pool(), expiryBlocks: 20).submit(intent)
            #expect(outcome.success != nil, "\(outcome)")
            #expect(try harness.executions(intent) == .once)
        }
    }

    @Test func `nodes that are behind do not make a transaction unknown whose number was used`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 20
            configuration.chain.expiryBuffer = 2
        }) { harness in
            // One node tells once that the life is over; the other, which is asked from then on, is behind for long.
            let questions = Mutex<Int?>(nil)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                let answer = try await pass()
                if request.path.hasPrefix("/blocks?height=sealed") {
                    let text = String(decoding: answer.body, as: UTF8.self)
                    let height = Int(text.firstMatch(of: /"height":"(\d+)"/)?.1 ?? "") ?? 0
                    let isOld = questions.withLock { questions in
                        if questions == nil, height > 1020 {
                            questions = 0
                            return false
                        }
                        return questions.map { $0 < 60 } ?? false
                    }
                    return isOld ? .json(text.replacing(/"height":"\d+"/, with: #""height":"1010""#)) : answer
                }
                guard request.isForResult else { return answer }
                let count = questions.withLock { questions in
                    questions = questions.map { $0 + 1 }
                    return questions ?? 0
                }
                return count < 60 ? .json("{}", status: 404) : answer
            }
            let intent = try ChainHarness.intent(1)
            let outcome = try await hooked.sender(try hooked.pool(), expiryBlocks: 20).submit(intent)
            #expect(outcome.success != nil, "\(outcome)")
            #expect(try harness.executions(intent) == .once)
        }
    }

    @Test func `a successor refers to a newer block than the one that was too old`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.chain.expiryBlocks = 30
            configuration.chain.expiryBuffer = 2
        }) { harness in
            harness.node.inject(.withhold, on: .sendTransaction)
            let sender = TransactionSender(
                client: harness.client, pool: try harness.pool(), roles: .single(ChainHarness.address),
                storage: MemoryOutbox(),
                configuration: SenderConfiguration(
                    pollInterval: .milliseconds(10), resendAfterMisses: 3, expiryBlocks: 30,
                    referenceAge: .seconds(100_000), heightAge: .milliseconds(20), maximumAttempts: 2))
            let intent = try ChainHarness.intent(1)
            #expect(try await sender.submit(intent).success != nil)
            #expect(try harness.executions(intent) == .once)
            #expect(harness.node.transactions.count == 2)
        }
    }

    /// Says that a record is on its way though it has ended by the time it is asked for.
    private final class OvertakenOutbox: OutboxStorage {
        let memory = MemoryOutbox()
        let unfinishedRecord: OutboxRecord

        init(_ record: OutboxRecord) { unfinishedRecord = record }
        func save(_ record: OutboxRecord) async throws { try await memory.save(record) }
        func record(_ key: String) async throws -> OutboxRecord? { try await memory.record(key) }
        func unfinished() async throws -> [OutboxRecord] { [unfinishedRecord] }
    }

    @Test func `resuming does not follow what another caller has ended in between`() async throws {
        try await ChainHarness.with { harness in
            var random = SeededGenerator(seed: 1)
            let attempt = SignedAttempt(transaction: .random(using: &random), referenceHeight: 1000, number: 1)
            let content = random.digest()
            let storage = OvertakenOutbox(OutboxRecord(key: "intent-1", content: content, state: .signed(attempt)))
            let success = TransactionOutcome.Success(id: attempt.id, blockID: nil, computationUsed: 1, fee: nil)
            try await storage.save(OutboxRecord(key: "intent-1", content: content, state: .done(.succeeded(success))))
            let outcomes = try await harness.sender(try harness.pool(), storage: storage).resume()
            #expect(outcomes == ["intent-1": .succeeded(success)])
            #expect(harness.node.requestCount(.sendTransaction) == 0)
        }
    }
}
