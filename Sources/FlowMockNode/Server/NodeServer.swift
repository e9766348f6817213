internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// The node's HTTP server.
///
/// It is plain SwiftNIO, because faults need the connection itself, and the WebSocket shares the port.
struct NodeServer {
    typealias HTTPConnection = NodeConnection<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>
    typealias SocketConnection = NodeConnection<WebSocketFrame, WebSocketFrame>

    private enum Connection: Sendable {
        case http(HTTPConnection)
        case socket(SocketConnection)
    }

    /// A connection, and what it turns out to be; it is closed when nobody serves it.
    private final class Accepted: Sendable {
        let channel: any Channel
        let negotiation: EventLoopFuture<Connection>

        init(channel: any Channel, negotiation: EventLoopFuture<Connection>) {
            self.channel = channel
            self.negotiation = negotiation
        }

        deinit { channel.close(promise: nil) }
    }

    private static let bodyLimit = 4 << 20
    let node: MockAccessNode

    /// Serves until the task is cancelled.
    func run(onRunning: @Sendable (Int) async -> Void) async throws {
        let tls = try node.configuration.tls.map { try $0.context() }
        let (connections, continuation) = AsyncStream.makeStream(of: Accepted.self)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    _ = continuation.yield(Accepted(channel: channel, negotiation: try setUp(channel)))
                }
            }
            .bind(host: node.configuration.host, port: node.configuration.port).get()
        await onRunning(server.localAddress?.port ?? 0)
        await withDiscardingTaskGroup { group in
            // Ends when the task is cancelled.
            for await connection in connections {
                group.addTask { await serve(connection) }
            }
            group.cancelAll()
        }
        try await server.close()
    }

    private func setUp(_ channel: any Channel) throws -> EventLoopFuture<Connection> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Connection>(
            maxFrameSize: 1 << 20,
            shouldUpgrade: { channel, head in
                let isAccepted =
                    letsIn(head) && NodeRoutes.route(of: NodeRequest(head)) == .socket && node.acceptsSocket()
                return channel.eventLoop.makeSucceededFuture(isAccepted ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 16,
                            maxAccumulatedFrameSize: 1 << 22))
                    return .socket(try SocketConnection(wrapping: channel))
                }
            })
        let configuration = NIOTypedHTTPServerUpgradeConfiguration<Connection>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ResponsePartHandler())
                    return .http(try HTTPConnection(wrapping: channel))
                }
            })
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: configuration))
    }

    /// Whether the request has the headers that the node wants.
    private func letsIn(_ head: HTTPRequestHead) -> Bool {
        node.configuration.requiredHeaders.allSatisfy { name, value in head.headers[name].contains(value) }
    }

    private func serve(_ accepted: Accepted) async {
        do {
            let connection = try await withTaskCancellationHandler {
                try await accepted.negotiation.get()
            } onCancel: {
                accepted.channel.close(promise: nil)
            }
            switch connection {
            case .http(let connection): try await connection.closing { try await serve(connection) }
            case .socket(let connection):
                try await connection.closing { try await SocketSession(node: node, connection: connection).run() }
            }
        } catch {
            // lint: dropped. Clients of this node must live with connections that break.
        }
    }

    private func serve(_ connection: HTTPConnection) async throws {
        var head: HTTPRequestHead?
        var body: [UInt8] = []
        var isTooLarge = false
        for await part in connection.inbound {
            switch part {
            case .head(let newHead):
                head = newHead
                body = []
                isTooLarge = false
            case .body(let buffer):
                if body.count + buffer.readableBytes > Self.bodyLimit { isTooLarge = true }
                if !isTooLarge { body += buffer.readableBytesView }
            case .end:
                // SwiftNIO's upgrade handler keeps the head of an upgrade that was refused to itself.
                let head = head ?? HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/ws")
                var request = NodeRequest(head, body: body)
                request.isTooLarge = isTooLarge
                let answer =
                    letsIn(head) ? try await NodeRoutes(node: node).answer(request) : NodeAnswer(.unauthorized)
                guard try await deliver(answer, to: head, connection) else { return }
            }
        }
    }

    /// Writes the answer; `false` when the connection is to be closed.
    private func deliver(
        _ answer: NodeAnswer, to head: HTTPRequestHead, _ connection: HTTPConnection
    ) async throws -> Bool {
        switch answer.delivery {
        case .none: return false
        case .never:
            try await connection.untilClosed()
            return false
        case .whole, .cut:
            var headers = HTTPHeaders([
                ("Content-Type", answer.contentType), ("Content-Length", "\(answer.body.count)"),
            ])
            if let seconds = answer.retryAfter { headers.add(name: "Retry-After", value: "\(seconds)") }
            if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
            let status = HTTPResponseStatus(statusCode: answer.status)
            let answerHead = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            if answer.delivery == .cut {
                let half = answer.body.prefix(answer.body.count / 2)
                try await connection.write(.head(answerHead), .body(ByteBuffer(bytes: half)))
                return false
            }
            try await connection.write(.head(answerHead), .body(ByteBuffer(bytes: answer.body)), .end(nil))
            return head.isKeepAlive
        }
    }
}
