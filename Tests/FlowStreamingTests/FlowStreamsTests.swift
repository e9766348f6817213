import Flow
import FlowMockNode
import Testing

@Suite("Streams", .timeLimit(.minutes(10)))
struct FlowStreamsTests {
    @Test("without a start the stream begins with the newest block")
    func latest() async throws {
        try await StreamHarness.run { harness in
            harness.node.step(4)
            let first = try await harness.streams.withBlocks { updates in
                try await updates.first { _ in true }
            }
            #expect(first?.height == 1004)
        }
    }

    @Test("a height that is still to come is waited for")
    func future() async throws {
        try await StreamHarness.run(attempts: 1_000_000) { harness in
            let height = try await harness.streams.withBlocks(from: .height(1001)) { updates in
                // The node has refused it at least once.
                try await harness.node.waitForSocket(.disconnection)
                harness.node.step()
                return try await updates.first { _ in true }?.height
            }
            #expect(height == 1001)
        }
    }

    @Test("an upgrade that is refused for now is tried again", arguments: [429, 503])
    func refusedUpgrade(status: Int) async throws {
        try await StreamHarness.run { harness in
            harness.node.inject(.status(status), on: .socket, times: 3)
            let first = try await harness.streams.withBlocks { updates in try await updates.first { _ in true } }
            #expect(first?.height == 1000)
            #expect(harness.node.faultsMet[.status(status)] == 3)
        }
    }

    @Test("attempts in a row are limited, and the last failure is thrown")
    func attempts() async throws {
        try await StreamHarness.run(attempts: 3) { harness in
            harness.node.inject(.status(503), on: .socket, times: 100)
            let error = await #expect(throws: FlowError.self) {
                try await harness.streams.withBlocks { updates in for try await _ in updates {} }
            }
            #expect(error?.code == .unavailable)
            #expect(harness.node.faultsMet[.status(503)] == 3)
        }
    }

    @Test("a subscription that is refused for good ends the stream")
    func refused() async throws {
        var script = MockSocketScript()
        script.refusal = 400
        try await StreamHarness.run([script]) { harness in
            let error = await #expect(throws: FlowError.self) {
                try await harness.streams.withBlocks { updates in for try await _ in updates {} }
            }
            #expect(error?.code == .refused)
            #expect(harness.node.connectionCount == 1)
        }
    }

    @Test("a start before the node's first block is refused for good")
    func beforeRoot() async throws {
        try await StreamHarness.run { harness in
            let error = await #expect(throws: FlowError.self) {
                try await harness.streams.withBlocks(from: .height(999)) { updates in for try await _ in updates {} }
            }
            #expect(error?.code == .refused)
        }
    }

    @Test("filters of a wrong form are refused before anything is sent")
    func filters() async throws {
        try await StreamHarness.run { harness in
            for filter in [EventStreamFilter(types: ["Billing"]), EventStreamFilter(contracts: ["A.f8d6e0586b0a20c7"])]
            {
                let error = await #expect(throws: FlowError.self) {
                    try await harness.streams.withEvents(filter) { updates in for try await _ in updates {} }
                }
                #expect(error?.code == .invalidInput)
            }
            #expect(harness.node.connectionCount == 0)
        }
    }

    @Test("when the next node is on another chain, the stream ends instead of mixing the two")
    func otherChain() async throws {
        var other = MockAccessNode.Configuration()
        other.chain.startTime += 1
        try await MockAccessNode.withNode(other) { otherNode in
            try await MockAccessNode.withNode { node in
                for node in [node, otherNode] { node.step(5) }
                node.scriptConnections(.drop(after: 2))
                let streams = try FlowStreams(
                    nodes: [try AccessNode(node.baseURL), try AccessNode(otherNode.baseURL)],
                    retries: RetryPolicy(attempts: 5, firstPause: .zero, longestPause: .zero))
                let error = await #expect(throws: FlowError.self) {
                    try await streams.withBlocks(from: .height(1000)) { updates in for try await _ in updates {} }
                }
                #expect(error?.code == .malformedAnswer)
                #expect(error?.message.contains("another block at height 1001") == true)
            }
        }
    }

    @Test("a node that is gone is replaced by the next, and nothing is lost")
    func failover() async throws {
        try await MockAccessNode.withNode { standby in
            standby.step(10)
            try await MockAccessNode.withNode { node in
                node.step(10)
                node.scriptConnections(.drop(after: 4))
                let streams = try FlowStreams(
                    nodes: [try AccessNode(node.baseURL), try AccessNode(standby.baseURL)],
                    retries: RetryPolicy(attempts: 5, firstPause: .zero, longestPause: .zero))
                let heights = try await streams.withBlocks(from: .height(1000)) { updates in
                    try await updates.prefix(11).reduce(into: [UInt64]()) { $0.append($1.height) }
                }
                #expect(heights == Array(1000...1010))
                #expect(standby.connectionCount == 1)
            }
        }
    }

    @Test("pings are answered")
    func pings() async throws {
        try await StreamHarness.run { harness in
            try await harness.streams.withBlocks { updates in
                _ = try await updates.first { _ in true }
                harness.node.ping()
                try await harness.node.waitForSocket(.pong)
            }
        }
    }

    @Test("leaving the scope ends the connection")
    func scope() async throws {
        try await StreamHarness.run { harness in
            try await harness.streams.withBlocks { updates in _ = try await updates.first { _ in true } }
            try await harness.node.waitForSocket(.disconnection)
        }
    }

    @Test("a cancelled reader gets an error, not an end")
    func cancellation() async throws {
        try await StreamHarness.run { harness in
            let code = await withTaskGroup(of: FlowError.Code?.self) { group in
                group.addTask {
                    do {
                        try await harness.streams.withBlocks(from: .height(1000)) { updates in
                            for try await _ in updates {}
                        }
                        return nil
                    } catch { return (error as? FlowError)?.code }
                }
                await #expect(throws: Never.self) { try await harness.node.waitForSocket(.message) }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(code == .closed)
        }
    }

    @Test("a slow reader gets everything")
    func slowReader() async throws {
        try await StreamHarness.run { harness in
            harness.node.step(300)
            let heights = try await harness.streams.withBlocks(from: .height(1000)) { updates in
                var iterator = updates.makeAsyncIterator()
                var heights = [try await iterator.next()?.height]
                // The node is ready to send far more than is held here.
                try await harness.node.waitForSocket(.message, count: 17)
                while heights.count < 301 { heights.append(try await iterator.next()?.height) }
                return heights.compactMap(\.self)
            }
            #expect(heights == Array(1000...1300))
        }
    }
}
