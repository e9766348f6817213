import NIOCore
import NIOPosix
import Synchronization

/// A way to the server that breaks when a commit's answer comes back: what was asked has happened, and nobody is told.
final class CuttingProxy: Sendable {
    private let server: any Channel
    private let cuts: Cuts

    var port: Int { server.localAddress?.port ?? 0 }
    /// Cuts that are left to be made.
    var remaining: Int { cuts.remaining }

    /// Listens.
    ///
    /// - Parameter commits: After so many commits that pass, so many are cut.
    static func open(to port: Int, passing: Int, cutting: Int) async throws -> CuttingProxy {
        let cuts = Cuts(passing: passing, cutting: cutting)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { inbound in
                ClientBootstrap(group: inbound.eventLoop)
                    .connect(host: "127.0.0.1", port: port)
                    .flatMapThrowing { outbound in
                        try outbound.pipeline.syncOperations.addHandler(
                            Relay(peer: inbound, cuts: cuts, isClient: false))
                        try inbound.pipeline.syncOperations.addHandler(
                            Relay(peer: outbound, cuts: cuts, isClient: true))
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return CuttingProxy(server: server, cuts: cuts)
    }

    private init(server: any Channel, cuts: Cuts) {
        self.server = server
        self.cuts = cuts
    }

    func close() async throws { try await server.close() }

    /// Which commits are cut.
    private final class Cuts: Sendable {
        private let counts: Mutex<(passing: Int, cutting: Int)>

        init(passing: Int, cutting: Int) { counts = Mutex((passing, cutting)) }

        var remaining: Int { counts.withLock { $0.cutting } }

        /// Whether the commit that has just been sent is to be cut.
        func next() -> Bool {
            counts.withLock { counts in
                if counts.passing > 0 {
                    counts.passing -= 1
                    return false
                }
                guard counts.cutting > 0 else { return false }
                counts.cutting -= 1
                return true
            }
        }
    }

    /// Passes bytes on.
    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        /// `COMMIT` by itself, as the driver sends it: one chunk of two bytes, and the end of the message.
        private static let commit: [UInt8] = [0x00, 0x02, 0xB0, 0x12, 0x00, 0x00]

        private let peer: any Channel
        private let cuts: Cuts
        private let isClient: Bool

        init(peer: any Channel, cuts: Cuts, isClient: Bool) {
            self.peer = peer
            self.cuts = cuts
            self.isClient = isClient
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            if isClient, bytes.readableBytesView.suffix(Self.commit.count).elementsEqual(Self.commit), cuts.next() {
                // The next bytes from the server are the answer: it is dropped, with the connection.
                do { try peer.pipeline.syncOperations.addHandler(Blade(), position: .first) } catch {
                    context.fireErrorCaught(error)
                }
            }
            peer.writeAndFlush(bytes, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { peer.close(promise: nil) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// Closes a connection when something comes.
    private final class Blade: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }
    }
}
