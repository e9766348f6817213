import MeteringConformance
import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite("Timeouts")
struct TimeoutTests {
    @Test("a header that does not arrive in time is answered with 408")
    func slowHead() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends("POST /v1/mess")
        for _ in 0..<9 {
            gateway.turn(by: .seconds(1))
            try gateway.clientSends("a")
        }
        #expect(try gateway.clientGot() == "")
        gateway.turn(by: .seconds(2))
        let answer = try gateway.clientGot()
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.contains("timeout_error"))
        #expect(answer.contains("connection: close"))
        // A client that does not close its side is not waited for without end.
        #expect(gateway.front.isActive)
        gateway.turn(by: .seconds(4))
        #expect(!gateway.front.isActive)
    }

    @Test("a connection that sends nothing at all is closed")
    func silentConnection() throws {
        let gateway = try EmbeddedGateway()
        gateway.turn(by: .seconds(12))
        #expect(!gateway.front.isActive)
    }

    @Test("a connection without a request is closed after the keep-alive time")
    func keepAlive() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends("GET /api/hello HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try gateway.clientGot().hasPrefix("HTTP/1.1 200 OK"))
        gateway.turn(by: .seconds(70))
        #expect(gateway.front.isActive)
        gateway.turn(by: .seconds(7))
        #expect(!gateway.front.isActive)
    }

    @Test("a body that stops coming is answered with 408, and its upstream connection is closed")
    func slowBody() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends("POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc")
        gateway.turn(by: .seconds(62))
        #expect(try gateway.clientGot().hasPrefix("HTTP/1.1 408 "))
        #expect(!gateway.upstream.isActive)
    }

    @Test("a client that goes on sending what was refused is read for a while, so that it finds its answer")
    func lingering() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends("POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n")
        #expect(try gateway.clientGot().hasPrefix("HTTP/1.1 413 "))
        for _ in 0..<20 {
            gateway.turn(by: .seconds(1))
            try gateway.clientSends(String(repeating: "x", count: 10_000))
        }
        #expect(gateway.front.isActive)
        // Not without end, and not without a byte.
        var seconds = 20
        while gateway.front.isActive, seconds < 100 {
            gateway.turn(by: .seconds(1))
            seconds += 1
            if gateway.front.isActive { try gateway.clientSends("x") }
        }
        #expect((29...33).contains(seconds))

        let silent = try EmbeddedGateway()
        try silent.clientSends("POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n")
        silent.turn(by: .seconds(1))
        #expect(silent.front.isActive)
        silent.turn(by: .seconds(3))
        #expect(!silent.front.isActive)
    }

    @Test("an upstream that does not answer in time is a 504")
    func firstByte() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        gateway.turn(by: .seconds(599))
        #expect(try gateway.clientGot() == "")
        gateway.turn(by: .seconds(3))
        #expect(try gateway.clientGot().hasPrefix("HTTP/1.1 504 "))
        #expect(!gateway.upstream.isActive)
        #expect(gateway.front.isActive)
    }

    @Test("an upstream that falls silent within a stream is metered as an estimate, and its client's connection breaks")
    func silentStream() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        try gateway.upstreamSends(Wire.streamHead + Wire.chunk(Wire.messageStart() + Wire.text))
        for _ in 0..<10 {
            gateway.turn(by: .seconds(300))
            try gateway.upstreamSends(Wire.chunk(Wire.event("ping", #"{"type":"ping"}"#)))
        }
        #expect(gateway.front.isActive)
        gateway.turn(by: .seconds(332))
        gateway.turn()
        #expect(gateway.store.submissions.value == 1)
        #expect(!gateway.front.isActive)
        #expect(!(try gateway.clientGot().contains("\r\n0\r\n")))
    }

    @Test("a client that takes nothing for too long is left, and its call read to the end")
    func stalledClient() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        try gateway.upstreamSends(Wire.streamHead + Wire.chunk(Wire.messageStart()))
        gateway.setWritable(gateway.front, false)
        gateway.turn(by: .seconds(302))
        #expect(!gateway.front.isActive)
        #expect(gateway.upstream.isActive)
        try gateway.upstreamSends(Wire.chunk(Wire.messageDelta + Wire.messageStop) + Wire.lastChunk)
        gateway.turn()
        #expect(gateway.store.submissions.value == 1)
    }

    @Test("an idle connection to the upstream is closed before the upstream would")
    func idleUpstream() throws {
        let gateway = try EmbeddedGateway()
        gateway.turn(by: .seconds(52))
        #expect(!gateway.upstream.isActive)
        #expect(gateway.context.pool.count == 0)
    }
}
