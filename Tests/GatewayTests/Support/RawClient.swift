import MeteringConformance
import NIOCore
import NIOPosix

/// A client that sends the bytes a test gives it and collects what comes back.
final class RawClient: Sendable {
    struct Received: Sendable {
        var bytes: [UInt8] = []
        var isClosed = false

        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// The responses that are complete.
        var responses: [RawResponse] { RawResponse.parse(bytes, isClosed: isClosed) }
    }

    let received: Watched<Received>
    private let channel: any Channel

    private init(channel: any Channel, received: Watched<Received>) {
        self.channel = channel
        self.received = received
    }

    static func connect(port: Int) async throws -> RawClient {
        let received = Watched(Received())
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(received: received))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return RawClient(channel: channel, received: received)
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Closes the connection as a client does that leaves.
    func close() async throws {
        do {
            try await channel.close().get()
        } catch ChannelError.alreadyClosed {
            // The gateway was faster.
        }
    }

    /// Stops or resumes reading.
    func setReading(_ reads: Bool) async throws { try await channel.setOption(.autoRead, value: reads).get() }

    /// Waits for so many whole responses.
    func responses(_ count: Int) async -> [RawResponse] {
        await received.wait { $0.responses.count >= count || $0.isClosed }.responses
    }

    func response() async -> RawResponse? { await responses(1).first }

    /// Waits until the gateway has closed the connection.
    func closed() async -> Received { await received.wait { $0.isClosed } }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let received: Watched<Received>

        init(received: Watched<Received>) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            received.update { $0.bytes.append(contentsOf: bytes) }
        }

        func channelInactive(context: ChannelHandlerContext) { received.update { $0.isClosed = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A response as it came over the wire.
struct RawResponse: Sendable, Equatable {
    var status: Int
    var head: String
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name else { return nil }
            return parts[1].drop { $0 == " " }.description
        }
    }

    /// The complete responses in `bytes`; interim ones are skipped.
    static func parse(_ bytes: [UInt8], isClosed: Bool) -> [RawResponse] {
        var rest = bytes[...]
        var responses: [RawResponse] = []
        while let end = rest.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
            let head = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            var response = RawResponse(status: Int(head.dropFirst(9).prefix(3)) ?? 0, head: head, body: [])
            rest = rest[end...]
            if response.status < 200 { continue }
            if response.header("transfer-encoding") == ["chunked"] {
                guard let (body, length) = ScriptedUpstream.decodeChunks(rest) else { return responses }
                response.body = body
                rest = rest.dropFirst(length)
            } else if let length = response.header("content-length").first.flatMap({ Int($0) }) {
                guard rest.count >= length else { return responses }
                response.body = Array(rest.prefix(length))
                rest = rest.dropFirst(length)
            } else {
                guard isClosed else { return responses }
                response.body = Array(rest)
                rest = []
            }
            responses.append(response)
        }
        return responses
    }
}
