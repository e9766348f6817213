import Logging
import Metering
import MeteringConformance
import NIOCore
import NIOEmbedded

@testable import Gateway

/// One client's connection and one to the upstream, on an event loop whose time a test turns.
final class EmbeddedGateway {
    let loop: EmbeddedEventLoop
    let context: LoopContext
    let front: EmbeddedChannel
    let upstream: EmbeddedChannel
    let store: GatedStore

    init(store: GatedStore = GatedStore(isOpen: true), configure: (inout GatewayConfiguration) -> Void = { _ in })
        throws
    {
        var configuration = GatewayConfiguration(
            upstream: try UpstreamURL("http://upstream"), upstreamKey: try UpstreamKey("sk-up"))
        configure(&configuration)
        self.store = store
        let core = try GatewayCore(
            configuration: configuration, store: store, catalog: .anthropic, spending: SpendGuard(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, wallClock: { GatewayHarness.now })
        loop = EmbeddedEventLoop()
        context = LoopContext(core: core, eventLoop: loop)
        _ = core.admitConnection()
        front = EmbeddedChannel(loop: loop)
        try front.pipeline.syncOperations.addHandlers([HalfClosing(), FrontHandler(loop: context)])
        try front.connect(to: SocketAddress(unixDomainSocketPath: "/client")).wait()
        upstream = EmbeddedChannel(loop: loop)
        context.pool.put(try context.pool.adopt(upstream))
        try upstream.connect(to: SocketAddress(unixDomainSocketPath: "/upstream")).wait()
        context.startSweeping()
    }

    deinit { context.stopSweeping() }

    func clientSends(_ text: String) throws { try front.writeInbound(ByteBuffer(string: text)) }

    func upstreamSends(_ text: String) throws { try upstream.writeInbound(ByteBuffer(string: text)) }

    /// What the client got since it was asked last.
    func clientGot() throws -> String { try Self.drain(front) }

    /// What the upstream got since it was asked last.
    func upstreamGot() throws -> String { try Self.drain(upstream) }

    /// Lets completions of the store and timers run.
    func turn(by time: TimeAmount = .zero) { loop.advanceTime(by: time) }

    func setWritable(_ channel: EmbeddedChannel, _ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// Whether a channel reads by itself.
    static func reads(_ channel: EmbeddedChannel) -> Bool {
        for (option, value) in channel.options where option is ChannelOptions.Types.AutoReadOption {
            return value as? Bool ?? true
        }
        return true
    }

    private static func drain(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// Closes only the sending side where that is asked for, as a socket does; `EmbeddedChannel` closes both.
    private final class HalfClosing: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            promise?.succeed(())
            context.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
        }
    }
}
