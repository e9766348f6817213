import Foundation
import NIOCore
import NIOPosix
import NIOSSL

@testable import Bolt

/// A server on the loopback interface that behaves as a test tells it, one closure call for each connection.
enum TestServer {
    typealias Handler = @Sendable (_ connection: inout ServerSide, _ number: Int) async throws -> Void

    /// Runs a server, lends its address, and ends it; errors of the handler are thrown at the end.
    static func run<T: Sendable>(
        tls: NIOSSLContext? = nil, _ handler: @escaping Handler,
        _ body: @escaping @Sendable (BoltAddress) async throws -> T
    ) async throws -> T {
        let (arrivals, arrive) = AsyncStream.makeStream(of: Arrival.self)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (inbound, receive) = AsyncStream.makeStream(of: ByteBuffer.self)
                    // A connection that nobody serves, or serves any more, is closed: also one that was accepted while
                    // the server stopped.
                    receive.onTermination = { _ in channel.close(promise: nil) }
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(Receiver(receive))
                    arrive.yield(Arrival(channel: channel, inbound: inbound))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = BoltAddress(host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
        let failure = Box<(any Error)?>(nil)
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await serve(arrivals, handler, failure) }
            let outcome: Result<T, any Error>
            do { outcome = .success(try await body(address)) } catch { outcome = .failure(error) }
            // The listener is closed first: connections that it still holds must be served to their end.
            try await listener.close()
            arrive.finish()
            try await group.waitForAll()
            return try outcome.get()
        }
        if let failure = failure.value { throw failure }
        return result
    }

    /// A connection that was accepted.
    private struct Arrival: Sendable {
        var channel: any Channel
        var inbound: AsyncStream<ByteBuffer>
    }

    /// Hands on what a client sends, until it leaves.
    private final class Receiver: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let received: AsyncStream<ByteBuffer>.Continuation

        init(_ received: AsyncStream<ByteBuffer>.Continuation) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { received.yield(unwrapInboundIn(data)) }

        func channelInactive(context: ChannelHandlerContext) { received.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// Serves each connection until the listener is closed, then cancels those that are left.
    private static func serve(
        _ arrivals: AsyncStream<Arrival>, _ handler: @escaping Handler, _ failure: Box<(any Error)?>
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var number = 0
            for await arrival in arrivals {
                let current = number
                number += 1
                group.addTask {
                    do {
                        try await serve(arrival) { side in try await handler(&side, current) }
                    } catch let error as ServerSide.Fault {
                        failure.change { $0 = $0 ?? error }
                    } catch {
                        // The client left, or the test is over.
                    }
                }
            }
            group.cancelAll()
        }
    }

    private static func serve(
        _ arrival: Arrival, _ handler: @Sendable (inout ServerSide) async throws -> Void
    ) async throws {
        let channel = arrival.channel
        var side = ServerSide(inbound: arrival.inbound.makeAsyncIterator(), channel: channel)
        try await withTaskCancellationHandler {
            do { try await handler(&side) } catch {
                channel.close(promise: nil)
                throw error
            }
            channel.close(promise: nil)
        } onCancel: {
            // What waits for the client to read ends as well.
            channel.close(promise: nil)
        }
    }
}

/// The server's side of a connection.
struct ServerSide {
    struct Fault: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    /// A message of the client.
    struct Message: Sendable, Equatable {
        var tag: UInt8
        var fields: [TestValue]
    }

    private var inbound: AsyncStream<ByteBuffer>.AsyncIterator
    let channel: any Channel
    private var buffer = ByteBuffer()
    private var reader = MessageReader(limit: 1 << 28)

    init(inbound: AsyncStream<ByteBuffer>.AsyncIterator, channel: any Channel) {
        self.inbound = inbound
        self.channel = channel
    }

