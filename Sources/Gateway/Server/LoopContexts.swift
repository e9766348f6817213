import NIOCore
import NIOPosix

/// The contexts of all event loops, reachable from anywhere.
final class LoopContexts: Sendable {
    private let contexts: [ObjectIdentifier: NIOLoopBound<LoopContext>]
    private let loops: [any EventLoop]
    private let core: GatewayCore

    private init(core: GatewayCore, loops: [any EventLoop], contexts: [ObjectIdentifier: NIOLoopBound<LoopContext>]) {
        self.core = core
        self.loops = loops
        self.contexts = contexts
        core.shutdown.expect(loops.map { ObjectIdentifier($0) })
    }

    /// Makes a context on each event loop.
    static func make(core: GatewayCore, group: MultiThreadedEventLoopGroup) async throws -> LoopContexts {
        let loops = Array(group.makeIterator())
        var contexts: [ObjectIdentifier: NIOLoopBound<LoopContext>] = [:]
        for (number, loop) in loops.enumerated() {
            contexts[ObjectIdentifier(loop)] = try await loop.submit {
                let context = LoopContext(core: core, eventLoop: loop, number: number)
                context.startSweeping()
                return NIOLoopBound(context, eventLoop: loop)
            }.get()
        }
        return LoopContexts(core: core, loops: loops, contexts: contexts)
    }

    /// Sets up a client's connection.
    ///
    /// Called on its event loop.
    func accept(_ channel: any Channel) throws {
        guard let context = contexts[ObjectIdentifier(channel.eventLoop)]?.value else { return }
        guard core.admitConnection() else {
            context.telemetry.refused(status: 503)
            try channel.pipeline.syncOperations.addHandler(
                RefusingHandler(requestID: context.nextRequestID(), core: core))
            return
        }
        try channel.pipeline.syncOperations.addHandler(FrontHandler(loop: context))
    }

    func drain() async { await onEachLoop { $0.drain() } }
    func closeAll() async { await onEachLoop { $0.closeAll() } }
    func stopSweeping() async { await onEachLoop { $0.stopSweeping() } }

    private func onEachLoop(_ body: @escaping @Sendable (LoopContext) -> Void) async {
        for loop in loops {
            guard let context = contexts[ObjectIdentifier(loop)] else { continue }
            await withCheckedContinuation { continuation in
                loop.execute {
                    body(context.value)
                    continuation.resume()
                }
            }
        }
    }
}

/// Answers a connection beyond the limit with 503 and closes it.
private final class RefusingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let requestID: String
    private let core: GatewayCore

    init(requestID: String, core: GatewayCore) {
        self.requestID = requestID
        self.core = core
    }

    func channelActive(context: ChannelHandlerContext) {
        var out = ByteBuffer()
        APIErrorResponse(503, "The gateway has too many connections; try again later.")
            .write(requestID: requestID, closes: true, toHead: false, to: &out)
        let done = context.eventLoop.makePromise(of: Void.self)
        done.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(out), promise: done)
    }

    func channelInactive(context: ChannelHandlerContext) { core.connectionClosed() }
}
