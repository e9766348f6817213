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

    @Test("a call that was metered before has the same receipt: its id, without a hash")
    func duplicate() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            for number in 1...2 {
                try await client.send(Wire.request())
                let response = try #require(await client.responses(number).last)
                if number == 2 { #expect(response.header("flowmeter-receipt") == ["msg_01"]) }
            }
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

    @Test(
        "a JSON response above the limit, with a length, has no receipt in its head, and its receipt by its id at its end"
    )
    func large() async throws {
        let text = String(repeating: "a", count: 100_000)
        let message = Wire.message.replacing(#""text":"Hi""#, with: #""text":"\#(text)""#)
        try #require(message.utf8.count > 100_000)
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            let response = try #require(await client.response())
            #expect(String(decoding: response.body, as: UTF8.self) == message)
            #expect(response.header("content-length") == ["\(message.utf8.count)"])
            #expect(response.header("flowmeter-receipt").isEmpty)
            #expect(response.header("trailer").isEmpty)
            // The whole body is here, so the event is durable and can be asked for by the id that the body names.
            #expect(try await gateway.store.event(id: EventID(rawValue: "msg_01")) != nil)
        }
    }
}
