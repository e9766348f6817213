import AsyncHTTPClient
import Claude
import NIOCore
import NIOHTTP1
import Testing

@testable import ClaudeSimulator

@Suite("Faults and gates on the wire")
struct FaultTests {
    @Test(
        "a broken stream breaks the connection, after the bytes that were planned", arguments: ["truncated", "reset"])
    func broken(preset: String) async throws {
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message(SimulatorClient.request(stream: true), scenario: preset)
            #expect(answer.isBroken)
            #expect(answer.status == 200)
            let served = try #require(try await simulator.waitForServed().first)
            // A reset may overtake bytes, and AsyncHTTPClient drops what its consumer has not taken when a connection
            // breaks. That the server sends everything is the next test's business.
            #expect(served.body.starts(with: answer.body))
            #expect(served.told?.ending == .truncated)
            #expect(served.progress == .sent)
            #expect(!served.isComplete)
        }
    }

    @Test("a stream that is cut off was sent to the last planned byte", arguments: 0..<20)
    func truncated(_ repetition: Int) async throws {
        try await ClaudeSimulator.withServer { simulator in
            let answer = try await Self.bareAnswer("truncated", stream: true, of: simulator)
            let served = try #require(try await simulator.waitForServed().first)
            #expect(try BareConnection.chunkedBody(answer) == served.body)
            #expect(!served.body.isEmpty)
        }
    }

    @Test("a body can break off too, short of its length")
    func brokenBody() async throws {
        try await ClaudeSimulator.withServer { simulator in
            let answer = try await Self.bareAnswer(
                #"{"fault":{"kind":"truncate","at":"byte:40"}}"#, stream: false, of: simulator)
            let end = try #require(answer.firstRange(of: Array("\r\n\r\n".utf8))).upperBound
            let served = try #require(try await simulator.waitForServed().first)
            #expect(Array(answer[end...]) == Array(served.body.prefix(40)))
            #expect(answer.count == end + 40)
            #expect(String(decoding: answer[..<end], as: UTF8.self).lowercased().contains("content-length: "))
            #expect(!served.isComplete)
        }
    }

    /// Every byte of the answer to a message request, over a connection without an HTTP client.
    private static func bareAnswer(
        _ scenario: String, stream: Bool, of simulator: ClaudeSimulator
    ) async throws -> [UInt8] {
        let body = SimulatorClient.request(stream: stream).serialized()
        let request =
            "POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
            + "x-simulator-scenario: \(scenario)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        return try await BareConnection.exchange(request, with: simulator.baseURL)
    }

    @Test("an error event ends a stream properly")
    func errorEvent() async throws {
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message(SimulatorClient.request(stream: true), scenario: "error_event")
            #expect(!answer.isBroken)
            let last = try events(answer.text).last
            #expect(last?["error"]?["type"] == "overloaded_error")
            #expect(simulator.servedMessages.first?.told?.ending == .error(type: "overloaded_error"))
        }
    }

    @Test("a stream waits at a gate until it is opened")
    func gate() async throws {
        try await SimulatorClient.with { simulator, client in
            simulator.enqueue(.gated("middle", at: .before("message_stop")))
            var request = HTTPClientRequest(url: client.baseURL + "/v1/messages")
            request.method = .POST
            request.headers = ["x-api-key": "k", "anthropic-version": "2023-06-01"]
            request.body = .bytes(Array(SimulatorClient.request(stream: true).serialized().utf8))
            let response = try await client.http.execute(request, deadline: .distantFuture)
            try await simulator.gate("middle").waitForArrivals()
            #expect(simulator.served.first?.progress == .sending)
            simulator.gate("middle").open()
            var body = ByteBuffer()
            for try await chunk in response.body { body.writeImmutableBuffer(chunk) }
            #expect(String(buffer: body).hasSuffix("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
            #expect(try await simulator.waitForServed().first?.isComplete == true)
        }
    }

    @Test("a gate before the status line holds the whole response; releases let one pass each")
    func gateAtHead() async throws {
        try await SimulatorClient.with { simulator, client in
            simulator.setDefault(.gated("head", at: .head))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<2 { group.addTask { try await client.message().status } }
                try await simulator.gate("head").waitForArrivals(2)
                simulator.gate("head").release()
                #expect(try await group.next() == 200)
                #expect(simulator.served.filter { $0.progress == .sending }.count == 1)
                simulator.gate("head").release()
                #expect(try await group.next() == 200)
            }
        }
    }

    @Test("a scope that ends does not wait for closed gates")
    func abandonedGate() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await SimulatorClient.with { simulator, client in
                simulator.enqueue(.gated("never", at: .start))
                let http = client.http
                let url = client.baseURL + "/v1/messages"
                var request = HTTPClientRequest(url: url)
                request.method = .POST
                request.headers = ["x-api-key": "k", "anthropic-version": "2023-06-01"]
                request.body = .bytes(Array(SimulatorClient.request(stream: true).serialized().utf8))
                _ = try await http.execute(request, deadline: .distantFuture)
                try await simulator.gate("never").waitForArrivals()
            }
            group.cancelAll()
        }
    }

    @Test("a gate's waiters are cancelled with their task")
    func cancelledWait() async throws {
        let gate = SimulatorGate(name: "g")
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { do { try await gate.pass(); return false } catch { return true } }
            group.addTask { do { try await gate.waitForArrivals(5); return false } catch { return true } }
            group.cancelAll()
            for await wasCancelled in group { #expect(wasCancelled) }
        }
    }

    @Test("a client that leaves is on record")
    func clientLeaves() async throws {
        try await SimulatorClient.with { simulator, client in
            // More than any socket buffer holds, so that the writer meets the closed connection.
            var scenario = Scenario.gated("begun", at: .byte(1 << 20))
            scenario.raw = .init(contentType: "text/event-stream", bytes: [UInt8](repeating: 10, count: 32 << 20))
            scenario.wire.chunking = .sizes([1 << 18])
            simulator.enqueue(scenario)
            try await HTTPClient.withHTTPClient { http in
                var request = HTTPClientRequest(url: client.baseURL + "/v1/messages")
                request.method = .POST
                request.headers = ["x-api-key": "k", "anthropic-version": "2023-06-01"]
                request.body = .bytes(Array(SimulatorClient.request(stream: true).serialized().utf8))
                let response = try await http.execute(request, deadline: .distantFuture)
                var iterator = response.body.makeAsyncIterator()
                _ = try await iterator.next()
                try await simulator.gate("begun").waitForArrivals()
            }
            simulator.gate("begun").open()
            let served = try #require(try await simulator.waitForServed().first)
            #expect(served.progress == .broken)
            #expect(!served.isComplete)
        }
    }

    @Test("raw bytes come out as they are")
    func raw() async throws {
        try await SimulatorClient.with { _, client in
            let scenario = #"{"raw":{"base64":"AAH/DQo=","content_type":"text/event-stream"},"wire":{"chunks":[1]}}"#
            let answer = try await client.message(scenario: scenario)
            #expect(answer.body == [0, 1, 255, 13, 10])
            #expect(answer.headers.first(name: "content-type") == "text/event-stream")
        }
    }

    @Test("gzip bodies say so, and unpack to what was planned", arguments: [true, false])
    func gzip(stream: Bool) async throws {
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message(
                SimulatorClient.request(stream: stream), scenario: #"{"wire":{"gzip":true,"chunks":[7]}}"#)
            #expect(answer.headers.first(name: "content-encoding") == "gzip")
            var decoder = try ContentDecoder(.gzip)
            var body: [UInt8] = []
            try decoder.decode(ByteBuffer(bytes: answer.body)) { body += $0 }
            try decoder.finish()
            #expect(body == simulator.served.first?.body)
            #expect(simulator.served.first?.isComplete == true)
        }
    }
}
