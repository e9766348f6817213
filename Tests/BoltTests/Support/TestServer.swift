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
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let address = BoltAddress(host: "127.0.0.1", port: channel.channel.localAddress?.port ?? 0)
        let failure = Box<(any Error)?>(nil)
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await channel.executeThenClose { connections in
                    await serve(connections, handler, failure)
                }
            }
            let outcome: Result<T, any Error>
            do { outcome = .success(try await body(address)) } catch { outcome = .failure(error) }
            // The listener is closed first: connections that it still holds must be served to their end.
            try await channel.channel.close()
            try await group.waitForAll()
            return try outcome.get()
        }
        if let failure = failure.value { throw failure }
        return result
    }
}

extension TestServer {
    /// Serves each connection until the listener is closed, then cancels those that are left.
    private static func serve(
        _ connections: NIOAsyncChannelInboundStream<NIOAsyncChannel<ByteBuffer, ByteBuffer>>,
        _ handler: @escaping Handler, _ failure: Box<(any Error)?>
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var number = 0
            do {
                for try await connection in connections {
                    let current = number
                    number += 1
                    group.addTask {
                        do {
                            try await connection.executeThenClose { inbound, outbound in
                                var side = ServerSide(
                                    inbound: inbound.makeAsyncIterator(), outbound: outbound,
                                    channel: connection.channel)
                                try await handler(&side, current)
                            }
                        } catch let error as ServerSide.Fault {
                            failure.change { $0 = $0 ?? error }
                        } catch {
                            // The client left, or the test is over.
                        }
                    }
                }
            } catch {
                // The test is over.
            }
            group.cancelAll()
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

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    let channel: any Channel
    private var buffer = ByteBuffer()
    private var reader = MessageReader(limit: 1 << 28)

    init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, channel: any Channel
    ) {
        self.inbound = inbound
        self.outbound = outbound
        self.channel = channel
    }

    /// Reads so many bytes.
    mutating func bytes(_ count: Int) async throws -> [UInt8] {
        while buffer.readableBytes < count { guard try await fill() else { throw CancellationError() } }
        return buffer.readBytes(length: count) ?? []
    }

    private mutating func fill() async throws -> Bool {
        guard var more = try await inbound.next(isolation: #isolation) else { return false }
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

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Sends bytes one by one.
    func drip(_ bytes: [UInt8]) async throws {
        for byte in bytes { try await outbound.write(ByteBuffer(bytes: [byte])) }
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
        let metadata = more.merging([
            "code": .string(code), "neo4j_code": .string(code), "message": .string("the text"),
        ]) {
            $1
        }
        try await send(0x7F, .map(metadata.map { TestValue.Pair(key: $0.key, value: $0.value) }))
    }

    /// Reads the proposals and chooses a version: a plain answer up to 5.8, a manifest beyond.
    mutating func shakeHands(_ version: BoltVersion) async throws {
        _ = try await bytes(20)
        guard version.major > 5 else { return try await send([0, 0, version.minor, version.major]) }
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
