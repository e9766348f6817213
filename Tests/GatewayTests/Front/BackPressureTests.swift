import MeteringConformance
import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite("Back-pressure")
struct BackPressureTests {
    @Test("while the client takes nothing, the upstream is not read")
    func slowClient() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        try gateway.upstreamSends(Wire.streamHead + Wire.chunk(Wire.messageStart()))
        #expect(EmbeddedGateway.reads(gateway.upstream))
        gateway.setWritable(gateway.front, false)
        #expect(!EmbeddedGateway.reads(gateway.upstream))
        gateway.setWritable(gateway.front, true)
        #expect(EmbeddedGateway.reads(gateway.upstream))
    }

    @Test("a client that takes nothing when a piece arrives stops the reading at once")
    func slowFromTheStart() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        gateway.front.isWritable = false
        try gateway.upstreamSends(Wire.streamHead + Wire.chunk(Wire.messageStart()))
        #expect(!EmbeddedGateway.reads(gateway.upstream))
    }

    @Test("when a slow client leaves, the upstream is read again, to the end")
    func slowClientLeaves() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        try gateway.upstreamSends(Wire.streamHead + Wire.chunk(Wire.messageStart()))
        gateway.setWritable(gateway.front, false)
        _ = try gateway.front.finish(acceptAlreadyClosed: true)
        #expect(EmbeddedGateway.reads(gateway.upstream))
        try gateway.upstreamSends(Wire.chunk(Wire.messageDelta + Wire.messageStop) + Wire.lastChunk)
        gateway.turn()
        #expect(gateway.store.submissions.value == 1)
    }

    @Test("while the upstream takes nothing, the client is not read")
    func slowUpstream() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends("POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n")
        try gateway.clientSends(String(repeating: "x", count: 100_000))
        #expect(EmbeddedGateway.reads(gateway.front))
        gateway.upstream.isWritable = false
        try gateway.clientSends(String(repeating: "x", count: 100_000))
        #expect(!EmbeddedGateway.reads(gateway.front))
        gateway.setWritable(gateway.upstream, true)
        #expect(EmbeddedGateway.reads(gateway.front))
        try gateway.clientSends(String(repeating: "x", count: 100_000))
        let sent = try gateway.upstreamGot()
        #expect(sent.hasSuffix("\r\n\r\n" + String(repeating: "x", count: 300_000)))
    }

    @Test("requests sent ahead are kept only up to a limit")
    func pipelinedFlood() throws {
        let gateway = try EmbeddedGateway()
        try gateway.clientSends(Wire.request())
        for _ in 0..<3 { try gateway.clientSends(String(repeating: "x", count: 30_000)) }
        #expect(!EmbeddedGateway.reads(gateway.front))
    }

    @Test("what is held for the store does not grow without end")
    func heldBytes() throws {
        let gateway = try EmbeddedGateway(store: GatedStore())
        try gateway.clientSends(Wire.request())
        try gateway.upstreamSends(Wire.streamHead + Wire.chunk(Wire.stream))
        let comment = ": " + String(repeating: "x", count: 60_000) + "\n\n"
        var pieces = 0
        while EmbeddedGateway.reads(gateway.upstream), pieces < 100 {
            try gateway.upstreamSends(Wire.chunk(comment))
            pieces += 1
        }
        #expect(pieces < 20)
        gateway.store.open()
        gateway.turn()
        #expect(EmbeddedGateway.reads(gateway.upstream))
        try gateway.upstreamSends(Wire.lastChunk)
        let text = try gateway.clientGot()
        #expect(text.contains("message_stop"))
        #expect(text.contains("\r\n0\r\nflowmeter-receipt: msg_01;"))
    }
}
