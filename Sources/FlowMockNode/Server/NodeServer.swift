internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket

/// The node's HTTP server.
///
/// It is plain SwiftNIO, because faults need the connection itself, and the WebSocket shares the port.
struct NodeServer {
    typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>

    enum Connection: Sendable {
        case http(HTTPChannel)
        case socket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
    }

    /// A connection, and what it turns out to be.
    private struct Accepted: Sendable {
        let channel: any Channel
        let negotiation: EventLoopFuture<Connection>
    }

    private static let bodyLimit = 4 << 20
    let node: MockAccessNode

    /// Serves until the task is cancelled.
    func run(onRunning: @Sendable (Int) async -> Void) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: node.configuration.host, port: node.configuration.port) { channel in
                setUp(channel)
            }
        await onRunning(server.channel.localAddress?.port ?? 0)
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection) }
                }
            }
            group.cancelAll()
        }
    }

    private func setUp(_ channel: any Channel) -> EventLoopFuture<Accepted> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Connection>(
                maxFrameSize: 1 << 20,
                shouldUpgrade: { channel, head in
                    let isAccepted = NodeRoutes.route(of: NodeRequest(head)) == .socket && node.acceptsSocket()
                    return channel.eventLoop.makeSucceededFuture(isAccepted ? HTTPHeaders() : nil)
                },
                upgradePipelineHandler: { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOWebSocketFrameAggregator(
                                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 16,
                                maxAccumulatedFrameSize: 1 << 22))
                        return .socket(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                    }
                })
            let configuration = NIOTypedHTTPServerUpgradeConfiguration<Connection>(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ResponsePartHandler())
                        return .http(try HTTPChannel(wrappingChannelSynchronously: channel))
                    }
                })
            let negotiation = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: .init(upgradeConfiguration: configuration))
            return Accepted(channel: channel, negotiation: negotiation)
        }
    }

    private func serve(_ accepted: Accepted) async {
        do {
            let connection = try await withTaskCancellationHandler {
                try await accepted.negotiation.get()
            } onCancel: {
                accepted.channel.close(promise: nil)
            }
            switch connection {
            case .http(let channel): try await serve(channel)
            case .socket(let channel): try await SocketSession(node: node, channel: channel).run()
            }
        } catch {
            // lint: dropped. Clients of this node must live with connections that break.
        }
    }

    private func serve(_ channel: HTTPChannel) async throws {
        try await channel.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            var isTooLarge = false
            for try await part in inbound {
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
                    let answer = try await NodeRoutes(node: node).answer(request)
                    guard try await deliver(answer, to: head, outbound, channel.channel) else { return }
                }
            }
        }
    }

    /// Writes the answer; `false` when the connection is to be closed.
    private func deliver(
        _ answer: NodeAnswer, to head: HTTPRequestHead,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>, _ channel: any Channel
    ) async throws -> Bool {
        switch answer.delivery {
        case .none: return false
        case .never:
            try await withTaskCancellationHandler {
                try await channel.closeFuture.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            return false
        case .whole, .cut:
            var headers = HTTPHeaders([
                ("Content-Type", answer.contentType), ("Content-Length", "\(answer.body.count)"),
            ])
            if let seconds = answer.retryAfter { headers.add(name: "Retry-After", value: "\(seconds)") }
            if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
            let status = HTTPResponseStatus(statusCode: answer.status)
            try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
            if answer.delivery == .cut {
                try await outbound.write(.body(ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))))
                return false
            }
            try await outbound.write(.body(ByteBuffer(bytes: answer.body)))
            try await outbound.write(.end(nil))
            return head.isKeepAlive
        }
    }
}
