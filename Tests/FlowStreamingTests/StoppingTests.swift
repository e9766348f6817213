import Flow
import FlowMockNode
import Testing

/// A mock node that stops is part of tests of other things, so it must not end their process.
@Suite("Stopping the mock node", .timeLimit(.minutes(10)), .serialized)
struct StoppingTests {
    @Test("a node can stop while clients are at any step of connecting", arguments: 0..<20)
    func stopping(round: Int) async throws {
        try await withThrowingDiscardingTaskGroup { clients in
            try await MockAccessNode.withNode { node in
                let access = try AccessNode(node.baseURL)
                let once = RetryPolicy(attempts: 1, firstPause: .zero, longestPause: .zero, timeout: .seconds(30))
                let streams = try FlowStreams(nodes: [access], retries: once)
                let client = try FlowClient(nodes: [access], retries: once)
                for _ in 0..<10 {
                    // Whether they are served is not the question here.
                    clients.addTask {
                        do { try await streams.withBlocks { _ = try await $0.first { _ in true } } } catch {}
                    }
                    clients.addTask { do { _ = try await client.chainID() } catch {} }
                }
                // The node stops after anything from no connection to half of them.
                try await node.waitForSocket(.connection, count: round % 5)
                try await node.waitForRequests(.networkParameters, count: round / 4)
            }
        }
    }
}
