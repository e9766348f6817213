internal import NIOCore

/// Holds what comes in until the task that serves the connection is there to read it.
///
/// A channel that was wrapped for a task must be used by it, or SwiftNIO ends the process. A connection can be dropped at
/// any step while the server stops; so it is wrapped by its own task, and what comes in before that waits here.
final class InboundHold: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny

    private var held: [NIOAny] = []
    private var wantsRead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { held.append(data) }

    func channelReadComplete(context: ChannelHandlerContext) {}

    func read(context: ChannelHandlerContext) { wantsRead = true }

    func removeHandler(
        context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken
    ) {
        for data in held { context.fireChannelRead(data) }
        if !held.isEmpty { context.fireChannelReadComplete() }
        held = []
        if wantsRead { context.read() }
        context.leavePipeline(removalToken: removalToken)
    }

    /// Wraps a channel that has been held, and lets everything through from now on.
    ///
    /// The caller must use the result. Throws when the channel is closed already.
    static func release<Inbound: Sendable, Outbound: Sendable>(
        _ channel: any Channel
    ) async throws -> NIOAsyncChannel<Inbound, Outbound> {
        try await channel.eventLoop.submit {
            // An inactive channel has lost its handlers, or is about to.
            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
            let pipeline = channel.pipeline.syncOperations
            let hold = try pipeline.context(handlerType: InboundHold.self)
            let wrapped = try NIOAsyncChannel<Inbound, Outbound>(wrappingChannelSynchronously: channel)
            pipeline.removeHandler(context: hold, promise: nil)
            return wrapped
        }.get()
    }
}
