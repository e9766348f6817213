import Testing

@testable import Flow

@Suite("Repeating requests", .timeLimit(.minutes(10)))
struct RetryTests {
    private static let parameters = #"{"chain_id":"flow-emulator"}"#

    private func status(_ code: Int, retryAfter: Duration? = nil) -> FakeTransport.Answer {
        .respond(.json("<html>", status: code, retryAfter: retryAfter))
    }

    private let good: FakeTransport.Answer = .respond(.json(RetryTests.parameters))

    @Test(arguments: [429, 500, 502, 503, 504, 408])
    func `what may pass is asked again, after a pause`(code: Int) async throws {
        let transport = FakeTransport([status(code), status(code), good])
        let clock = FakeClock()
        #expect(try await FlowClient.fake(transport, clock: clock).chainID() == "flow-emulator")
        #expect(transport.requests.count == 3)
        #expect(clock.sleeps.count == 2)
        #expect(clock.sleeps[0] <= .milliseconds(100))
        #expect(clock.sleeps[1] <= .milliseconds(200))
    }

    @Test func `a redirection is not followed, and the error says what to do`() async throws {
        let error = await #expect(throws: FlowError.self) {
            try await FlowClient.fake(FakeTransport([status(308)])).chainID()
        }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("https:// in place of http://") == true)
    }

    @Test(arguments: [400, 401, 403, 404, 413])
    func `what is refused for good is asked once`(code: Int) async throws {
        let transport = FakeTransport([status(code), good])
        let error = await #expect(throws: FlowError.self) { try await FlowClient.fake(transport).chainID() }
        #expect(error?.code == (code == 404 ? .notFound : .refused))
        #expect(transport.requests.count == 1)
    }

    @Test func `silence, broken connections and pages that are not JSON are asked again`() async throws {
        let transport = FakeTransport([
            .fail(FlowError(.timedOut, "")),
            .fail(FlowError(.unavailable, "")),
            .respond(.json("<html>")), good,
        ])
        #expect(try await FlowClient.fake(transport).chainID() == "flow-emulator")
        #expect(transport.requests.count == 4)
    }

    @Test func `the attempts end, with the last error`() async throws {
        let transport = FakeTransport([status(503)])
        let error = await #expect(throws: FlowError.self) { try await FlowClient.fake(transport).chainID() }
        #expect(error?.code == .unavailable)
        #expect(transport.requests.count == 5)
        let limited = FakeTransport([status(429)])
        let other = await #expect(throws: FlowError.self) { try await FlowClient.fake(limited).chainID() }
        #expect(other?.code == .rateLimited)
    }

    @Test func `a node's wish to wait is granted`() async throws {
        let clock = FakeClock()
        let transport = FakeTransport([status(429, retryAfter: .seconds(7)), good])
        _ = try await FlowClient.fake(transport, clock: clock).chainID()
        #expect(clock.sleeps == [.seconds(7)])
    }

    @Test func `another node is asked at once, and the one that failed rests`() async throws {
        let clock = FakeClock()
        let transport = FakeTransport([
            .by { node in
                node.url.contains("node0") ? .json("", status: 503) : .json(RetryTests.parameters)
            }
        ])
        let client = try FlowClient.fake(transport, nodes: 3, clock: clock)
        for _ in 0..<3 { _ = try await client.chainID() }
        #expect(transport.requests.map(\.node.url) == [0, 1, 1, 1].map { "http://node\($0)/v1" })
        #expect(clock.sleeps.isEmpty)
        clock.advance(by: .seconds(60))
        _ = try await client.chainID()
        #expect(transport.requests.last?.node.url == "http://node1/v1")
    }

    @Test(arguments: [301, 401, 403])
    func `a node that does not let the client in is left for another, if there is one`(code: Int) async throws {
        let transport = FakeTransport([
            .by { node in
                node.url.contains("node0") ? .json("", status: code) : .json(RetryTests.parameters)
            }
        ])
        let client = try FlowClient.fake(transport, nodes: 2)
        for _ in 0..<3 { #expect(try await client.chainID() == "flow-emulator") }
        #expect(transport.requests.map(\.node.url) == [0, 1, 1, 1].map { "http://node\($0)/v1" })
        let alone = FakeTransport([status(code)])
        let error = await #expect(throws: FlowError.self) { try await FlowClient.fake(alone).chainID() }
        #expect(error?.code == .refused)
        #expect(alone.requests.count == 1)
    }

    @Test func `all nodes failing is waited out round by round`() async throws {
        let clock = FakeClock()
        let transport = FakeTransport([status(503), status(503), status(503), status(503), good])
        _ = try await FlowClient.fake(transport, nodes: 2, clock: clock).chainID()
        #expect(
            transport.requests.map(\.node.url).prefix(4).sorted() == ["0", "0", "1", "1"].map { "http://node\($0)/v1" })
        #expect(clock.sleeps.count == 2)
    }

    @Test func `a node's rate is kept`() async throws {
        let clock = FakeClock()
        let client = try FlowClient.fake(FakeTransport([good]), rate: 10, clock: clock)
        for _ in 0..<31 { _ = try await client.chainID() }
        // One tenth of a second can be caught up on; the other requests are 100 ms apart.
        #expect(clock.now >= .milliseconds(2900))
        #expect(clock.now <= .milliseconds(3100))
    }

    @Test func `cancelling ends the waiting`() async throws {
        let transport = FakeTransport([status(503)])
        let client = try FlowClient.fake(transport)
        let task = Task { try await client.chainID() }
        task.cancel()
        await #expect(throws: FlowError.self) { try await task.end() }
    }

    @Test func `the pauses grow to their limit`() {
        let policy = RetryPolicy(firstPause: .milliseconds(100), longestPause: .seconds(1))
        var random = SeededGenerator(seed: 3)
        for number in 1...40 {
            let pause = policy.pause(before: number, asked: nil, using: &random)
            #expect(pause >= .zero && pause <= min(.milliseconds(100) * (1 << min(number - 1, 5)), .seconds(1)))
        }
        #expect(policy.pause(before: 1, asked: .seconds(3), using: &random) == .seconds(3))
        #expect(policy.pause(before: 1, asked: .seconds(3600), using: &random) == .seconds(60))
    }

    @Test(arguments: [
        "", "rest.onflow.org", "ftp://x", "http://user:secret@host", "http://a b", "http://", "https:///v1",
        "http://:80",
        "http://h:x", "http://h\n", "https://h/v1?key=1", "https://h#v1", "https://é",
    ])
    func `other addresses of nodes are refused`(url: String) {
        #expect(throws: FlowError.self) { try AccessNode(url) }
    }

    @Test func `the base path is added once`() throws {
        for url in ["http://x", "http://x/", "http://x/v1", "http://x/v1/", "http://x//"] {
            #expect(try AccessNode(url).url == "http://x/v1")
        }
        #expect(throws: FlowError.self) { try FlowClient(nodes: []) }
    }
}
