import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite("The end of a client's connection")
struct TearDownTests {
    /// Lets through nothing that tells of the connection's state: for what comes behind, it never became active.
    private final class NeverActive: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {}
        func channelInactive(context: ChannelHandlerContext) {}
    }

    @Test("a connection that is closed before it became active is not waited for, and not counted")
    func neverActive() throws {
        let gateway = try EmbeddedGateway { $0.limits.connections = 2 }
        let core = gateway.context.core
        #expect(core.admitConnection())
        let channel = EmbeddedChannel(loop: gateway.loop)
        try channel.pipeline.syncOperations.addHandlers([NeverActive(), FrontHandler(loop: gateway.context)])
        #expect(!core.admitConnection())
        core.connectionClosed()
        channel.close(promise: nil)
        gateway.turn()
        #expect(core.admitConnection())
        core.connectionClosed()
        // It is gone from its loop too: with the other one closed nothing is left that a shutdown would wait for.
        gateway.front.close(promise: nil)
        gateway.turn()
        #expect(gateway.context.connectionCount == 0)
    }
}
