import MeteringConformance
import NIOCore
import NIOPosix
import NIOSSL

/// An upstream that answers with exactly the bytes a test gives it, cut exactly where the test cuts them.
final class ScriptedUpstream: Sendable {
    enum Step: Sendable {
        case write([UInt8])
        case wait(Gate)
        /// Closes the connection.
        case close
        /// Closes it so that the other side sees a reset.
        case reset

        static func text(_ text: String) -> Step { .write(Array(text.utf8)) }
    }

    struct Request: Sendable, Equatable {
        var head: String
        var body: [UInt8]
        var connection: Int

        var target: String { String(head.split(separator: " ")[1]) }

        func header(_ name: String) -> [String] {
            head.split(separator: "\r\n").dropFirst().compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == name else { return nil }
                return parts[1].drop { $0 == " " }.description
            }
        }
    }

    let port: Int
    let requests = Watched<[Request]>([])
    /// Connections that were opened.
    let connections: Watched<Int>
    /// Connections that ended, by either side.
    let closed: Watched<Int>

    private init(port: Int, connections: Watched<Int>, closed: Watched<Int>) {
        self.port = port
        self.connections = connections
        self.closed = closed
    }

    /// Runs an upstream around `body`.
    static func run<R: Sendable>(
        answering script: @escaping @Sendable (Request) async -> [Step],
        tls: NIOSSLContext? = nil,
        _ body: (ScriptedUpstream) async throws -> R
    ) async throws -> R {
        let (exchanges, arrivals) = AsyncStream<Exchange>.makeStream()
        let connections = Watched<Int>(0)
        let closed = Watched<Int>(0)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = connections.update { count in
                        count += 1
                        return count
                    }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(
                        RequestHandler(number: number, arrivals: arrivals, closed: closed))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let upstream = ScriptedUpstream(
            port: server.localAddress?.port ?? 0, connections: connections, closed: closed)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { group in
                    for await exchange in exchanges {
                        upstream.requests.update { $0.append(exchange.request) }
                        group.addTask { await exchange.play(await script(exchange.request)) }
                    }
                }
            }
            let result: Result<R, any Error>
            do {
                result = .success(try await body(upstream))
            } catch {
                result = .failure(error)
            }
            try await server.close().get()
            arrivals.finish()
            group.cancelAll()
            return try result.get()
        }
    }

    /// One request, and the connection it came on.
    private struct Exchange: Sendable {
        var request: Request
        var channel: any Channel

        func play(_ steps: [Step]) async {
            do {
                for step in steps {
                    switch step {
                    case .write(let bytes): try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
                    case .wait(let gate): await gate.wait()
                    case .close: try await channel.close().get()
                    case .reset:
                        // Closing with a linger time of zero discards what is unsent and resets.
                        let options = channel as? any SocketOptionProvider
                        try await options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                        try await channel.close().get()
                    }
                }
            } catch {
                // The gateway closed the connection: what tests of aborted calls expect.
            }
        }
    }

    private final class RequestHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let number: Int
        private let arrivals: AsyncStream<Exchange>.Continuation
        private let closed: Watched<Int>
        private var bytes: [UInt8] = []

        init(number: Int, arrivals: AsyncStream<Exchange>.Continuation, closed: Watched<Int>) {
            self.number = number
            self.arrivals = arrivals
            self.closed = closed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
            while let request = ScriptedUpstream.takeRequest(&bytes, connection: number) {
                arrivals.yield(Exchange(request: request, channel: context.channel))
            }
        }

        func channelInactive(context: ChannelHandlerContext) { closed.update { $0 += 1 } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static func takeRequest(_ bytes: inout [UInt8], connection: Int) -> Request? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
        var request = Request(head: String(decoding: bytes[..<end], as: UTF8.self), body: [], connection: connection)
        if let text = request.header("content-length").first, let length = Int(text) {
            guard bytes.count >= end + length else { return nil }
            request.body = Array(bytes[end..<(end + length)])
            bytes.removeFirst(end + length)
        } else if request.header("transfer-encoding").first == "chunked" {
            guard let (body, length) = decodeChunks(bytes[end...]) else { return nil }
            request.body = body
            bytes.removeFirst(end + length)
        } else {
            bytes.removeFirst(end)
        }
        return request
    }

    /// The body in chunks, and how long it was with its framing; `nil` while it is not complete.
    static func decodeChunks(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], length: Int)? {
        var rest = bytes
        var body: [UInt8] = []
        while true {
            guard let line = rest.firstRange(of: [13, 10]) else { return nil }
            let text = String(decoding: rest[rest.startIndex..<line.lowerBound], as: UTF8.self)
            guard let size = Int(text, radix: 16) else { return nil }
            rest = rest[line.upperBound...]
            if size == 0, !rest.starts(with: [13, 10]) {
                // A trailer: lines up to an empty one.
                guard let end = rest.firstRange(of: [13, 10, 13, 10]) else { return nil }
                return (body, bytes.count - rest[end.upperBound...].count)
            }
            guard rest.count >= size + 2 else { return nil }
            body.append(contentsOf: rest.prefix(size))
            rest = rest.dropFirst(size + 2)
            if size == 0 { return (body, bytes.count - rest.count) }
        }
    }
}
