import Gateway
import Metering
import MeteringConformance
import Testing

@Suite("Clients that leave, upstreams that break")
struct ClientLeavesTests {
    @Test("when the client leaves, the stream is read to its end and metered as drained")
    func drained() async throws {
        let left = Gate()
        let store = GatedStore(isOpen: true)
        try await GatewayHarness.run(
            store: store,
            upstream: { _ in
                [
                    .text(Wire.streamHead + Wire.chunk(Wire.messageStart())), .wait(left),
                    .text(Wire.chunk(Wire.text + Wire.messageDelta + Wire.messageStop) + Wire.lastChunk),
                ]
            }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            await client.received.wait { $0.text.contains("message_start") }
            try await client.close()
            left.open()
            await store.submissions.wait { $0 == 1 }
            let event = try #require(try await gateway.events().first)
            #expect(event.quality == .drained)
            #expect(event.charge == .priced(PicoUSD(12 * 4_000_000 + 89 * 20_000_000)))
        }
    }

    @Test("a graceful shutdown waits for a stream whose client has left")
    func shutdownWaitsForDrain() async throws {
        let left = Gate()
        let store = MemoryUsageStore()
        try await GatewayHarness.run(
            store: store,
            upstream: { _ in
                [
                    .text(Wire.streamHead + Wire.chunk(Wire.messageStart())), .wait(left),
                    .text(Wire.chunk(Wire.messageDelta + Wire.messageStop) + Wire.lastChunk),
                ]
            }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            await client.received.wait { $0.text.contains("message_start") }
            try await client.close()
            await gateway.shutDown()
            left.open()
        }
        #expect(try await store.event(id: EventID(rawValue: "msg_01"))?.event.quality == .drained)
    }

    @Test("a stream that the upstream breaks off is an estimate, and breaks for the client")
    func broken() async throws {
        for ending in [ScriptedUpstream.Step.close, .reset] {
            try await GatewayHarness.run(
                upstream: { _ in
                    let started = Gate()
                    started.open()
                    return [
                        .text(Wire.streamHead + Wire.chunk(Wire.messageStart() + Wire.text)), .wait(started), ending,
                    ]
                }
            ) { gateway in
                let client = try await gateway.client()
                try await client.send(Wire.request())
                let received = await client.closed()
                #expect(received.responses.isEmpty)
                // A reset may overtake what was sent before it; then nothing is known and nothing is metered.
                let events = try await gateway.events()
                if received.text.contains("message_start") { #expect(events.map(\.quality) == [.estimated]) }
            }
        }
    }

    @Test("an upstream that closes before it answers is a 502")
    func closesBeforeHead() async throws {
        try await GatewayHarness.run(upstream: { _ in [.close] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = await client.response()
            #expect(response?.status == 502)
            #expect(response?.text.contains("api_error") == true)
            #expect(try await gateway.events().isEmpty)
        }
    }

    @Test("errors of the upstream arrive unmodified", arguments: [400, 401, 403, 404, 413, 429, 500, 529])
    func upstreamErrors(_ status: Int) async throws {
        let body = #"{"type": "error",  "error": {"type": "x_error", "message": "prompt is too long: \u00e9"}}"#
        try await GatewayHarness.run(upstream: { _ in
            [
                .text(
                    Wire.json(
                        body, status: "\(status) Some Reason",
                        headers: ["request-id: req_u", "retry-after: 7", "x-should-retry: false"]))
            ]
        }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(response.head.hasPrefix("HTTP/1.1 \(status) Some Reason\r\n"))
            #expect(response.text == body)
            #expect(response.header("retry-after") == ["7"])
            #expect(response.header("x-should-retry") == ["false"])
            #expect(response.header("request-id") == ["req_u"])
            #expect(try await gateway.events().isEmpty)
        }
    }
}
