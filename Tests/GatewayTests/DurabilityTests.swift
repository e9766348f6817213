import Gateway
import Metering
import MeteringConformance
import NIOCore
import Testing

@Suite("Durability")
struct DurabilityTests {
    @Test("message_stop reaches the client only when the event is durable")
    func streamWaits() async throws {
        let store = GatedStore()
        let answer = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk
        try await GatewayHarness.run(store: store, upstream: { _ in [.text(answer)] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            await store.submissions.wait { $0 == 1 }
            // All that may be seen is seen, and it is not the end.
            let seen = await client.received.wait { $0.text.contains("output_tokens\":89") }
            #expect(!seen.text.contains("message_stop"))
            #expect(try await gateway.events().isEmpty)
            #expect(!client.received.value.text.contains("message_stop"))
            store.open()
            #expect(await client.response()?.text == Wire.stream)
            #expect(try await gateway.events().count == 1)
        }
    }

    @Test("a JSON message reaches the client only when the event is durable")
    func jsonWaits() async throws {
        let store = GatedStore()
        try await GatewayHarness.run(store: store, upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            await store.submissions.wait { $0 == 1 }
            #expect(client.received.value.bytes.isEmpty)
            store.open()
            #expect(await client.response()?.text == Wire.message)
        }
    }

    @Test("an append that fails is tried again before the client sees the end")
    func retried() async throws {
        let store = GatedStore(isOpen: true, failing: .first(3))
        let answer = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk
        try await GatewayHarness.run(
            store: store, configure: { $0.durability.firstRetryDelay = .nanoseconds(1) },
            upstream: { _ in [.text(answer)] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            #expect(await client.response()?.text == Wire.stream)
            #expect(store.submissions.value == 4)
            #expect(try await gateway.events().count == 1)
        }
    }

    @Test("when the store fails for good the connection breaks before the end, and the gateway is not ready")
    func givenUp() async throws {
        let store = GatedStore(isOpen: true, failing: .first(3))
        let answer = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk
        try await GatewayHarness.run(
            store: store,
            configure: { configuration in
                configuration.durability.firstRetryDelay = .nanoseconds(1)
                configuration.durability.retries = 2
            },
            upstream: { _ in [.text(answer)] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let received = await client.closed()
            #expect(received.responses.isEmpty)
            #expect(received.text.contains("output_tokens\":89"))
            #expect(!received.text.contains("message_stop"))

            let probe = try await gateway.client()
            try await probe.send(Wire.get("/readyz"))
            #expect(await probe.response()?.status == 503)
            // The store works again, as the next call shows.
            try await probe.send(Wire.request())
            #expect(await probe.responses(2).last?.text == Wire.stream)
            try await probe.send(Wire.get("/readyz"))
            #expect(await probe.responses(3).last?.status == 200)
        }
    }
}
