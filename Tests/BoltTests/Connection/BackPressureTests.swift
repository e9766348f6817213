import NIOCore
import NIOEmbedded
import Testing

@testable import Bolt

/// A slow reader slows the server down.
@Suite struct BackPressureTests {
    private func batch(_ count: Int, bytes: Int = 4) -> [ByteBuffer] {
        Array(repeating: ByteBuffer(repeating: 1, count: bytes), count: count)
    }

    @Test("The next records are asked for at once when few wait, else when few are left")
    func watermarks() throws {
        let stream = ResultStream(limits: ResultStream.Limits(fetchSize: 100))
        stream.began(.empty)
        _ = stream.receive(batch(100), bytes: 400)
        #expect(stream.finished(.empty, hasMore: true) == .none)
        _ = try stream.take()
        #expect(stream.consumed(records: 69, bytes: 0).demand == .none)
        #expect(stream.consumed(records: 1, bytes: 0).demand == .pull(count: 100, qid: nil))
        // Asked for once only.
        #expect(stream.consumed(records: 1, bytes: 0).demand == .none)
        _ = stream.receive(batch(40), bytes: 160)
        #expect(stream.finished(.empty, hasMore: true) == .pull(count: 100, qid: nil))
    }

    @Test("Many unread bytes stop the socket, and half of them start it again")
    func bytes() throws {
        var limits = ResultStream.Limits(fetchSize: -1)
        limits.highWaterBytes = 1000
        let stream = ResultStream(limits: limits)
        #expect(stream.receive(batch(1, bytes: 1000), bytes: 1000))
        #expect(!stream.receive(batch(1, bytes: 1), bytes: 1))
        _ = try stream.take()
        #expect(!stream.consumed(records: 1, bytes: 500).resumesReading)
        #expect(stream.consumed(records: 1, bytes: 1).resumesReading)
        #expect(!stream.consumed(records: 0, bytes: 0).resumesReading)
    }

    @Test("A socket that was stopped stays so while bytes still come, until half of them are read")
    func moreBytes() throws {
        var limits = ResultStream.Limits(fetchSize: -1)
        limits.highWaterBytes = 1000
        let stream = ResultStream(limits: limits)
        #expect(!stream.receive(batch(1, bytes: 1001), bytes: 1001))
        #expect(!stream.consumed(records: 1, bytes: 300).resumesReading)
        // Of the same read of the socket, and below the mark again: the handler has stopped, and must be told to go on.
        #expect(!stream.receive(batch(1, bytes: 1), bytes: 1))
        #expect(stream.consumed(records: 1, bytes: 702).resumesReading)
    }

    /// What can happen to a connection while a result waits for its reader.
    enum Loss: CaseIterable { case closed, reset }

    @Test("A result that waits for its reader learns that its connection was lost or reset", arguments: Loss.allCases)
    func lostWhileHeld(_ loss: Loss) throws {
        let channel = EmbeddedChannel()
        let (connection, _) = try connected(channel)
        let stream = try run(connection, channel, fetchSize: 2)
        try channel.writeInbound(ByteBuffer(bytes: ServerSide.message(0x70, .map([]))))
        let row = try ServerSide.message(0x71, .list([.integer(1)]))
        for _ in 0..<2 { try channel.writeInbound(ByteBuffer(bytes: row)) }
        let more = TestValue.map([.init(key: "has_more", value: .bool(true))])
        try channel.writeInbound(ByteBuffer(bytes: ServerSide.message(0x70, more)))
        switch loss {
        case .closed: connection.close(BoltError(.connectionLost, "the server is gone"))
        case .reset: connection.reset { _ in }
        }
        // The rows before it are still read.
        guard case .records(let batches)? = try stream.take(), batches.joined().count == 2 else {
            Issue.record("expected two records")
            return
        }
        let next = stream.consumed(records: 2, bytes: 2)
        connection.perform(next.demand, resumesReading: next.resumesReading, for: stream)
        let error = #expect(throws: BoltError.self) { try stream.take() }
        #expect(error?.code == (loss == .closed ? .connectionLost : .transactionClosed))
        connection.close(BoltError(.connectionLost, "the test is over"))
        _ = try? channel.finish()
    }

    @Test("A reader that has had enough stops the records, and what is on its way is dropped")
    func discarding() throws {
        let stream = ResultStream(limits: ResultStream.Limits(fetchSize: 10))
        stream.began(.empty)
        _ = stream.receive(batch(10), bytes: 40)
        #expect(stream.discard().demand == .none)
        #expect(stream.receive(batch(10), bytes: 1 << 30))
        #expect(stream.finished(.empty, hasMore: true) == .discard(qid: nil))
        #expect(try stream.take() == nil)
    }

    private func connected(
        _ channel: EmbeddedChannel
    ) throws -> (BoltConnection, reads: () -> Int) {
        let connection = BoltConnection(
            id: 1, address: BoltAddress(host: "test"),
            hello: BoltHello(userAgent: "t", product: "t", routing: nil, notifications: BoltNotificationFilter()),
            authentication: .none, opened: .now(), onClose: { _ in })
        let counter = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(counter)
        try channel.pipeline.syncOperations.addHandler(
            BoltConnectionHandler(connection: connection, maximumMessageSize: 1 << 20, receiveTimeout: nil))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.writeInbound(ByteBuffer(bytes: [0, 0, 4, 5]))
        try channel.writeInbound(ByteBuffer(bytes: ServerSide.message(0x70, .map([]))))
        try channel.writeInbound(ByteBuffer(bytes: ServerSide.message(0x70, .map([]))))
        channel.embeddedEventLoop.run()
        #expect(connection.isIdle)
        return (connection, { counter.count })
    }

    private func run(
        _ connection: BoltConnection, _ channel: EmbeddedChannel, fetchSize: Int = -1
    ) throws -> ResultStream {
        let stream = ResultStream(limits: ResultStream.Limits(fetchSize: fetchSize))
        var writer = connection.writer()
        try writer.run("RETURN 1", extra: ExtraMap())
        try writer.pull(fetchSize, qid: nil)
        try connection.send(writer, [.run(stream), .records(stream)])
        channel.embeddedEventLoop.run()
        return stream
    }

    @Test("The socket is not read while too much waits")
    func socket() throws {
        let channel = EmbeddedChannel()
        let (connection, reads) = try connected(channel)
        let stream = try run(connection, channel)
        try channel.writeInbound(ByteBuffer(bytes: ServerSide.message(0x70, .map([]))))
        let row = try ServerSide.message(0x71, .list([.string(String(repeating: "x", count: 60_000))]))
        for _ in 0..<20 { try channel.writeInbound(ByteBuffer(bytes: row)) }
        let before = reads()
        channel.read()
        #expect(reads() == before)
        guard case .records(let batches)? = try stream.take() else {
            Issue.record("expected records")
            return
        }
        let bytes = batches.joined().map(\.readableBytes).reduce(0, +)
        let next = stream.consumed(records: 20, bytes: bytes)
        #expect(next.resumesReading)
        connection.perform(next.demand, resumesReading: next.resumesReading, for: stream)
        channel.embeddedEventLoop.run()
        #expect(reads() == before + 1)
        connection.close(BoltError(.connectionLost, "the test is over"))
        _ = try? channel.finish()
    }

    /// Counts what reaches the socket.
    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }
}
