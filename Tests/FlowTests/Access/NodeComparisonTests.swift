import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// Nodes of which each names the height that the test says.
private final class Heights: Sendable {
    private let heights: Mutex<[String: UInt64]>

    init(_ heights: UInt64...) {
        var named: [String: UInt64] = [:]
        for (number, height) in heights.enumerated() { named["http://node\(number)/v1"] = height }
        self.heights = Mutex(named)
    }

    func set(_ number: Int, _ height: UInt64) { heights.withLock { $0["http://node\(number)/v1"] = height } }

    func move(_ numbers: Int..., by count: UInt64) {
        heights.withLock { heights in for number in numbers { heights["http://node\(number)/v1"]? += count } }
    }

    var transport: FakeTransport {
        FakeTransport([
            .by { node in
                let id = String(repeating: "a1", count: 32)
                let height = self.heights.withLock { $0[node.url] ?? 0 }
                return .json(
                    #"[{"header":{"id":"\#(id)","parent_id":"\#(id)","height":"\#(height)","#
                        + #""timestamp":"2026-11-29T00:00:00Z"}}]"#)
            }
        ])
    }
}

@Suite("Nodes that stand still or are behind", .timeLimit(.minutes(10)))
struct NodeComparisonTests {
    private static func asked(_ transport: FakeTransport) -> [Int] {
        transport.requests.compactMap { $0.node.url.firstMatch(of: /node(\d)/).flatMap { Int($0.1) } }
    }

    @Test(arguments: [BlockSelection.latestSealed, .latestFinal])
    func `a node that stands still is left, and asked again when it has caught up`(latest: BlockSelection) async throws
    {
        let (heights, clock) = (Heights(1000, 1000), FakeClock())
        let transport = heights.transport
        let client = try FlowClient.fake(transport, nodes: 2, clock: clock)
        var seen: [UInt64] = []
        for _ in 0..<5 {
            seen.append(try await client.block(latest).height)
            clock.advance(by: .seconds(31))
            heights.move(1, by: 39)
        }
        // The second question goes to the other node; by the third it is known that the first one stands.
        // Then the other is the usual one, and the first is asked for comparison: its word does not count.
        #expect(Self.asked(transport) == [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(seen == [1000, 1039, 1078, 1117, 1156])
        #expect(client.nodeStates.map(\.lag) == [117, nil])
        heights.set(0, 1190)
        for _ in 0..<2 {
            _ = try await client.block(latest)
            clock.advance(by: .seconds(31))
        }
        #expect(client.nodeStates.map(\.lag) == [nil, nil])
        #expect(client.nodeStates.map { latest == .latestSealed ? $0.sealedHeight : $0.finalHeight } == [1190, 1195])
    }

    @Test func `a node far behind that goes on is left, too`() async throws {
        let (heights, clock) = (Heights(1000, 1100, 1100), FakeClock())
        let transport = heights.transport
        let client = try FlowClient.fake(transport, nodes: 3, clock: clock)
        for _ in 0..<6 {
            _ = try await client.block(.latestSealed)
            clock.advance(by: .seconds(31))
            heights.move(0, 1, 2, by: 3)
        }
        #expect(Self.asked(transport).prefix(4) == [0, 1, 0, 1])
        #expect(client.nodeStates.map { $0.lag == nil } == [false, true, true])
    }

    @Test func `nodes that are level, or a little apart, cost no request more, and the usual one stays the usual one`()
        async throws
    {
        let (heights, clock) = (Heights(1000, 1030), FakeClock())
        let transport = heights.transport
        let client = try FlowClient.fake(transport, nodes: 2, clock: clock)
        for _ in 0..<120 {
            _ = try await client.block(.latestSealed)
            clock.advance(by: .seconds(1))
        }
        #expect(transport.requests.count == 120)
        #expect(Self.asked(transport).filter { $0 == 1 }.count == 4)
        #expect(client.nodeStates.allSatisfy { $0.lag == nil })
    }

