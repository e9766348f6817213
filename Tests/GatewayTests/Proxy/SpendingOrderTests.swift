import Metering
import NIOCore
import NIOEmbedded
import Testing

@testable import Gateway

@Suite("Spending, and the end of a response")
struct SpendingOrderTests {
    /// Reads what is spent whenever bytes go to the client.
    private final class Witness: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private let spending: SpendGuard
        private let end: String
        private(set) var spentAtEnd: PicoUSD?

        init(_ spending: SpendGuard, end: String) {
            self.spending = spending
            self.end = end
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if String(buffer: Self.unwrapOutboundIn(data)).contains(end), spentAtEnd == nil {
                spentAtEnd = spending.standing(of: .default, now: GatewayHarness.now).lifetime
            }
            context.write(data, promise: promise)
        }
    }

    /// A client that has seen the end may call again at once, and must find its caps as they are after this call.
    @Test(
        "a call is settled before the client can see its end",
        arguments: [
            (Wire.streamHead + Wire.chunk(Wire.stream) + Wire.lastChunk, "message_stop"),
            (Wire.json(Wire.message), "end_turn"),
        ])
    func settledFirst(_ answer: String, end: String) throws {
        let gateway = try EmbeddedGateway()
        let spending = gateway.context.core.spending
        spending.setLimits(of: [
            Customer(id: .default, name: "", limits: SpendLimits(daily: .dollar), created: GatewayHarness.now)
        ])
        let witness = Witness(spending, end: end)
        try gateway.front.pipeline.syncOperations.addHandler(witness, position: .first)
        try gateway.clientSends(Wire.request())
        try gateway.upstreamSends(answer)
        gateway.turn()
        #expect(try #require(witness.spentAtEnd) > .zero)
    }
}