    /// Reads so many bytes.
    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while buffer.readableBytes < count { guard try await fill() else { throw CancellationError() } }
        return buffer.readBytes(length: count) ?? []
    }

    private mutating func fill() async throws -> Bool {
        guard var more = await inbound.next(isolation: #isolation) else {
            // That the test is over does not mean that the client left.
            try Task.checkCancellation()
            return false
        }
        buffer.discardReadBytes()
        buffer.writeBuffer(&more)
        return true
    }

    /// The client's next message; `nil` when it has left.
    mutating func next() async throws -> Message? {
        while true {
            if let message = try reader.next(from: &buffer) {
                let value = try BoltValue(packStream: message)
                guard let structure = value.structure else { throw Fault("the client sent no message") }
                return Message(tag: structure.tag, fields: structure.fields.map(TestValue.init))
            }
            guard try await fill() else { return nil }
        }
    }

    /// Sends bytes as they are, and waits until the system has them.
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Sends bytes one by one.
    func drip(_ bytes: [UInt8]) async throws {
        for byte in bytes { try await send([byte]) }
    }

    /// Sends a message with one field, or none.
    func send(_ tag: UInt8, _ field: TestValue?) async throws {
        try await send(Self.message(tag, field))
    }

    static func message(_ tag: UInt8, _ field: TestValue?) throws -> [UInt8] {
        var writer = PackStreamWriter(dialect: .newest)
        writer.writeStructureHeader(tag: tag, count: field == nil ? 0 : 1)
        try field?.encode(to: &writer)
        var framed: [UInt8] = []
        var body = writer.bytes
        while body.readableBytes > 0 {
            let chunk = body.readBytes(length: min(0xFFFF, body.readableBytes)) ?? []
            framed += [UInt8(chunk.count >> 8), UInt8(chunk.count & 0xFF)] + chunk
        }
        return framed + [0, 0]
    }

    func success(_ metadata: [String: TestValue] = [:]) async throws {
        try await send(0x70, .map(metadata.map { TestValue.Pair(key: $0.key, value: $0.value) }))
    }

    func record(_ values: TestValue...) async throws { try await send(0x71, .list(values)) }

    func ignored() async throws { try await send(0x7E, nil) }

    func failure(_ code: String, _ more: [String: TestValue] = [:]) async throws {
        let metadata = [
            "code": .string(code), "neo4j_code": .string(code), "message": .string("the text"),
        ].merging(more) { $1 }
        try await send(0x7F, .map(metadata.map { TestValue.Pair(key: $0.key, value: $0.value) }))
    }

    /// Reads the proposals and chooses a version; unless told, by a plain answer up to 5.8, by a manifest beyond.
    mutating func shakeHands(_ version: BoltVersion, byManifest: Bool? = nil) async throws {
        _ = try await bytes(20)
        guard byManifest ?? (version.major > 5) else { return try await send([0, 0, version.minor, version.major]) }
        try await send([0, 0, 1, 0xFF, 1, 0, 0, version.minor, version.major, 0])
        let answer = try await bytes(5)
        guard answer == [0, 0, version.minor, version.major, 0] else { throw Fault("chose \(answer)") }
    }

    /// Shakes hands and accepts whoever it is.
    mutating func accept(_ version: BoltVersion = BoltVersion(5, 4), hints: [String: TestValue] = [:]) async throws {
        try await shakeHands(version)
        _ = try await expect(0x01)
        let hints = TestValue.map(hints.map { TestValue.Pair(key: $0.key, value: $0.value) })
        try await success(["server": .string("Neo4j/test"), "connection_id": .string("bolt-1"), "hints": hints])
        guard version >= BoltVersion(5, 1) else { return }
        _ = try await expect(0x6A)
        try await success()
    }

    /// Reads the message that must come now.
    @discardableResult
    mutating func expect(_ tag: UInt8) async throws -> Message {
        guard let message = try await next() else { throw CancellationError() }
        guard message.tag == tag else {
            throw Fault("expected \(String(tag, radix: 16)), got \(String(message.tag, radix: 16)) \(message.fields)")
        }
        return message
    }

    /// Closes with a reset instead of an end.
    func abort() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }
}
