import Gateway
import Metering
import MeteringConformance
import Testing

@Suite("Bad requests and limits")
struct LimitsTests {
    static func answer(
        to bytes: String, configure: (inout GatewayConfiguration) -> Void = { _ in }
    ) async throws -> (response: RawResponse?, isClosed: Bool) {
        try await GatewayHarness.run(configure: configure, upstream: { _ in [.text(Wire.json(Wire.message))] }) {
            gateway in
            let client = try await gateway.client()
            try await client.send(bytes)
            let response = await client.response()
            let closes = response?.header("connection") == ["close"]
            if closes {
                try await client.close()
            } else {
                // The server is still up and on this connection.
                try await client.send(Wire.get("/healthz"))
                #expect(await client.responses(2).last?.status == 200)
            }
            let probe = try await gateway.client()
            try await probe.send(Wire.get("/healthz"))
            #expect(await probe.response()?.text == #"{"status":"ok"}"#)
            return (response, closes)
        }
    }

    struct BadRequest: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: String
        var status: Int
        var type: String

        init(_ name: String, _ bytes: String, _ status: Int, _ type: String = "invalid_request_error") {
            self.testDescription = name
            self.bytes = bytes
            self.status = status
            self.type = type
        }
    }

    static let post = "POST /v1/messages HTTP/1.1\r\nhost: a\r\n"

    static let badRequests = [
        BadRequest("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n", 400),
        BadRequest("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        BadRequest("negative length", post + "content-length: -1\r\n\r\n", 400),
        BadRequest("bad chunk", post + "transfer-encoding: chunked\r\n\r\nxyz\r\n", 400),
        BadRequest("unknown coding", post + "transfer-encoding: zip\r\n\r\n", 501, "api_error"),
        BadRequest("HTTP/3", "GET / HTTP/3.0\r\nhost: a\r\n\r\n", 505, "api_error"),
        BadRequest("large header", post + "x: " + String(repeating: "y", count: 20_000) + "\r\n\r\n", 431),
        BadRequest("endless line", "GET /" + String(repeating: "y", count: 20_000), 431),
        BadRequest("large body", post + "content-length: 33554433\r\n\r\n", 413, "request_too_large"),
        BadRequest(
            "large batch", "POST /v1/messages/batches HTTP/1.1\r\nhost: a\r\ncontent-length: 268435457\r\n\r\n", 413,
            "request_too_large"),
    ]

    @Test("what is no request is answered in the API's shape, and the connection closes", arguments: badRequests)
    func malformed(_ request: BadRequest) async throws {
        let (response, isClosed) = try await Self.answer(to: request.bytes)
        #expect(response?.status == request.status)
        #expect(response?.text.hasPrefix(#"{"type":"error","error":{"type":"\#(request.type)","message":""#) == true)
        let id = try #require(response?.header("request-id").first)
        #expect(response?.text.hasSuffix(#""},"request_id":"\#(id)"}"#) == true)
        #expect(isClosed)
    }

    @Test("a body in chunks is cut off at the limit")
    func chunkedBody() async throws {
        let chunk = Wire.chunk(String(repeating: "x", count: 1000))
        let (response, isClosed) = try await Self.answer(
            to: "POST /v1/messages HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + chunk + chunk + chunk,
            configure: { $0.limits.bodyBytes = 2500 })
        #expect(response?.status == 413)
        #expect(isClosed)
    }

    @Test(
        "well-formed requests that cannot be served leave the connection open",
        arguments: [
            (Wire.get("/v1/messages"), 405, "invalid_request_error"), (Wire.get("/nothing"), 404, "not_found_error"),
            (Wire.get("/v1/models/../secrets"), 404, "not_found_error"),
            (Wire.get("/v1/messages/batches/none"), 404, "not_found_error"),
            (Wire.get("/v1/messages/batches/..%2f..%2fsecrets"), 404, "not_found_error"),
        ])
    func notServed(_ bytes: String, _ status: Int, _ type: String) async throws {
        let (response, isClosed) = try await Self.answer(to: bytes)
        #expect(response?.status == status)
        #expect(response?.text.contains(#""type":"\#(type)""#) == true)
        #expect(response?.header("request-id").count == 1)
        #expect(!isClosed)
    }

    @Test("connections over the limit get 503 and are closed")
    func connections() async throws {
        try await GatewayHarness.run(configure: { $0.limits.connections = 2 }, upstream: { _ in [] }) { gateway in
            let first = try await gateway.client()
            let second = try await gateway.client()
            for client in [first, second] {
                try await client.send(Wire.get("/healthz"))
                #expect(await client.response()?.status == 200)
            }
            let third = try await gateway.client()
            let refused = await third.closed()
            #expect(refused.responses.first?.status == 503)
            #expect(refused.text.contains("overloaded_error"))
        }
    }

    @Test("the start-up probe needs no key and does not reach the upstream")
    func hello() async throws {
        let store = MemoryUsageStore()
        let customer = Customer(id: CustomerID(rawValue: "alice"), name: "Alice", created: GatewayHarness.now)
        try await store.create(customer)
        try await store.create(
            APIKey(
                id: APIKeyID(rawValue: "key_1"), secretHash: APIKeySecret.hash(of: "fm_1"), customer: customer.id,
                name: "", created: GatewayHarness.now))
        try await GatewayHarness.run(store: store, upstream: { _ in [] }) { gateway in
            let client = try await gateway.client()
            try await client.send("HEAD /api/hello HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(await client.received.wait { $0.text.hasSuffix("\r\n\r\n") }.text.hasPrefix("HTTP/1.1 200 OK"))
            #expect(gateway.upstream.requests.value.isEmpty)
        }
    }

    @Test("every response has its own request id")
    func requestIDs() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json("{}"))] }) { gateway in
            var ids: [String] = []
            for _ in 0..<2 {
                // Connected only now: a connection that says nothing for long is closed, on a slow machine too.
                let client = try await gateway.client()
                try await client.send(String(repeating: Wire.get("/v1/models") + Wire.get("/nothing"), count: 10))
                for response in await client.responses(20) { ids += response.header("request-id") }
            }
            #expect(ids.count == 40)
            #expect(Set(ids).count == 40)
        }
    }

    @Test("a client that waits for permission to send its body gets it")
    func expectContinue() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(
                "POST /v1/messages HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
            await client.received.wait { $0.text == "HTTP/1.1 100 Continue\r\n\r\n" }
            try await client.send("{}")
            #expect(await client.response()?.text == Wire.message)
            #expect(gateway.upstream.requests.value.first?.header("expect") == [])
        }
    }

    @Test("a client of HTTP/1.0 gets its stream without chunks")
    func http10() async throws {
        let answer = Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk
        try await GatewayHarness.run(upstream: { _ in [.text(answer)] }) { gateway in
            let client = try await gateway.client()
            try await client.send("POST /v1/messages HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}")
            let received = await client.closed()
            #expect(received.responses.first?.text == Wire.stream)
            #expect(received.responses.first?.header("transfer-encoding") == [])
        }
    }
}
