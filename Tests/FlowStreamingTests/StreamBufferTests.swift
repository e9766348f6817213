import Synchronization
import Testing

@testable import Flow

/// A number that two tasks share.
private final class Counter: Sendable {
    private let state = Mutex(0)
    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}

@Suite("The buffer between a connection and its reader", .timeLimit(.minutes(10)))
struct StreamBufferTests {
    @Test("a writer is never further ahead than the limit", arguments: [1, 3, 16])
    func backPressure(limit: Int) async throws {
        let buffer = StreamBuffer<Int>(limit: limit)
        let sent = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<2000 {
                    #expect(await buffer.send(number))
                    sent.add()
                }
                buffer.finish(.success(()))
            }
            var read = 0
            while let number = try await buffer.next() {
                #expect(number == read)
                read += 1
                #expect(sent.count <= read + limit)
            }
            #expect(read == 2000)
            try await group.waitForAll()
        }
    }

    @Test("what was sent before the end is still read, and then the error comes")
    func end() async throws {
        let buffer = StreamBuffer<Int>(limit: 4)
        #expect(await buffer.send(1))
        buffer.finish(.failure(FlowError(.unavailable, "gone")))
        buffer.finish(.success(()))
        #expect(await !buffer.send(2))
        #expect(try await buffer.next() == 1)
        let error = await #expect(throws: FlowError.self) { try await buffer.next() }
        #expect(error?.code == .unavailable)
    }

    @Test("a writer that waits is let go when the reader leaves")
    func abandoned() async {
        let buffer = StreamBuffer<Int>(limit: 1)
        #expect(await buffer.send(1))
        async let second = buffer.send(2)
        buffer.finish(.success(()))
        #expect(await !second)
    }
}

@Suite("Where a node's WebSocket is")
struct StreamEndpointTests {
    @Test(
        "addresses are taken apart",
        arguments: [
            ("http://127.0.0.1:8888", false, "127.0.0.1", 8888, "127.0.0.1:8888"),
            ("https://rest-testnet.onflow.org", true, "rest-testnet.onflow.org", 443, "rest-testnet.onflow.org"),
            ("http://localhost/v1", false, "localhost", 80, "localhost"),
            ("http://[::1]:80", false, "::1", 80, "[::1]"),
        ] as [(String, Bool, String, Int, String)])
    func endpoints(url: String, isSecure: Bool, host: String, port: Int, header: String) throws {
        let endpoint = try StreamEndpoint(try AccessNode(url))
        #expect(endpoint.isSecure == isSecure)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.path == "/v1/ws")
        #expect(endpoint.hostHeader == header)
    }

    @Test(
        "addresses without a host or with a wrong port are refused",
        arguments: ["http://:80", "http://a:x", "http://a:0"])
    func broken(url: String) throws {
        let error = #expect(throws: FlowError.self) { try StreamEndpoint(try AccessNode(url)) }
        #expect(error?.code == .invalidInput)
    }
}
