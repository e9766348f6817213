import NIOCore
import NIOEmbedded
import NIOHTTP1

/// One call through NIOHTTP1's decoders and encoders, without sockets, metering or anything else.
struct NIOForwarding {
    private let client = EmbeddedChannel()
    private let upstream = EmbeddedChannel()
    /// What belongs to one connection, to the operator, or is written anew.
    private static let dropped = [
        "host", "connection", "keep-alive", "proxy-connection", "te", "upgrade", "authorization", "x-api-key",
        "accept-encoding",
    ]

    init() throws {
        try client.pipeline.syncOperations.addHandlers([
            HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()),
        ])
        try upstream.pipeline.syncOperations.addHandlers([
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder()),
        ])
    }

    /// Forwards a request and its response that arrive in these pieces, and returns how many bytes go on.
    func call(request: [ByteBuffer], response: [ByteBuffer]) throws -> Int {
        var written = 0
        for piece in request {
            try client.writeInbound(piece)
            while let part = try client.readInbound(as: HTTPServerRequestPart.self) {
                try upstream.writeOutbound(Self.forwarded(part))
            }
            written += try Self.drain(upstream)
        }
        for piece in response {
            try upstream.writeInbound(piece)
            while let part = try upstream.readInbound(as: HTTPClientResponsePart.self) {
                try client.writeOutbound(Self.forwarded(part))
            }
            written += try Self.drain(client)
        }
        return written
    }

    private static func forwarded(_ part: HTTPServerRequestPart) -> HTTPClientRequestPart {
        switch part {
        case .head(var head):
            for name in dropped { head.headers.remove(name: name) }
            head.headers.add(name: "host", value: "api.anthropic.com")
            head.headers.add(name: "x-api-key", value: "sk-ant-benchmark")
            head.headers.add(name: "accept-encoding", value: "gzip")
            return .head(head)
        case .body(let bytes): return .body(.byteBuffer(bytes))
        case .end(let trailer): return .end(trailer)
        }
    }

    private static func forwarded(_ part: HTTPClientResponsePart) -> HTTPServerResponsePart {
        switch part {
        case .head(var head):
            for name in ["connection", "keep-alive"] { head.headers.remove(name: name) }
            return .head(head)
        case .body(let bytes): return .body(.byteBuffer(bytes))
        case .end(let trailer): return .end(trailer)
        }
    }

    static func drain(_ channel: EmbeddedChannel) throws -> Int {
        var written = 0
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { written += bytes.readableBytes }
        return written
    }
}

/// What the two embedded channels cost by themselves: the same pieces through empty pipelines.
struct EmptyForwarding {
    private let client = EmbeddedChannel()
    private let upstream = EmbeddedChannel()

    func call(request: [ByteBuffer], response: [ByteBuffer]) throws -> Int {
        try Self.pass(request, client, upstream) + Self.pass(response, upstream, client)
    }

    private static func pass(_ pieces: [ByteBuffer], _ from: EmbeddedChannel, _ to: EmbeddedChannel) throws -> Int {
        var written = 0
        for piece in pieces {
            try from.writeInbound(piece)
            while let bytes = try from.readInbound(as: ByteBuffer.self) { try to.writeOutbound(bytes) }
            written += try NIOForwarding.drain(to)
        }
        return written
    }
}