    @Test func `a chain that stands still, or grows between two questions, is nobody's fault`() async throws {
        let (heights, clock) = (Heights(1000, 1000), FakeClock())
        let transport = heights.transport
        let client = try FlowClient.fake(transport, nodes: 2, clock: clock)
        for step in 0..<10 {
            _ = try await client.block(.latestSealed)
            clock.advance(by: .seconds(40))
            if step > 4 { heights.move(0, 1, by: 1000) }
        }
        #expect(transport.requests.count == 10)
        #expect(client.nodeStates.allSatisfy { $0.lag == nil })
    }

    @Test func `a node that fails is not asked for comparison, and its old word does not count`() async throws {
        let (heights, clock) = (Heights(1000, 5000), FakeClock())
        let base = heights.transport
        let isDead = Mutex(false)
        let client = try FlowClient(
            nodes: [AccessNode("http://node0"), AccessNode("http://node1")],
            transport: HookedTransport(base) { (request, pass) throws(FlowError) in
                let answer = try await pass()
                let isSecond = base.requests.last?.node.url.contains("node1") == true
                return isSecond && isDead.withLock { $0 } ? .json("", status: 503) : answer
            }, clock: clock)
        _ = try await client.block(.latestSealed)
        _ = try await client.block(.latestSealed)
        isDead.withLock { $0 = true }
        // The one behind is asked when the other is dead, and its word is taken: the chain was begun anew, perhaps.
        for _ in 0..<4 {
            clock.advance(by: .seconds(31))
            #expect(try await client.block(.latestSealed).height == 1000)
        }
        #expect(client.nodeStates.map(\.lag) == [nil, nil])
    }

    @Test func `a turn that a cancelled caller had at a limited node is the next one's`() async throws {
        let pool = NodePool([try AccessNode("http://node0", requestsPerSecond: 10)])
        let turns = (0..<1000).map { _ in pool.take(avoiding: nil, now: .zero) }
        #expect(turns.last?.wait == .milliseconds(99_900))
        for turn in turns.dropFirst(10) { pool.giveBack(turn) }
        let next = (0..<5).map { _ in pool.take(avoiding: nil, now: .zero).wait }
        #expect(next == (10..<15).map { .milliseconds(100 * $0) })
        // What is over is not made up for.
        let late = (0..<3).map { _ in pool.take(avoiding: nil, now: .seconds(50)).wait }
        #expect(late == [.zero, .zero, .milliseconds(100)])
    }

    // MARK: Sending

    @Test func `a transaction that only a node knows which stands still is sent to another, and sealed`() async throws {
        try await ChainHarness.with { harness in
            try await MockAccessNode.withReplica(of: harness.node) { replica in
                let client = try FlowClient(
                    nodes: [AccessNode(replica.baseURL), AccessNode(harness.node.baseURL)],
                    transport: harness.client.transport, retries: harness.client.retries, clock: harness.clock)
                let pool = try KeyPool(
                    client: client, address: ChainHarness.address, keyIndices: [0], signer: ChainHarness.signer)
                let sender = TransactionSender(
                    client: client, pool: pool, roles: .single(ChainHarness.address), storage: MemoryOutbox(),
                    configuration: SenderConfiguration(pollInterval: .seconds(2)))
                #expect(try await sender.submit(ChainHarness.intent(1)).success != nil)
                #expect(harness.node.requestCount(.transactionResult) == 0)
                replica.standStill()
                let intent = try ChainHarness.intent(2)
                #expect(try await sender.submit(intent).success != nil)
                #expect(try harness.executions(intent) == .once)
                #expect(client.nodeStates.map { $0.lag == nil } == [false, true])
                // Caught up, it is as good as the other.
                replica.catchUp()
                #expect(try await sender.submit(ChainHarness.intent(3)).success != nil)
                #expect(harness.node.sequenceErrors == 0)
            }
        }
    }
}
