import Flow
import FlowMockNode
import Testing

@Suite("Several access nodes", .timeLimit(.minutes(10)))
struct FailoverTests {
    @Test func `a node that takes no connections is left for the next at once`() async throws {
        let gone = try await MockAccessNode.withNode { $0.baseURL }
        try await MockAccessNode.withNode { node in
            let client = try FlowClient(
                nodes: [AccessNode(gone), AccessNode(node.baseURL)],
                // Whoever tried to connect until this is over would not be done when the test's own limit is.
                retries: RetryPolicy(timeout: .seconds(3600)))
            for _ in 0..<3 { #expect(try await client.chainID() == "flow-emulator") }
            #expect(node.requestCount(.networkParameters) == 3)
        }
    }
}
