internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// The node's HTTP server.
///
/// It is plain SwiftNIO, because faults need the connection itself, and the WebSocket shares the port.
struct NodeServer {
    typealias HTTPChannel = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>

    /// What a connection turns out to be.
    private enum Kind: Sendable {
        case http
        case socket
    }

    /// A connection that is accepted; it is closed when nobody serves it, or nobody does any more.
    private final class Accepted: Sendable {
        let channel: any Channel
        let negotiation: EventLoopFuture<Kind>

        init(channel: any Channel, negotiation: EventLoopFuture<Kind>) {
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
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: node.configuration.host, port: node.configuration.port) { channel in
                setUp(channel, tls)
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

    private func setUp(_ channel: any Channel, _ tls: NIOSSLContext?) -> EventLoopFuture<Accepted> {
        channel.eventLoop.makeCompletedFuture {
            if let tls {
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
            }
            let upgrader = NIOTypedWebSocketServerUpgrader<Kind>(
                maxFrameSize: 1 << 20,
                shouldUpgrade: { channel, head in
                    let isAccepted = NodeRoutes.route(of: NodeRequest(head)) == .socket && node.acceptsSocket()
                    return channel.eventLoop.makeSucceededFuture(isAccepted ? HTTPHeaders() : nil)
                },
                upgradePipelineHandler: { channel, _ in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(
                            NIOWebSocketFrameAggregator(
                                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 16,
                                maxAccumulatedFrameSize: 1 << 22))
                        try pipeline.addHandler(InboundHold())
                        return .socket
                    }
                })
            let configuration = NIOTypedHTTPServerUpgradeConfiguration<Kind>(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ResponsePartHandler())
                        try channel.pipeline.syncOperations.addHandler(InboundHold())
                        return .http
                    }
                })
            let negotiation = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: .init(upgradeConfiguration: configuration))
            return Accepted(channel: channel, negotiation: negotiation)
        }
    }

    private func serve(_ accepted: Accepted) async {
        do {
            let kind = try await withTaskCancellationHandler {
                try await accepted.negotiation.get()
            } onCancel: {
                accepted.channel.close(promise: nil)
            }
            switch kind {
            case .http: try await serve(try await InboundHold.release(accepted.channel))
            case .socket:
                try await SocketSession(
                    node: node, channel: try await InboundHold.release(accepted.channel)
                ).run()
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
