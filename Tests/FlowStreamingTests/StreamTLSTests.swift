import Flow
import FlowMockNode
import Testing

@Suite("Streams over TLS", .timeLimit(.minutes(10)))
struct StreamTLSTests {
    private static let once = RetryPolicy(attempts: 1, firstPause: .zero, longestPause: .zero, timeout: .seconds(60))

    private static func with(
        _ identity: MockAccessNode.TLSIdentity, _ body: (MockAccessNode) async throws -> Void
    ) async throws {
        var configuration = MockAccessNode.Configuration()
        configuration.tls = identity
        try await MockAccessNode.withNode(configuration) { node in
            node.step(3)
            try await body(node)
        }
    }

    @Test(
        "a node whose authority is trusted is streamed from and asked, by address and by name",
        arguments: [true, false])
    func trusted(byName: Bool) async throws {
        let authority = TestAuthority()
        try await Self.with(try authority.identity(for: byName ? .host("localhost") : .loopback)) {
            node in
            let url = byName ? "https://localhost:\(node.port)" : node.baseURL
            #expect(url.hasPrefix("https://"))
            let access = try AccessNode(url)
            // A name can have two addresses, of which the node listens on one.
            let streams = try FlowStreams(nodes: [access], trustedAuthorities: [authority.pem])
            let heights = try await streams.withBlocks(from: .height(1000)) { updates in
                try await updates.prefix(4).reduce(into: [UInt64]()) { $0.append($1.height) }
            }
            #expect(heights == [1000, 1001, 1002, 1003])
            try await HTTPTransport.withTransport(trustedAuthorities: [authority.pem]) { transport in
                let client = try FlowClient(nodes: [access], transport: transport)
                #expect(try await client.chainID() == "flow-emulator")
            }
        }
    }

    @Test(
        "a node that cannot prove itself gets no request",
        arguments: ["stranger", "other address", "none"])
    func untrusted(reason: String) async throws {
        let authority = TestAuthority()
        let name: TestAuthority.Name = reason == "other address" ? .host("other.example") : .loopback
        let trusted: [String] =
            switch reason {
            case "stranger": [try TestAuthority().pem]
            case "none": []
            default: [try authority.pem]
            }
        try await Self.with(try authority.identity(for: name)) { node in
            let access = try AccessNode(node.baseURL)
            let streams = try FlowStreams(nodes: [access], retries: Self.once, trustedAuthorities: trusted)
            let error = await #expect(throws: FlowError.self) {
                try await streams.withBlocks { updates in for try await _ in updates {} }
            }
            #expect(error?.code == .unavailable)
            try await HTTPTransport.withTransport(trustedAuthorities: trusted) { transport in
                let client = try FlowClient(nodes: [access], transport: transport, retries: Self.once)
                let error = await #expect(throws: FlowError.self) { try await client.chainID() }
                #expect(error?.code == .unavailable)
            }
            #expect(node.connectionCount == 0)
            #expect(node.requestCount(.networkParameters) == 0)
        }
    }

    @Test("what is no certificate is refused before anything is sent")
    func malformed() async throws {
        let error = #expect(throws: FlowError.self) {
            try FlowStreams(nodes: [.emulator], trustedAuthorities: ["-----BEGIN CERTIFICATE-----\nnonsense"])
        }
        #expect(error?.code == .invalidInput)
        await #expect(throws: FlowError.self) {
            try await HTTPTransport.withTransport(trustedAuthorities: ["nonsense"]) { _ in }
        }
    }
}
