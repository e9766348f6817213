import NIOCore
import Testing

@testable import Gateway

@Suite("HTTP heads")
struct HTTPHeadTests {
    static func head(_ text: String) -> Result<RequestHead, HTTPSyntaxError> {
        do throws(HTTPSyntaxError) {
            return .success(try RequestHead(parsing: ByteBuffer(string: text)))
        } catch {
            return .failure(error)
        }
    }

    @Test("a request's parts are found")
    func parts() throws {
        let text =
            "POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nX-Api-Key:  secret \r\nContent-Length: 12\r\n\r\n"
        let head = try Self.head(text).get()
        #expect(head.method == .post)
        #expect(head.pathString == "/v1/messages")
        #expect(head.targetString == "/v1/messages?beta=true")
        #expect(head.framing == .length(12))
        #expect(head.keepsAlive)
        #expect(head.fields.firstString(.xAPIKey) == "secret")
    }

    @Test(
        "requests that two servers could read differently are refused",
        arguments: [
            ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1, 1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: \r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 9999999999999999999\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
            ("GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nx : y\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\n x: folded\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n", 400),
            ("GET / HTTP/1.1\nhost: a\r\n\r\n", 400),
            ("GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
            ("GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", 400),
            ("GET a HTTP/1.1\r\nhost: a\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505),
            ("G{T / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ])
    func refused(_ text: String, _ status: Int) {
        switch Self.head(text) {
        case .success: Issue.record("it was accepted")
        case .failure(let error): #expect(error.status == status)
        }
    }

    @Test("a proxy's target is taken by its path")
    func absoluteTarget() throws {
        let head = try Self.head("GET http://gateway:80/v1/models?x=1 HTTP/1.1\r\nhost: a\r\n\r\n").get()
        #expect(head.pathString == "/v1/models")
        #expect(head.targetString == "/v1/models?x=1")
    }

    @Test("a head is found however it is cut, and never beyond its limit")
    func finder() throws {
        let text = Array("GET / HTTP/1.1\r\nhost: a\r\n\r\nrest".utf8)
        for cut in 1..<text.count {
            var finder = HeadFinder(limit: 100)
            var buffer = ByteBuffer(bytes: text[..<cut])
            var head = try finder.takeHead(from: &buffer)
            if head == nil {
                buffer.writeBytes(text[cut...])
                head = try finder.takeHead(from: &buffer)
            }
            #expect(head?.readableBytes == text.count - 4)
        }
        var finder = HeadFinder(limit: 20)
        var buffer = ByteBuffer(bytes: text)
        #expect(throws: HTTPSyntaxError.self) { _ = try finder.takeHead(from: &buffer) }
        var dripped = HeadFinder(limit: 20)
        var drip = ByteBuffer(bytes: text[..<21])
        #expect(throws: HTTPSyntaxError.self) { _ = try dripped.takeHead(from: &drip) }
    }

    @Test(
        "lists of tokens respect case, spaces and weights",
        arguments: [
            ("gzip", true), ("GZip, deflate", true), ("deflate,gzip;q=0.5", true), ("gzip;q=0", false),
            ("gzip; q=0.000", false), ("xgzip", false), ("", false), ("br", false),
        ])
    func lists(_ value: String, _ accepts: Bool) throws {
        let head = try Self.head("GET / HTTP/1.1\r\nhost: a\r\naccept-encoding: \(value)\r\n\r\n").get()
        #expect(head.fields.list(.acceptEncoding, contains: "gzip") == accepts)
    }

    @Test("a response's parts are found")
    func response() throws {
        let head = try ResponseHead(
            parsing: ByteBuffer(string: "HTTP/1.1 529 Over loaded\r\ntransfer-encoding: chunked\r\n\r\n"), toHead: false
        )
        #expect(head.status == 529)
        #expect(head.framing == .chunked)
        #expect(head.keepsAlive)
        #expect(throws: HTTPSyntaxError.self) {
            _ = try ResponseHead(parsing: ByteBuffer(string: "SSH-2.0-OpenSSH_9.2\r\n\r\n"), toHead: false)
        }
        let old = try ResponseHead(parsing: ByteBuffer(string: "HTTP/1.0 200 OK\r\n\r\n"), toHead: false)
        #expect(old.framing == .untilClose)
        #expect(!old.keepsAlive)
    }
}
