import Gateway
import Metering
import MeteringConformance
import NIOCore
import Testing

@Suite("Connections and shutdown")
struct LifecycleTests {
    static let stream = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk

    @Test("a graceful shutdown lets a stream finish, and then closes its connection")
    func finishesStreams() async throws {
        let draining = Gate()
        let store = MemoryUsageStore()
        let client = try await GatewayHarness.run(
            store: store,
            upstream: { _ in
                [
                    .text(Wire.streamHead + Wire.chunk(Wire.messageStart())), .wait(draining),
                    .text(Wire.chunk(Wire.messageDelta + Wire.messageStop) + Wire.lastChunk),
                ]
            }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            await client.received.wait { $0.text.contains("message_start") }
            await gateway.shutDown()
            draining.open()
            return client
        }
        let received = await client.closed()
        #expect(received.responses.first?.text == Wire.messageStart() + Wire.messageDelta + Wire.messageStop)
        #expect(try await store.event(id: EventID(rawValue: "msg_01"))?.event.quality == .exact)
    }

    @Test("a graceful shutdown closes idle connections at once")
    func closesIdle() async throws {
        let client = try await GatewayHarness.run(
            configure: { $0.timeouts.shutdownGrace = .hours(1) }, upstream: { _ in [.text(Self.stream)] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            _ = await client.response()
            return client
        }
        #expect(await client.closed().isClosed)
    }

    @Test("after the grace period what is left is cut")
    func cutsTheRest() async throws {
        let never = Gate()
        let store = MemoryUsageStore()
        let client = try await GatewayHarness.run(
            store: store,
            configure: { $0.timeouts.shutdownGrace = .milliseconds(1) },
            upstream: { _ in [.text(Wire.streamHead + Wire.chunk(Wire.messageStart())), .wait(never)] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            await client.received.wait { $0.text.contains("message_start") }
            await gateway.shutDown()
            let received = await client.closed()
            #expect(received.responses.isEmpty)
            never.open()
            return client
        }
        #expect(client.received.value.isClosed)
        #expect(try await store.event(id: EventID(rawValue: "msg_01"))?.event.quality == .estimated)
    }

    @Test("a connection to the upstream that was closed while idle is not used again")
    func staleConnection() async throws {
        try await GatewayHarness.run(upstream: { request in
            request.connection == 1 ? [.text(Wire.json("{}")), .close] : [.text(Wire.json("{\"second\":1}"))]
        }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.get("/v1/models"))
            #expect(await client.response()?.text == "{}")
            await gateway.upstream.closed.wait { $0 == 1 }
            // The end of the connection is on its way to the gateway; either it is seen before the next request is
            // written, and another connection is made, or the request went into the void, which is a 502, not a hang.
            var responses = 1
            var text = ""
            while text != "{\"second\":1}" {
                try await client.send(Wire.get("/v1/models"))
                responses += 1
                let response = try #require(await client.responses(responses).last)
                text = response.text
                #expect([200, 502].contains(response.status))
            }
            #expect(gateway.upstream.connections.value >= 2)
        }
    }

    @Test("a response that says close is not followed by another request on its connection")
    func upstreamCloses() async throws {
        try await GatewayHarness.run(upstream: { _ in
            [.text(Wire.json("{}", headers: ["connection: close"])), .close]
        }) { gateway in
            let client = try await gateway.client()
            for index in 1...3 {
                try await client.send(Wire.get("/v1/models"))
                let response = await client.responses(index).last
                #expect(response?.text == "{}")
                #expect(response?.header("connection") == [])
            }
            #expect(gateway.upstream.connections.value == 3)
        }
    }

    @Test("a response without a length ends with its connection")
    func untilClose() async throws {
        try await GatewayHarness.run(upstream: { _ in
            [.text("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + Wire.stream), .close]
        }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            #expect(await client.response()?.text == Wire.stream)
            #expect(try await gateway.events().map(\.quality) == [.exact])
        }
    }

    @Test("an interim response of the upstream is not taken for the answer")
    func interim() async throws {
        try await GatewayHarness.run(upstream: { _ in
            [.text("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + Wire.json(Wire.message))]
        }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            #expect(await client.response()?.text == Wire.message)
        }
    }

    @Test("an upstream that does not speak HTTP is a 502")
    func notHTTP() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text("SSH-2.0-OpenSSH\r\n\r\n")] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            #expect(await client.response()?.status == 502)
        }
    }
}
