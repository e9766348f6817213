import ClaudeFuzzing
import GatewayFuzzing
import Testing

/// The gateway's reader of the upstream's answers beside llhttp (through NIOHTTP1).
@Suite("Responses, read beside llhttp")
struct HTTPResponseDifferentialTests {
    typealias Case = HTTPRequestDifferentialTests.Case

    static func ok(_ headers: String, _ body: String = "") -> String { "HTTP/1.1 200 OK\r\n\(headers)\r\n\(body)" }
    static func chunked(_ body: String) -> String { ok("Transfer-Encoding: chunked\r\n", body) }

    static let cases = [
        Case("a length", ok("Content-Length: 5\r\n", "hello"), .both(1)),
        Case("to the end of the connection", ok("", "hello"), .both(1)),
        Case("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", .both(1)),
        Case("chunks", chunked("5\r\nhello\r\n0\r\nx: 1\r\n\r\n"), .both(1)),
        Case("a length that is not reached", ok("Content-Length: 6\r\n", "hello"), .neither(0)),
        Case("chunks that do not end", chunked("5\r\nhello\r\n"), .neither(0)),
        Case("length and chunks", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), .neither(0)),
        Case("chunks and length", ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), .neither(0)),
        Case("two lengths", ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), .neither(0)),
        Case("the same length twice", ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), .neither(0)),
        Case("a coding that is not chunked", ok("Transfer-Encoding: gzip\r\n", "hello"), .stricter(0)),
        Case("chunked twice", ok("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), .stricter(0)),
        Case("chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .stricter(0)),
        Case("a space behind a chunk's size", chunked("5 \r\nhello\r\n0\r\n\r\n"), .neither(0)),
        Case("a chunk that ends in a line feed", chunked("5\r\nhello\n0\r\n\r\n"), .neither(0)),
        Case("a trailer that ends in line feeds", chunked("0\r\nx: 1\n\n"), .neither(0)),
        Case(
            "an interim response", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok("Content-Length: 0\r\n"), .both(1)
        ),
        Case(
            "an interim response with a length",
            "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n" + ok("Content-Length: 0\r\n"), .both(1)),
        Case(
            "other protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            .stricter(0)),
        Case("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", .both(1)),
        Case("304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .both(1)),
        Case("304 with chunks", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", .both(1)),
        Case("no reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", .both(1)),
        Case("no space before the reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", .both(1)),
        Case("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", .neither(0)),
        Case("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", .neither(0)),
        Case("a status below 100", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", .stricter(0)),
        Case("a reason with NUL", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n", .stricter(0)),
        Case("a reason with a bare carriage return", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n", .neither(0)),
        Case("http/1.1", "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .neither(0)),
        Case("HTTP/1.9", "HTTP/1.9 200 OK\r\nContent-Length: 0\r\n\r\n", .neither(0)),
        Case("HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", .neither(0)),
        Case("lines that end in line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", .neither(0)),
        Case("a folded value", ok("X: a\r\n b\r\nContent-Length: 0\r\n"), .neither(0)),
        Case("a space before the colon", ok("Content-Length : 0\r\n"), .neither(0)),
        Case("NUL in a value", ok("X: a\0b\r\nContent-Length: 0\r\n"), .neither(0)),
        Case("no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n\r\n", .neither(0)),
    ]

    @Test("the gateway takes nothing that llhttp refuses, and reads the rest alike", arguments: cases)
    func verdict(_ input: Case) {
        let (gateway, reference) = FuzzHarness.httpResponseTraces(input.bytes)
        #expect(FuzzHarness.httpResponse(input.bytes) == nil)
        let refuses = gateway.isRefused || gateway.completeCount < reference.completeCount || reference.isRefused
        let verdict: HTTPRequestDifferentialTests.Verdict =
            if !refuses {
                .both(gateway.completeCount)
            } else if reference.isRefused {
                .neither(gateway.completeCount)
            } else {
                .stricter(gateway.completeCount)
            }
        #expect(verdict == input.verdict)
    }

    @Test("a response is read the same wherever it is cut", arguments: cases)
    func cuts(_ input: Case) {
        let whole = FuzzHarness.httpResponseTrace([input.bytes])
        for cut in 0...input.bytes.count {
            #expect(FuzzHarness.httpResponseTrace([Array(input.bytes[..<cut]), Array(input.bytes[cut...])]) == whole)
        }
        #expect(FuzzHarness.httpResponseTrace(input.bytes.map { [$0] }) == whole)
    }

    @Test(
        "no mutation of a response is taken by the gateway alone, or read otherwise", arguments: 0..<10 as Range<UInt64>
    )
    func mutations(_ seed: UInt64) {
        var mutator = HTTPMutator(seed: seed)
        for _ in 0..<300 {
            let bytes = mutator.mutation(of: Self.cases.map(\.bytes))
            if let finding = FuzzHarness.httpResponse(bytes) {
                Issue.record("seed \(seed): \(finding): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
                return
            }
        }
    }
}
