import ClaudeFuzzing
import GatewayFuzzing
import MeteringConformance
import Testing

/// The gateway's reader of requests beside llhttp (through NIOHTTP1), on what is known to make parsers disagree.
@Suite("Requests, read beside llhttp")
struct HTTPRequestDifferentialTests {
    /// What the two make of an input: how many requests are whole in it, and whether the rest is refused.
    enum Verdict: Equatable {
        /// Both take so many requests and refuse nothing.
        case both(Int)
        /// Both take so many and refuse what follows.
        case neither(Int)
        /// The gateway refuses, after so many; llhttp takes it.
        ///
        /// Why the gateway does is in the case's name or in RFC 9112.
        case stricter(Int)
    }

    struct Case: CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var verdict: Verdict

        init(_ name: String, _ text: String, _ verdict: Verdict) {
            self.name = name
            bytes = Array(text.utf8)
            self.verdict = verdict
        }

        var testDescription: String { name }
    }

    static func post(_ headers: String, _ body: String = "") -> String {
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\n\(headers)\r\n\(body)"
    }
    static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked\r\n", body) }
    static func line(_ line: String) -> String { "\(line)\r\nHost: a\r\n\r\n" }

    static let next = "GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n"

    static let framing = [
        Case("a length", post("Content-Length: 5\r\n", "hello"), .both(1)),
        Case("no length", post(""), .both(1)),
        Case("pipelined", post("Content-Length: 5\r\n", "hello") + next + next, .both(3)),
        Case("a length of zero, then another request", post("Content-Length: 0\r\n") + next, .both(2)),
        Case("leading zeros", post("Content-Length: 005\r\n", "hello") + next, .both(2)),
        Case(
            "length and chunks", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"), .neither(0)),
        Case(
            "chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\nG"), .neither(0)),
        Case("two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), .neither(0)),
        Case("the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), .neither(0)),
        Case("a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), .neither(0)),
        Case("a negative length", post("Content-Length: -1\r\n"), .neither(0)),
        Case("a signed length", post("Content-Length: +5\r\n", "hello"), .neither(0)),
        Case("a hexadecimal length", post("Content-Length: 0x5\r\n", "hello"), .neither(0)),
        Case("a length with a fraction", post("Content-Length: 5.0\r\n", "hello"), .neither(0)),
        Case("a length in two words", post("Content-Length: 1 2\r\n", "hello"), .neither(0)),
        Case("an empty length", post("Content-Length: \r\n"), .neither(0)),
        Case("a length over 64 bits", post("Content-Length: 18446744073709551616\r\n"), .neither(0)),
        Case("a length over 18 digits", post("Content-Length: 1000000000000000000\r\n"), .neither(0)),
        Case("identity", post("Transfer-Encoding: identity\r\n"), .neither(0)),
        Case("chunked, then another coding", post("Transfer-Encoding: chunked, gzip\r\n"), .neither(0)),
        Case("another coding, then chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), .stricter(0)),
        Case("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), .neither(0)),
        Case(
            "two lines of codings",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), .neither(0)),
        Case("a coding hidden by a tab", post("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n"), .both(1)),
        Case(
            "a coding hidden by a vertical tab", post("Transfer-Encoding: \u{B}chunked\r\n", "0\r\n\r\n"), .neither(0)),
        Case("a coding that is nearly chunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), .neither(0)),
        Case("an empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n"), .neither(0)),
        Case("CHUNKED", post("Transfer-Encoding: CHUNKED\r\n", "1\r\na\r\n0\r\n\r\n"), .both(1)),
        Case(
            "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .stricter(0)),
    ]

    static let chunks = [
        Case("chunks", chunked("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n") + next, .both(2)),
        Case("a size with zeros", chunked("005\r\nhello\r\n000\r\n\r\n"), .both(1)),
        Case("upper and lower case", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"), .both(1)),
        Case("an extension", chunked("5;a=b;c\r\nhello\r\n0;d=\"e;\\\"f\"\r\n\r\n"), .both(1)),
        Case("an extension without a name", chunked("5;\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("an extension with a control character", chunked("5;a=\u{1}\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("an extension with a bare line feed", chunked("5;a\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("an extension behind a space", chunked("5 ;a\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("an open quote", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a space behind the size", chunked("5 \r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a space before the size", chunked(" 5\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("no size", chunked("\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("0x5", chunked("0x5\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a negative size", chunked("-5\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a size over 64 bits", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a size that ends in a line feed", chunked("5\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a size that ends in a carriage return", chunked("5\rhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a chunk longer than it says", chunked("5\r\nhello!\r\n0\r\n\r\n"), .neither(0)),
        Case("a chunk shorter than it says", chunked("6\r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a chunk that ends in a line feed", chunked("5\r\nhello\n0\r\n\r\n"), .neither(0)),
        Case("a chunk that ends in two line feeds", chunked("5\r\nhello\n\n0\r\n\r\n"), .neither(0)),
        Case("a trailer", chunked("0\r\nX-Checksum: 1\r\n\r\n") + next, .both(2)),
        Case("a trailer with a length", chunked("0\r\nContent-Length: 5\r\n\r\n") + next, .neither(0)),
        Case("a trailer with a coding", chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n") + next, .neither(0)),
        Case("a trailer that ends in line feeds", chunked("0\r\nx: 1\n\n") + next, .neither(0)),
        Case("a trailer without a colon", chunked("0\r\nx\r\n\r\n") + next, .neither(0)),
        Case("a trailer with NUL", chunked("0\r\nx: \0\r\n\r\n") + next, .neither(0)),
        Case("a trailer with a bare carriage return", chunked("0\r\nx: \ra\r\n\r\n") + next, .neither(0)),
        Case("a folded trailer", chunked("0\r\nx: 1\r\n y: 2\r\n\r\n") + next, .neither(0)),
        Case("the last line feed is missing", chunked("0\r\n\rG"), .neither(0)),
        Case("an end in one line feed", chunked("0\r\n\n") + next, .neither(0)),
    ]

    static let heads = [
        Case("a space before the colon", post("Content-Length : 5\r\n", "hello"), .neither(0)),
        Case("a tab before the colon", post("X-A\t: b\r\n"), .neither(0)),
        Case("a space before the name", post(" X-A: b\r\n"), .neither(0)),
        Case("a folded value", post("X-A: b\r\n c\r\n"), .neither(0)),
        Case("a value folded with a tab", post("X-A: b\r\n\tTransfer-Encoding: chunked\r\n"), .neither(0)),
        Case("no colon", post("X-A\r\n"), .neither(0)),
        Case("no name", post(": b\r\n"), .neither(0)),
        Case("no value", post("X-A:\r\n"), .both(1)),
        Case("spaces around a value", post("X-A: \t b c \t\r\n"), .both(1)),
        Case("NUL in a value", post("X-A: a\0b\r\n"), .neither(0)),
        Case("a control character in a value", post("X-A: a\u{1B}b\r\n"), .neither(0)),
        Case("DEL in a value", post("X-A: a\u{7F}b\r\n"), .neither(0)),
        Case("a tab in a value", post("X-A: a\tb\r\n"), .both(1)),
        Case("bytes beyond ASCII in a value", post("X-A: né€😀\r\n"), .both(1)),
        Case("bytes beyond ASCII in a name", post("X-é: b\r\n"), .neither(0)),
        Case("NUL in a name", post("X\0A: b\r\n"), .neither(0)),
        Case("a bare carriage return in a value", post("X-A: b\rTransfer-Encoding: chunked\r\n"), .neither(0)),
        Case("lines that end in line feeds", "GET / HTTP/1.1\nHost: a\n\n", .neither(0)),
        Case("a header that ends in a line feed", post("X-A: b\nX-C: d\r\n"), .neither(0)),
        Case("a head that ends in a line feed", "GET / HTTP/1.1\r\nHost: a\r\n\n" + next, .neither(0)),
        Case("no host", "GET / HTTP/1.1\r\n\r\n", .stricter(0)),
        Case("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .stricter(0)),
        Case("every character of a name", post("!#$%&'*+-.^_`|~09azAZ: 1\r\n"), .both(1)),
        Case("an empty line before the request", "\r\n" + next, .stricter(0)),
    ]

    static let lines = [
        Case("an origin before the path", line("GET http://api:80/v1/models?a=b HTTP/1.1"), .both(1)),
        Case("an origin with a name", line("GET http://user@api/v1/models HTTP/1.1"), .stricter(0)),
        Case("an origin with two names", line("GET http://a@b@c/v1/models HTTP/1.1"), .stricter(0)),
        Case("an origin without a path", line("GET http://api HTTP/1.1"), .stricter(0)),
        Case("an authority", line("CONNECT api:443 HTTP/1.1"), .stricter(0)),
        Case("everything", line("OPTIONS * HTTP/1.1"), .stricter(0)),
        Case("a fragment", line("GET /v1/models#a HTTP/1.1"), .stricter(0)),
        Case("no target", line("GET HTTP/1.1"), .neither(0)),
        Case("a relative target", line("GET v1/models HTTP/1.1"), .neither(0)),
        Case("two spaces", line("GET  /v1/models HTTP/1.1"), .stricter(0)),
        Case("a tab", line("GET\t/v1/models HTTP/1.1"), .neither(0)),
        Case("a space in the target", line("GET /v1/ models HTTP/1.1"), .neither(0)),
        Case("NUL in the target", line("GET /v1/\0models HTTP/1.1"), .neither(0)),
        Case("bytes beyond ASCII in the target", line("GET /v1/modéls HTTP/1.1"), .neither(0)),
        Case("a space behind the version", line("GET /v1/models HTTP/1.1 "), .neither(0)),
        Case("HTTP/1.0", "GET /v1/models HTTP/1.0\r\n\r\n", .both(1)),
        Case("HTTP/1.0 with a connection to keep", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", .both(1)),
        Case("HTTP/1.2", line("GET / HTTP/1.2"), .neither(0)),
        Case("HTTP/2.0", line("GET / HTTP/2.0"), .neither(0)),
        Case("HTTP/0.9", "GET /v1/models\r\n\r\n", .neither(0)),
        Case("http/1.1", line("GET / http/1.1"), .neither(0)),
        Case("HTTP/11", line("GET / HTTP/11"), .neither(0)),
        Case("a lower case method", line("get / HTTP/1.1"), .neither(0)),
        Case("TLS", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n", .neither(0)),
        Case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .neither(0)),
    ]

    static let connections = [
        Case("close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", .both(1)),
        Case("keep-alive", post("Connection: keep-alive\r\n") + next, .both(2)),
        Case("close in a list", post("Connection: x, close\r\n"), .both(1)),
        Case("an upgrade", post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", "{}"), .both(1)),
        Case("an upgrade without its connection", post("Upgrade: h2c\r\n") + next, .both(2)),
        Case("a body that is awaited", post("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}") + next, .both(2)),
        Case("a GET with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" + next, .both(2)),
        Case("a HEAD with a body", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" + next, .both(2)),
    ]

    static let cases = framing + chunks + heads + lines + connections

    @Test("the gateway takes nothing that llhttp refuses, and reads the rest alike", arguments: cases)
    func verdict(_ input: Case) {
        let (gateway, reference) = FuzzHarness.httpRequestTraces(input.bytes)
        #expect(FuzzHarness.httpRequests(input.bytes) == nil)
        // A head that never ends is a refusal too: the gateway waits for its end, and gives up at its limits.
        let refuses = gateway.isRefused || gateway.completeCount < reference.completeCount || reference.isRefused
        let verdict: Verdict =
            if !refuses {
                .both(gateway.completeCount)
            } else if reference.isRefused {
                .neither(gateway.completeCount)
            } else {
                .stricter(gateway.completeCount)
            }
        #expect(verdict == input.verdict)
    }

    @Test("a request is read the same wherever it is cut", arguments: cases)
    func cuts(_ input: Case) {
        let whole = FuzzHarness.httpRequestTrace([input.bytes])
        for cut in 0...input.bytes.count {
            #expect(FuzzHarness.httpRequestTrace([Array(input.bytes[..<cut]), Array(input.bytes[cut...])]) == whole)
        }
        #expect(FuzzHarness.httpRequestTrace(input.bytes.map { [$0] }) == whole)
    }

    @Test(
        "no mutation of a request is taken by the gateway alone, or read otherwise", arguments: 0..<10 as Range<UInt64>)
    func mutations(_ seed: UInt64) {
        var mutator = HTTPMutator(seed: seed)
        for _ in 0..<300 {
            let bytes = mutator.mutation(of: Self.cases.map(\.bytes))
            if let finding = FuzzHarness.httpRequests(bytes) {
                Issue.record("seed \(seed): \(finding): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                return
            }
        }
    }
}
