import FlowMockNode
import Synchronization
import Testing

@testable import Flow

@Suite("Reading events", .timeLimit(.minutes(10)))
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
            #expect(error?.message.contains("height 5 is from before the access node's first block 1000") == true)
            #expect(harness.node.requestCount(.events) == 1)
        }
    }

    @Test func `a node that is behind is waited for, however long, and one that refuses for ever is an error`()
        async throws
    {
        try await ChainHarness.with { harness in
            let refusals = Mutex((left: 50, text: "start height 1000 is greater than the last sealed block height 999"))
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                let text = refusals.withLock { refusals -> String? in
                    guard request.path.hasPrefix("/events"), refusals.left > 0 else { return nil }
                    refusals.left -= 1
                    return refusals.text
                }
                guard let text else { return try await pass() }
                return .json(#"{"code":400,"message":"Invalid Flow argument: \#(text)"}"#, status: 400)
            }
            let consumer = Consumer()
            let reader = try EventReader(client: hooked.client, types: [Self.types[0]], start: 1000)
            try await reader.run(consumer, until: 1010)
            #expect(try await consumer.cursor()?.nextHeight == 1011)
            refusals.withLock { $0 = (1000, "no") }
            let error = await #expect(throws: FlowError.self) { try await reader.run(Consumer()) }
            #expect(error?.code == .refused)
            #expect(refusals.withLock { $0.left } == 990)
        }
    }

    @Test func `a cursor of another chain is an error, and one that is a little ahead is not`() async throws {
        try await ChainHarness.with { harness in
            let reader = try EventReader(client: harness.client, types: [Self.types[0]])
            let consumer = Consumer()
            try await consumer.consume([], advancingTo: EventCursor(nextHeight: 130_000_000))
            let error = await #expect(throws: FlowError.self) { try await reader.run(consumer) }
            #expect(error?.message.contains("cursor 130000000 is far beyond the latest sealed block") == true)
            let ahead = Consumer()
            try await ahead.consume([], advancingTo: EventCursor(nextHeight: 1020))
            try await reader.run(ahead, until: 1025)
            #expect(try await ahead.cursor()?.nextHeight == 1026)
        }
    }

    @Test(arguments: [(5, 4), (0, UInt64.max), (UInt64.max, UInt64.max - 1)] as [(UInt64, UInt64)])
    func `no heights, or all of them, are no trap`(start: UInt64, end: UInt64) async throws {
        let header =
            #"[{"header":{"id":"\#(String(repeating: "a", count: 64))","parent_id":"\#(String(repeating: "b", count: 64))","height":"\#(UInt64.max)","timestamp":"2026-11-23T20:00:00Z"},"block_status":"BLOCK_SEALED"}]"#
        let refused: FakeTransport.Answer = .respond(.json(#"{"code":400,"message":"no"}"#, status: 400))
        let transport = FakeTransport([.respond(.json(header)), refused])
        let reader = try EventReader(client: try .fake(transport), types: [Self.types[0]], start: start)
        if start > end {
            try await reader.run(Consumer(), until: end)
            #expect(transport.requests.isEmpty)
        } else {
            let task = Task { try await reader.run(Consumer(), until: end) }
            try await until { transport.requests.count > 3 }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.end() }
            #expect(transport.paths[1].hasSuffix("start_height=0&end_height=249"))
        }
    }

    @Test func `an event that comes twice, or a block that is another one for another type, is not believed`()
        async throws
    {
        func block(_ id: String, _ events: [(Int, Int)]) -> FakeTransport.Answer {
            let list = events.map {
                #"{"type":"A.f8d6e0586b0a20c7.Test.A","transaction_id":"\#(String(repeating: "c", count: 64))","transaction_index":"\#($0.0)","event_index":"\#($0.1)","payload":""}"#
            }
            return .respond(
                .json(
                    #"[{"block_id":"\#(String(repeating: id, count: 64))","block_height":"3","block_timestamp":"2026-11-23T20:00:00Z","events":[\#(list.joined(separator: ","))]}]"#
                ))
        }
        let header =
            #"[{"header":{"id":"\#(String(repeating: "a", count: 64))","parent_id":"\#(String(repeating: "b", count: 64))","height":"3","timestamp":"2026-11-23T20:00:00Z"},"block_status":"BLOCK_SEALED"}]"#
        let sealed: FakeTransport.Answer = .respond(.json(header))
        let transport = FakeTransport([
            sealed, block("a", [(0, 1), (0, 1)]), block("a", []),  // twice in one answer
            sealed, block("a", [(0, 1)]), block("a", [(0, 1)]),  // twice in two answers
            sealed, block("a", [(0, 1)]), block("b", []),  // another block
            sealed, block("a", [(1, 0), (0, 1)]), block("a", [(0, 0)]),
        ])
        let taken = Mutex<[[Int]]>([])
        struct Taker: EventConsumer {
            let take: @Sendable ([BlockEvents]) -> Void
            func cursor() async throws -> EventCursor? { nil }
            func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) async throws { take(blocks) }
        }
        let reader = try EventReader(client: try .fake(transport), types: Self.types, start: 3)
        try await reader.run(
            Taker { blocks in
                taken.withLock { taken in
                    taken += blocks.flatMap(\.events).map { [Int($0.transactionIndex), Int($0.eventIndex)] }
                }
            }, until: 3)
        #expect(taken.withLock { $0 } == [[0, 0], [0, 1], [1, 0]])
        #expect(transport.requests.count == 12)
    }

    /// Does something that no database can hold, and stores the cursor afterwards.
    private final class LateCursor: EventConsumer {
        private struct State {
            var cursor: EventCursor?
            var deliveries: [String: Int] = [:]
            var order: [String] = []
            var call = 0
        }
        private let state = Mutex(State())
        let crashAt: Int

        init(crashAt: Int) { self.crashAt = crashAt }

        var deliveries: [String: Int] { state.withLock { $0.deliveries } }
        var order: [String] { state.withLock { $0.order } }
        func cursor() async throws -> EventCursor? { state.withLock { $0.cursor } }
        func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) async throws {
            try state.withLock { state in
                for block in blocks {
                    for event in block.events {
                        let name = "\(block.height)/\(event.transactionIndex)/\(event.eventIndex)"
                        if state.deliveries[name] == nil { state.order.append(name) }
                        state.deliveries[name, default: 0] += 1
                    }
                }
                state.call += 1
                if state.call == crashAt { throw Consumer.Failure() }
                state.cursor = cursor
            }
        }
    }

    @Test(arguments: 1...3)
    func `a crash between an effect and the cursor delivers the same events again under the same names`(
        call: Int
    ) async throws {
        try await Self.withChain { harness, expected in
            let consumer = LateCursor(crashAt: call)
            let reader = try EventReader(client: harness.client, types: Self.types, start: 1000)
            let end = harness.node.sealedHeight
            await #expect(throws: Consumer.Failure.self) { try await reader.run(consumer, until: end) }
            let before = consumer.deliveries
            // The portions may be others in the next run.
            harness.node.inject(.cutEvents(123), on: .events)
            try await reader.run(consumer, until: end)
            #expect(consumer.order.count == expected.count)
            #expect(
                consumer.order == consumer.order.sorted { Self.parts($0).lexicographicallyPrecedes(Self.parts($1)) })
            let again = consumer.deliveries.filter { $0.value == 2 }
            #expect(!again.isEmpty && consumer.deliveries.values.allSatisfy { $0 <= 2 })
            #expect(Set(again.keys).isSubset(of: before.keys))
        }
    }

    private static func parts(_ name: String) -> [Int] { name.split(separator: "/").compactMap { Int($0) } }

    @Test func `types are checked`() throws {
        let client = try FlowClient.fake(FakeTransport(json: "[]"))
        for types in [[], ["x"], [Self.types[0], Self.types[0]]] as [[String]] {
            #expect(throws: FlowError.self) { try EventReader(client: client, types: types) }
        }
    }
}
