import Metering
import MeteringConformance
import Testing

@testable import Gateway

@Suite("The receipt of a call, in its response")
struct ReceiptHeaderTests {
    @Test("a JSON response names its receipt and the hash in its head, and its body is what the upstream sent")
    func json() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(String(decoding: response.body, as: UTF8.self) == Wire.message)
            let hash = try #require(try await gateway.store.event(id: EventID(rawValue: "msg_01"))).hash
            #expect(response.header("flowmeter-receipt") == ["msg_01;sha3-256=\(hash)"])
        }
    }

    @Test("a stream announces its receipt and names it in the trailer, when the event is durable")
    func stream() async throws {
        let answer = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk
        try await GatewayHarness.run(upstream: { _ in [.text(answer)] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let text = await client.received.wait { $0.text.hasSuffix("\r\n\r\n") && $0.text.contains("\r\n0\r\n") }
                .text
            let hash = try #require(try await gateway.store.event(id: EventID(rawValue: "msg_01"))).hash
            #expect(text.contains("\r\ntrailer: flowmeter-receipt\r\n"))
            #expect(text.hasSuffix("\r\n0\r\nflowmeter-receipt: msg_01;sha3-256=\(hash)\r\n\r\n"))
            #expect(text.contains(Wire.messageStop))
        }
    }

    @Test("a call that was metered before has the same receipt, with the same hash")
    func duplicate() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            for number in 1...2 {
                try await client.send(Wire.request())
                let response = try #require(await client.responses(number).last)
                let hash = try #require(try await gateway.store.event(id: EventID(rawValue: "msg_01"))).hash
                #expect(response.header("flowmeter-receipt") == ["msg_01;sha3-256=\(hash)"])
            }
        }
    }

    @Test("a receipt of another customer is named by its id alone")
    func otherCustomer() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let lines = [SKULine(sku: SKU(rawValue: "claude-opus-5-5/output"), quantity: 7)]
            let book = PriceCatalog.anthropic.book(at: GatewayHarness.now)
            let earlier = UsageEvent(
                id: EventID(rawValue: "msg_01"), customer: CustomerID(rawValue: "another"),
                session: SessionID(rawValue: "s"), key: .none, model: "claude-opus-5-5", time: GatewayHarness.now,
                lines: lines, charge: Rating.charge(for: lines, book: book), priceBook: book.hash, quality: .exact,
                source: .gateway)
            _ = try await gateway.store.append([earlier])
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(response.header("flowmeter-receipt") == ["msg_01"])
        }
    }

    @Test("what is not metered has no receipt")
    func unmetered() async throws {
        let error =
            #"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(error, status: "529 Overloaded"))] }) {
            gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(response.status == 529)
            #expect(response.header("flowmeter-receipt").isEmpty)
        }
    }

    /// A body that does not fit into what is held, and comes in several pieces.
    private static let largeMessage = Wire.message.replacing(
        #""text":"Hi""#, with: #""text":"\#(String(repeating: "a", count: 400_000))""#)

    @Test("a JSON response too large to be held comes in chunks, with its receipt in the trailer")
    func large() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Self.largeMessage))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let text = await client.received.wait { $0.text.hasSuffix("\r\n\r\n") && $0.text.contains("\r\n0\r\n") }
                .text
            let response = try #require(await client.response())
            #expect(String(decoding: response.body, as: UTF8.self) == Self.largeMessage)
            #expect(response.header("content-length").isEmpty)
            #expect(response.header("transfer-encoding") == ["chunked"])
            #expect(response.header("trailer") == ["flowmeter-receipt"])
            let hash = try #require(try await gateway.store.event(id: EventID(rawValue: "msg_01"))).hash
            #expect(text.hasSuffix("\r\n0\r\nflowmeter-receipt: msg_01;sha3-256=\(hash)\r\n\r\n"))
        }
    }

    @Test("a client of HTTP/1.0, which has no trailers, gets a large JSON response with its length")
    func largeForOldClient() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Self.largeMessage))] }) { gateway in
            let client = try await gateway.client()
            try await client.send("POST /v1/messages HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}")
            let response = try #require(await client.closed().responses.first)
            #expect(String(decoding: response.body, as: UTF8.self) == Self.largeMessage)
            #expect(response.header("content-length") == ["\(Self.largeMessage.utf8.count)"])
            // The whole body is here, so the event is durable and can be asked for by the id that the body names.
            #expect(try await gateway.store.event(id: EventID(rawValue: "msg_01")) != nil)
        }
    }
}
