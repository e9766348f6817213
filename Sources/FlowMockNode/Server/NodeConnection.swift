internal import NIOCore

/// A connection to a client: what comes in, as a sequence, and what goes out.
///
/// It can be dropped at any time and is closed then. A `NIOAsyncChannel` cannot: SwiftNIO ends the process when one is made
/// and never used, as happens to a connection that is accepted just when the node stops.
struct NodeConnection<Inbound: Sendable, Outbound: Sendable>: Sendable {
    /// What the client sends; it ends with the connection.
    let inbound: AsyncStream<Inbound>
    private let channel: any Channel

    /// Reads from the end of a channel's pipeline; must be called on its event loop.
    init(wrapping channel: any Channel) throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Inbound.self)
        try channel.pipeline.syncOperations.addHandler(InboundStreamHandler(continuation))
        inbound = stream
        self.channel = channel
    }

    /// Runs `body`, and closes the connection when it returns, throws, or the task is cancelled.
    func closing(_ body: () async throws -> Void) async rethrows {
        try await withTaskCancellationHandler {
            defer { channel.close(promise: nil) }
            try await body()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Writes, and returns when the socket has taken everything.
    func write(_ parts: Outbound...) async throws {
        for part in parts.dropLast() { channel.write(part, promise: nil) }
        guard let last = parts.last else { return }
        try await channel.writeAndFlush(last)
    }

    /// Returns when the client has closed the connection.
    func untilClosed() async throws { try await channel.closeFuture.get() }
}

/// Passes what comes in on to a sequence, without limit: clients of the node are tests.
private final class InboundStreamHandler<Part: Sendable>: ChannelInboundHandler {
    typealias InboundIn = Part

    private let continuation: AsyncStream<Part>.Continuation

    init(_ continuation: AsyncStream<Part>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func handlerRemoved(context: ChannelHandlerContext) { continuation.finish() }
}
