import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import Flow

@Suite("Frames that the network has split")
struct ResplitTests {
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)))
        try StreamConnection.addAggregator(channel.pipeline.syncOperations)
        return channel
    }

    /// A message in frames of `size` bytes, as a server writes it, with a ping between any two.
    private func bytes(_ message: [UInt8], size: Int) throws -> [UInt8] {
        let channel = EmbeddedChannel(handler: WebSocketFrameEncoder())
        var start = 0
        while start < message.count {
            let end = min(start + size, message.count)
            try channel.writeOutbound(
                WebSocketFrame(
                    fin: end == message.count, opcode: start == 0 ? .text : .continuation,
                    data: ByteBuffer(bytes: message[start..<end])))
            try channel.writeOutbound(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(string: "p")))
            start = end
        }
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        _ = try channel.finish()
        return bytes
    }

    @Test("a message is the same however it is cut", arguments: [1, 2, 5, 126, 1000], [1, 3, 64, 100_000])
    func resplit(frameSize: Int, readSize: Int) throws {
        let message = (0..<1000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let wire = try bytes(message, size: frameSize)
        let channel = try channel()
        var start = 0
        while start < wire.count {
            let end = min(start + readSize, wire.count)
            try channel.writeInbound(ByteBuffer(bytes: wire[start..<end]))
            start = end
        }
        var texts: [[UInt8]] = []
        var pings = 0
        while let frame = try channel.readInbound(as: WebSocketFrame.self) {
            if frame.opcode == .ping { pings += 1 } else { texts.append(Array(frame.unmaskedData.readableBytesView)) }
        }
        #expect(texts == [message])
        #expect(pings == (1000 + frameSize - 1) / frameSize)
        _ = try channel.finish()
    }
}
