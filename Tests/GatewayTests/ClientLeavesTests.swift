import Foundation
import Gateway
import Metering
import MeteringConformance
import NIOCore
import Testing

@Suite("Clients that leave, upstreams that break")
struct ClientLeavesTests {
    /// Waits until a gateway that serves one connection at a time takes another one: then it knows of the end of the
    /// one before, which may be a while after its client has closed it.
    static func waitForRoom(_ gateway: GatewayHarness) async throws {
        var status: Int?
        while status != 200 {
            let probe = try await gateway.client()
            // Who is refused is not asked for a request, and may be gone before it has sent one.
            do {
                try await probe.send(Wire.get("/healthz"))
            } catch ChannelError.ioOnClosedChannel {
            } catch let error as IOError where [EPIPE, ECONNRESET].contains(error.errnoCode) {
            }
            status = await probe.response()?.status
            #expect([200, 503, nil].contains(status))
            try await probe.close()
        }
    }

    @Test("when the client leaves, the stream is read to its end and metered as drained")
    func drained() async throws {
        let left = Gate()
        let store = GatedStore(isOpen: true)
        try await GatewayHarness.run(
            store: store,
            configure: { $0.limits.connections = 1 },
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
            try await Self.waitForRoom(gateway)
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
            configure: { $0.limits.connections = 1 },
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
            try await Self.waitForRoom(gateway)
            await gateway.shutDown()
            left.open()
        }
        #expect(try await store.event(id: EventID(rawValue: "msg_01"))?.event.quality == .drained)
    }

    @Test("a stream that the upstream breaks off is an estimate, and breaks for the client")
    func broken() async throws {
        for ending in [ScriptedUpstream.Step.close, .reset] {
            // A reset overtakes what was not read yet; so it comes when the client has seen the beginning.
            let seen = Gate()
            try await GatewayHarness.run(
                upstream: { _ in
                    [.text(Wire.streamHead + Wire.chunk(Wire.messageStart() + Wire.text)), .wait(seen), ending]
                }
            ) { gateway in
                let client = try await gateway.client()
                try await client.send(Wire.request())
                await client.received.wait { $0.text.contains("Hello") }
                seen.open()
                let received = await client.closed()
                #expect(received.responses.isEmpty)
                #expect(try await gateway.events().map(\.quality) == [.estimated])
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
