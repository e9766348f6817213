internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket
internal import NetworkErrors

/// Opens WebSockets to access nodes, with SwiftNIO.
enum StreamConnection {
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private enum Upgrade: Sendable {
        case socket(Channel)
        case refused(NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, ByteBuffer>>)
    }

    /// The largest frame that is taken; the events of a full block stay well below.
    private static let frameLimit = 16 << 20
    private static let messageLimit = 64 << 20

    /// Connects and does the handshake.
    ///
    /// The caller closes the channel with `executeThenClose`.
    ///
    /// - Parameter limit: How long the handshake may take once connected: a node may take a connection and say nothing.
    static func open(
        _ node: AccessNode, trusting authorities: [String], within limit: Duration, clock: any FlowClock
    ) async throws(FlowError) -> Channel {
        let endpoint = try StreamEndpoint(node)
        let tls = endpoint.isSecure ? try TrustedAuthorities.configuration(authorities) : nil
        let upgrade: Upgrade
        do {
            let negotiation = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(5))
                .connect(host: endpoint.host, port: endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        Negotiation(channel: channel, result: try setUp(channel, node, endpoint, tls))
                    }
                }
            upgrade = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await clock.sleep(for: limit)
                    negotiation.channel.close(promise: nil)
                }
                defer { group.cancelAll() }
                return try await withTaskCancellationHandler {
                    try await negotiation.result.get()
                } onCancel: {
                    negotiation.channel.close(promise: nil)
                }
            }
        } catch {
            throw FlowError(
                .unavailable, "\(node) cannot be reached: \(NetworkProblem.text(error))", cause: error)
        }
        switch upgrade {
        case .socket(let channel): return channel
        case .refused(let channel): throw await refusal(channel, node)
        }
    }

    private struct Negotiation: Sendable {
        let channel: any NIOCore.Channel
        let result: EventLoopFuture<Upgrade>
    }

    private static func setUp(
        _ channel: any NIOCore.Channel, _ node: AccessNode, _ endpoint: StreamEndpoint, _ tls: TLSConfiguration?
    ) throws -> EventLoopFuture<Upgrade> {
        if let tls {
            let context = try NIOSSLContext(configuration: tls)
            // A certificate for a bare address has no name to ask for.
            let name = endpoint.isAddress ? nil : endpoint.host
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
        }
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(
            maxFrameSize: frameLimit,
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try addAggregator(channel.pipeline.syncOperations)
                    return .socket(try Channel(wrappingChannelSynchronously: channel))
                }
            })
        var headers = HTTPHeaders(node.headers.map { ($0.key, $0.value) })
        headers.replaceOrAdd(name: "Host", value: endpoint.hostHeader)
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: endpoint.path, headers: headers)
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    .refused(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: configuration))
    }

    /// Puts the frames of a message together, however the node or the network has split it.
    static func addAggregator(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1 << 20, maxAccumulatedFrameSize: messageLimit))
    }

    /// The error of an answer that is no upgrade.
    private static func refusal(
        _ channel: NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, ByteBuffer>>, _ node: AccessNode
    ) async -> FlowError {
        do {
            return try await channel.executeThenClose { inbound, _ in
                for try await part in inbound {
                    guard case .head(let head) = part else { continue }
                    let status = Int(head.status.code)
                    let answer = AccessResponse(status: status, body: Array("no WebSocket at \(node)".utf8))
                    return AccessFailure.error(answer)
                        ?? FlowError(.malformedAnswer, "\(node) answered HTTP \(status) instead of a WebSocket")
                }
                return FlowError(.unavailable, "\(node) closed the connection during the handshake")
            }
        } catch {
            return FlowError(.unavailable, "\(node) broke the connection during the handshake", cause: error)
        }
    }
}
