import NIOCore
import Testing

@testable import Gateway

@Suite("Forwarded headers")
struct ForwardedHeadersTests {
    static func request(_ lines: [String], upstream: String = "https://api.example.com/base/") throws -> [String] {
        let text =
            "POST /v1/messages?beta=true HTTP/1.1\r\nhost: gateway\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        let head = try RequestHead(parsing: ByteBuffer(string: text))
        var out = ByteBuffer()
        ForwardedHeaders(upstream: try UpstreamURL(upstream), key: try UpstreamKey("sk-up")).writeRequest(
            head, to: &out)
        let written = String(buffer: out)
        #expect(written.hasSuffix("\r\n\r\n"))
        return written.split(separator: "\r\n").map(String.init)
    }

    @Test("the request line and host are the upstream's, the credential is the operator's")
    func line() throws {
        #expect(
            try Self.request([]) == [
                "POST /base/v1/messages?beta=true HTTP/1.1", "host: api.example.com", "x-api-key: sk-up",
                "accept-encoding: identity", "content-length: 0",
            ])
    }

    @Test(
        "lines that are forwarded as they are",
        arguments: [
            "anthropic-version: 2023-06-01", "Anthropic-Beta: a,b", "anthropic-unknown: x",
            "X-Claude-Code-Session-Id: s",
            "user-agent: claude-cli/2", "Content-Type: application/json", "x-client-app:  spaced", "cookie: a=b",
        ])
    func kept(_ line: String) throws { #expect(try Self.request([line]).contains(line)) }

    @Test(
        "lines that are not forwarded",
        arguments: [
            "x-api-key: fm_secret", "X-API-KEY: fm_secret", "Authorization: Bearer fm_secret", "connection: keep-alive",
            "Keep-Alive: timeout=5", "proxy-authorization: Basic x", "proxy-connection: close", "TE: trailers",
            "Trailer: x", "Upgrade: h2c", "HTTP2-Settings: x", "x-flowmeter-session: s", "x-flowmeter-other: s",
            "Expect: 100-continue", "accept-encoding: br",
        ])
    func dropped(_ line: String) throws {
        let name = line.prefix { $0 != ":" }.lowercased()
        let lines = try Self.request(["a: 1", line, "b: 2"])
        #expect(lines.contains("a: 1") && lines.contains("b: 2"))
        let same = lines.filter { $0.lowercased().hasPrefix(name + ":") }
        #expect(
            same
                == (name == "x-api-key"
                    ? ["x-api-key: sk-up"] : name == "accept-encoding" ? ["accept-encoding: identity"] : []))
        #expect(!lines.joined().contains("fm_secret"))
    }

    @Test("headers that the connection header names are dropped")
    func nominated() throws {
        let lines = try Self.request(["connection: close, X-Private", "x-private: 1", "x-public: 2"])
        #expect(!lines.contains("x-private: 1"))
        #expect(lines.contains("x-public: 2"))
    }

    @Test("the accepted encoding is narrowed to gzip or identity")
    func acceptEncoding() throws {
        #expect(try Self.request(["accept-encoding: gzip, deflate, br, zstd"]).contains("accept-encoding: gzip"))
        #expect(try Self.request(["accept-encoding: gzip;q=0, br"]).contains("accept-encoding: identity"))
    }

    @Test("the body's framing is stated anew")
    func framing() throws {
        #expect(try Self.request(["Content-Length: 7"]).last == "content-length: 7")
        #expect(try Self.request(["Transfer-Encoding: Chunked"]).last == "transfer-encoding: chunked")
    }

    static func response(_ lines: [String], http10: Bool = false, closes: Bool = false, id: String? = nil) throws
        -> [String]
    {
        let text = "HTTP/1.1 200 Fine\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        let head = try ResponseHead(parsing: ByteBuffer(string: text), toHead: false)
        var out = ByteBuffer()
        ForwardedHeaders.writeResponse(
            head, framing: ForwardedHeaders.clientFraming(of: head, isHTTP10: http10), requestID: id, closes: closes,
            to: &out)
        return String(buffer: out).split(separator: "\r\n").map(String.init)
    }

    @Test(
        "the operator's quota and the connection's own lines do not reach the client",
        arguments: [
            "anthropic-ratelimit-requests-limit: 1", "Anthropic-Ratelimit-Unified-Status: x",
            "anthropic-priority-input-tokens-limit: 1", "anthropic-fast-output-tokens-reset: x",
            "connection: keep-alive",
            "keep-alive: timeout=5", "trailer: x",
        ])
    func droppedResponse(_ line: String) throws {
        #expect(
            try Self.response(["a: 1", line, "content-length: 5"])
                == ["HTTP/1.1 200 Fine", "a: 1", "content-length: 5"])
    }

    @Test(
        "everything else does",
        arguments: [
            "request-id: req_1", "anthropic-organization-id: org", "retry-after: 3", "x-should-retry: false",
            "content-encoding: gzip", "Date: Mon", "set-cookie: a", "anthropic-fastest: 1",
        ])
    func keptResponse(_ line: String) throws { #expect(try Self.response([line]).contains(line)) }

    @Test("bodies are framed for the client")
    func clientFraming() throws {
        #expect(try Self.response(["content-length: 5"]).last == "content-length: 5")
        #expect(try Self.response(["transfer-encoding: chunked"]).last == "transfer-encoding: chunked")
        #expect(try Self.response([]).last == "transfer-encoding: chunked")
        #expect(try Self.response(["transfer-encoding: chunked"], http10: true).last == "connection: close")
        #expect(try Self.response(["content-length: 5"], closes: true).last == "connection: close")
        #expect(try Self.response(["content-length: 5"], id: "req_x").contains("request-id: req_x"))
    }
}
