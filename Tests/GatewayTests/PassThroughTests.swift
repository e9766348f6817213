import Gateway
import Metering
import MeteringConformance
import Testing

@Suite("Pass-through")
struct PassThroughTests {
    @Test("a JSON message arrives unchanged and is metered")
    func jsonMessage() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(body: #"{"model":"claude-opus-5-5"}"#))
            let response = try #require(await client.response())
            #expect(response.status == 200)
            #expect(response.text == Wire.message)
            #expect(response.header("request-id").count == 1)

            let events = try await gateway.events()
            #expect(events.map(\.id.rawValue) == ["msg_01"])
            #expect(events.first?.quality == .exact)
            #expect(events.first?.requestID == response.header("request-id").first)
            #expect(events.first?.charge == .priced(PicoUSD(12 * 4_000_000 + 89 * 20_000_000)))
        }
    }

    @Test("a stream arrives unchanged and is metered")
    func stream() async throws {
        let answer = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk
        try await GatewayHarness.run(upstream: { _ in [.text(answer)] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(response.text == Wire.stream)
            #expect(response.header("request-id") == ["req_up"])
            #expect(try await gateway.events().map(\.id.rawValue) == ["msg_01"])
        }
    }

    @Test("requests on one connection, sent without waiting, are answered in order")
    func pipelined() async throws {
        try await GatewayHarness.run(upstream: { request in
            [.text(Wire.json(Wire.message.replacing("msg_01", with: "msg_\(request.body.count)")))]
        }) { gateway in
            let client = try await gateway.client()
            let bodies = (1...20).map { String(repeating: "x", count: $0) }
            try await client.send(bodies.map { Wire.request(body: $0) }.joined())
            let responses = await client.responses(20)
            #expect(responses.map { $0.text.contains("msg_") } == Array(repeating: true, count: 20))
            for (index, response) in responses.enumerated() {
                #expect(response.text == Wire.message.replacing("msg_01", with: "msg_\(index + 1)"))
            }
            #expect(gateway.upstream.connections.value == 1)
        }
    }

    @Test("an upstream that cannot be reached is a 502 in the API's shape")
    func unreachable() async throws {
        try await GatewayHarness.run(
            configure: { $0.upstream = try! UpstreamURL("http://127.0.0.1:1") }, upstream: { _ in [] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(response.status == 502)
            let id = try #require(response.header("request-id").first)
            #expect(
                response.text
                    == #"{"type":"error","error":{"type":"api_error","message":"The gateway cannot reach the upstream API."},"request_id":"\#(id)"}"#
            )
        }
    }
}
