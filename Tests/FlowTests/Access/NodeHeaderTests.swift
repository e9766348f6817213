import Flow
import FlowMockNode
import Testing

@Suite("Access nodes that want a key", .timeLimit(.minutes(10)))
struct NodeHeaderTests {
    private static let secret = "s3cret"

    private static var guarded: MockAccessNode.Configuration {
        var configuration = MockAccessNode.Configuration()
        configuration.requiredHeaders = ["X-API-Key": secret]
        return configuration
    }

    @Test func `requests and streams carry a node's headers`() async throws {
        try await MockAccessNode.withNode(Self.guarded) { node in
            let nodes = [try AccessNode(node.baseURL, headers: ["x-api-key": Self.secret])]
            #expect(try await FlowClient(nodes: nodes).chainID() == "flow-emulator")
            let first = try await FlowStreams(nodes: nodes).withBlocks { updates in
                try await updates.first { _ in true }
            }
            #expect(first?.height == 1000)
        }
    }

    @Test func `a missing key is an error at once`() async throws {
        try await MockAccessNode.withNode(Self.guarded) { node in
            let nodes = [try AccessNode(node.baseURL)]
            let error = await #expect(throws: FlowError.self) { try await FlowClient(nodes: nodes).chainID() }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("HTTP 401") == true)
            let stream = await #expect(throws: FlowError.self) {
                try await FlowStreams(nodes: nodes).withBlocks { updates in for try await _ in updates {} }
            }
            #expect(stream?.code == .refused)
        }
    }

    @Test func `neither headers nor the path of an address are shown`() async throws {
        let node = try AccessNode("https://127.0.0.1:1/\(Self.secret)", headers: ["Authorization": Self.secret])
        #expect(node.url == "https://127.0.0.1:1/\(Self.secret)/v1")
        #expect("\(node)" == "https://127.0.0.1:1/…/v1")
        #expect(!String(reflecting: node).contains(Self.secret))
        var dumped = ""
        dump(node, to: &dumped)
        #expect(!dumped.contains(Self.secret))
        let client = try FlowClient(nodes: [node], retries: RetryPolicy(attempts: 1))
        let error = await #expect(throws: FlowError.self) { try await client.chainID() }
        #expect(error?.code == .unavailable)
        #expect(error?.description.contains(Self.secret) == false)
    }

    @Test(arguments: [("", "x"), ("a b", "x"), ("a:", "x"), ("é", "x"), ("a", "x\r\nb: y"), ("a", "\u{7F}")])
    func `a header that cannot be sent is refused`(name: String, value: String) {
        let error = #expect(throws: FlowError.self) { try AccessNode("http://x", headers: [name: value]) }
        #expect(error?.code == .invalidInput)
    }
}
