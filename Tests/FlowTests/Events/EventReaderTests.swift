import FlowMockNode
import Synchronization
import Testing

@testable import Flow

@Suite("Reading events", .timeLimit(.minutes(2)))
struct EventReaderTests {
    /// Remembers what it was given, together with the cursor, as a database would in one transaction.
    private final class Consumer: EventConsumer {
        private struct State {
            var cursor: EventCursor?
            var events: [String] = []
            var failsAt: Int?
            var calls = 0
        }
        struct Failure: Error {}
        private let state = Mutex(State())

        init(failsAt: Int? = nil) { state.withLock { $0.failsAt = failsAt } }

        var events: [String] { state.withLock { $0.events } }
        func cursor() async throws -> EventCursor? { state.withLock { $0.cursor } }
        func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) async throws {
            try state.withLock { state in
                state.calls += 1
                if state.calls == state.failsAt { throw Failure() }
                if let before = state.cursor, before >= cursor { Issue.record("the cursor went back to \(cursor)") }
                for block in blocks {
                    for event in block.events {
                        guard block.height < cursor.nextHeight else {
                            Issue.record("an event beyond the cursor"); return
                        }
                        let number = try event.value().decoded(as: Numbered.self).n
                        state.events.append("\(event.type.suffix(1))\(number)")
                    }
                }
                state.cursor = cursor
            }
        }
    }

    private struct Numbered: Decodable { var n: UInt64 }
    private static let types = ["A.f8d6e0586b0a20c7.Test.A", "A.f8d6e0586b0a20c7.Test.B"]

    /// A chain of 700 blocks in which every tenth has a transaction with two events.
    private static func withChain(_ body: (ChainHarness, [String]) async throws -> Void) async throws {
        try await ChainHarness.with({ configuration in
            configuration.executor = { transaction in
                let text = transaction.argumentTexts[0]
                return .success(events: types.map { MockEvent(type: $0, fields: [("n", text)]) })
            }
        }) { harness in
            var expected: [String] = []
            for number in 0..<70 as Range<UInt64> {
                let block = try await harness.client.block()
                var transaction = try FlowTransaction(
                    script: ChainHarness.script, arguments: [.uint64(number)], referenceBlockID: block.id,
                    proposalKey: ProposalKey(address: ChainHarness.address, keyIndex: 0, sequenceNumber: number),
                    payer: ChainHarness.address, authorizers: [ChainHarness.address])
                try await transaction.sign(envelope: ChainHarness.signer, address: ChainHarness.address, keyIndex: 0)
                try await harness.client.send(transaction)
                harness.node.step(10)
                expected += ["A\(number)", "B\(number)"]
            }
            harness.node.step(5)
            try await body(harness, expected)
        }
    }

    @Test func `every event comes once and in order, over ranges longer than a request's`() async throws {
        try await Self.withChain { harness, expected in
            let consumer = Consumer()
            let reader = try EventReader(client: harness.client, types: Self.types, start: 1000)
            try await reader.run(consumer, until: harness.node.sealedHeight)
            #expect(consumer.events == expected)
            #expect(try await consumer.cursor()?.nextHeight == harness.node.sealedHeight + 1)
        }
    }

    @Test func `ranges that a node cuts are read on where they were cut`() async throws {
        try await Self.withChain { harness, expected in
            for count in [1, 40, 200, 249] { harness.node.inject(.cutEvents(count), on: .events, skipping: count % 3) }
            let consumer = Consumer()
            let reader = try EventReader(client: harness.client, types: Self.types, start: 1000)
            try await reader.run(consumer, until: harness.node.sealedHeight)
            #expect(consumer.events == expected)
        }
    }

    @Test func `faults at random change nothing`() async throws {
        try await Self.withChain { harness, expected in
            harness.node.injectRandomly(
                [
                    (.events, .status(503), 200), (.events, .cutEvents(30), 200), (.events, .dropResponse, 100),
                    (.events, .garbage, 100), (.blocks, .status(429), 100),
                ], seed: 11)
            let consumer = Consumer()
            let reader = try EventReader(client: harness.client, types: Self.types, start: 1000)
            try await reader.run(consumer, until: harness.node.sealedHeight)
            #expect(consumer.events == expected)
        }
    }

    @Test(arguments: 1...3)
    func `after a consumer's failure the next run goes on at its cursor`(call: Int) async throws {
        try await Self.withChain { harness, expected in
            let consumer = Consumer(failsAt: call)
            let reader = try EventReader(client: harness.client, types: Self.types, start: 1000)
            let end = harness.node.sealedHeight
            await #expect(throws: Consumer.Failure.self) { try await reader.run(consumer, until: end) }
            try await reader.run(consumer, until: end)
            #expect(consumer.events == expected)
        }
    }

    @Test func `new blocks are waited for`() async throws {
        try await ChainHarness.with { harness in
            let consumer = Consumer()
            let reader = try EventReader(client: harness.client, types: Self.types, start: 1000)
            // The clock makes a block with each pause.
            try await reader.run(consumer, until: 1020)
            #expect(try await consumer.cursor()?.nextHeight == 1021)
            #expect(harness.node.sealedHeight >= 1020)
        }
    }

    @Test func `without a start the latest sealed block is the first`() async throws {
        try await ChainHarness.with { harness in
            harness.node.step(50)
            let consumer = Consumer()
            let sealed = harness.node.sealedHeight
            try await EventReader(client: harness.client, types: Self.types).run(consumer, until: sealed)
            #expect(try await consumer.cursor()?.nextHeight == sealed + 1)
            #expect(harness.node.requestCount(.events) == 2)
        }
    }

    @Test func `an answer with a hole is not believed`() async throws {
        let block =
            #"{"block_id":"\#(String(repeating: "a", count: 64))","block_height":"HEIGHT","block_timestamp":"2026-11-23T20:00:00Z"}"#
        func answer(_ heights: [Int]) -> FakeTransport.Answer {
            .respond(.json("[" + heights.map { block.replacing("HEIGHT", with: "\($0)") }.joined(separator: ",") + "]"))
        }
        let header =
            #"[{"header":{"id":"\#(String(repeating: "a", count: 64))","parent_id":"\#(String(repeating: "b", count: 64))","height":"3","timestamp":"2026-11-23T20:00:00Z"},"block_status":"BLOCK_SEALED"}]"#
        let sealed: FakeTransport.Answer = .respond(.json(header))
        let transport = FakeTransport([
            sealed, answer([1, 3]), sealed, answer([]), sealed, answer([2, 1]), sealed, answer([3]),
        ])
        let consumer = Consumer()
        let reader = try EventReader(client: try .fake(transport), types: [Self.types[0]], start: 1)
        try await reader.run(consumer, until: 3)
        #expect(try await consumer.cursor()?.nextHeight == 4)
        #expect(transport.requests.count == 8)
    }

    @Test func `heights that no node has are an error`() async throws {
        try await ChainHarness.with { harness in
            harness.node.step(20)
            let reader = try EventReader(client: harness.client, types: [Self.types[0]], start: 5)
            let error = await #expect(throws: FlowError.self) { try await reader.run(Consumer()) }
            #expect(error?.code == .notFound)
            #expect(harness.node.requestCount(.events) == 10)
        }
    }

    @Test func `types are checked`() throws {
        let client = try FlowClient.fake(FakeTransport(json: "[]"))
        for types in [[], ["x"], [Self.types[0], Self.types[0]]] as [[String]] {
            #expect(throws: FlowError.self) { try EventReader(client: client, types: types) }
        }
    }
}
