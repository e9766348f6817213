import NIOCore
import NIOEmbedded
import Testing

@testable import Bolt

/// How long a server may be silent; all in virtual time, so that a busy machine changes nothing.
@Suite struct SilenceTests {
    /// A connection over a channel without a socket, whose time passes when the test says so.
    private struct Line {
        let channel = EmbeddedChannel()
        let connection: BoltConnection
        var loop: EmbeddedEventLoop { channel.embeddedEventLoop }

        init(receiveTimeout: TimeAmount? = nil) throws {
            connection = BoltConnection(
                id: 1, address: BoltAddress(host: "test"),
                hello: BoltHello(
                    userAgent: "t", product: "t", routing: nil, notifications: BoltNotificationFilter()),
                authentication: .basic(username: "neo4j", password: "secret"), opened: .now(), onClose: { _ in })
            try channel.pipeline.syncOperations.addHandler(
                BoltConnectionHandler(
                    connection: connection, maximumMessageSize: 1 << 20, receiveTimeout: receiveTimeout))
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        /// Sends the recorded query.
        func query(_ interface: TelemetryInterface? = nil) throws -> ResultStream {
            let stream = ResultStream(limits: ResultStream.Limits(fetchSize: 1000))
            var (writer, sinks) = (connection.writer(), [BoltConnection.Sink]())
            if let interface {
                try writer.telemetry(interface)
                sinks.append(.nobody)
            }
            var extra = ExtraMap()
            extra["db"] = "neo4j"
            try writer.run("RETURN 1 AS x", extra: extra)
            try writer.pull(1000, qid: nil)
            try connection.send(writer, sinks + [.run(stream), .records(stream)])
            loop.run()
            return stream
        }

        func receive(_ tag: UInt8, _ pairs: [TestValue.Pair] = []) throws {
            try channel.writeInbound(ByteBuffer(bytes: ServerSide.message(tag, .map(pairs))))
        }

        func expectSilenceWasTooLong(_ stream: ResultStream) {
            #expect(connection.isClosed)
            guard case .failure(let error)? = stream.outcome else {
                Issue.record("expected a failure")
                return
            }
            #expect(error.code == .connectionLost)
            #expect(error.isRetryable)
        }

        func end() throws {
            connection.close(BoltError(.connectionLost, "the test is over"))
            _ = try channel.finish(acceptAlreadyClosed: true)
        }
    }

    @Test("A server that is silent for longer than it promised is given up; keep-alives are no silence")
    func hint() throws {
        let line = try Line()
        try line.channel.writeInbound(ByteBuffer(bytes: [0, 0, 4, 5]))
        let hints = TestValue.map([.init(key: "connection.recv_timeout_seconds", value: .integer(1))])
        try line.receive(0x70, [.init(key: "hints", value: hints)])
        try line.receive(0x70)
        // Idle is no silence.
        line.loop.advanceTime(by: .seconds(10))
        #expect(!line.connection.isClosed)
        let stream = try line.query()
        for _ in 0..<5 {
            line.loop.advanceTime(by: .milliseconds(900))
            try line.channel.writeInbound(ByteBuffer(bytes: [0, 0]))
        }
        #expect(!line.connection.isClosed)
        line.loop.advanceTime(by: .milliseconds(1100))
        line.expectSilenceWasTooLong(stream)
        try line.end()
    }

    @Test("Without a hint of the server the driver's own limit holds")
    func ownLimit() throws {
        let line = try Line(receiveTimeout: .seconds(5))
        try line.channel.writeInbound(ByteBuffer(bytes: [0, 0, 4, 5]))
        try line.receive(0x70)
        try line.receive(0x70)
        let stream = try line.query()
        line.loop.advanceTime(by: .milliseconds(4999))
        #expect(!line.connection.isClosed)
        line.loop.advanceTime(by: .milliseconds(1))
        line.expectSilenceWasTooLong(stream)
        try line.end()
    }

    @Test("The time between an answer and the next query is no silence")
    func idleBetweenQueries() throws {
        let line = try Line(receiveTimeout: .seconds(5))
        try line.channel.writeInbound(ByteBuffer(bytes: [0, 0, 4, 5]))
        try line.receive(0x70)
        try line.receive(0x70)
        _ = try line.query()
        try line.receive(0x70, [.init(key: "fields", value: .list([]))])
        try line.receive(0x70)
        line.loop.advanceTime(by: .milliseconds(4900))
        let stream = try line.query()
        line.loop.advanceTime(by: .milliseconds(4999))
        #expect(!line.connection.isClosed)
        line.loop.advanceTime(by: .milliseconds(1))
        line.expectSilenceWasTooLong(stream)
        try line.end()
    }

    /// Plays a recorded conversation at its recorded times, the server's bytes verbatim; returns the query's result.
    private func replay(
        _ events: [Fixture.Event], on line: Line, pieces: (_ event: Int, [UInt8]) -> [[UInt8]]
    ) throws -> ResultStream? {
        var stream: ResultStream?
        var sent = ByteBuffer()
        var reader = MessageReader(limit: 1 << 20)
        func collect() throws {
            while var more = try line.channel.readOutbound(as: ByteBuffer.self) { sent.writeBuffer(&more) }
        }
        for (number, event) in events.enumerated() {
            line.loop.advanceTime(to: .uptimeNanoseconds(event.nanoseconds))
            switch (event.isClient, event.kind) {
            case (true, "magic"), (true, "handshake"):
                try collect()
                let bytes = sent.readBytes(length: event.bytes.count)
                // The proposals are the client's own affair.
                if event.bytes.count != 16 { #expect(bytes == event.bytes) }
            case (true, "message") where event.tag == 0x02:
                line.connection.retire()
                line.loop.run()
            case (true, "message"):
                if event.tag == 0x54 { stream = try line.query(.autoCommit) }
                try collect()
                let message = try reader.next(from: &sent)
                let body = try #require(message)
                let structure = try #require(try BoltValue(packStream: body).structure)
                try FixtureReplayTests.compare(
                    ServerSide.Message(tag: structure.tag, fields: structure.fields.map(TestValue.init)), event)
            case (false, "eof"), (true, "eof"): return stream
            case (false, _):
                for piece in pieces(number, event.bytes) { try line.channel.writeInbound(ByteBuffer(bytes: piece)) }
            default: break
            }
        }
        return stream
    }

    /// Ways to cut what a server sends: not at all, everywhere, and once at each place.
    private func cuts(of events: [Fixture.Event]) -> [(Int, [UInt8]) -> [[UInt8]]] {
        var ways: [(Int, [UInt8]) -> [[UInt8]]] = [{ _, bytes in [bytes] }, { _, bytes in bytes.map { [$0] } }]
        for (number, event) in events.enumerated() where !event.isClient {
            for cut in event.bytes.indices.dropFirst() {
                ways.append { $0 == number ? [Array($1[..<cut]), Array($1[cut...])] : [$1] }
            }
        }
        return ways
    }

    @Test("Keep-alives every 0.4 s hold a connection with a limit of 1 s, as recorded, wherever the bytes are cut")
    func recordedKeepAlives() throws {
        let events = try Fixture.named("s09").connections[0]
        for pieces in cuts(of: events) {
            let line = try Line()
            let stream = try #require(try replay(events, on: line, pieces: pieces))
            guard case .success(let end)? = stream.outcome else {
                Issue.record("the query did not end well: \(String(describing: stream.outcome))")
                return
            }
            #expect(end.hadRecords)
            try line.end()
        }
    }

    @Test("A server that is silent for 1 s, its own limit, is given up, as recorded, wherever the bytes are cut")
    func recordedSilence() throws {
        let events = try Fixture.named("s10").connections[0].filter { $0.kind != "eof" }
        let last = try #require(events.last)
        for pieces in cuts(of: events) {
            let line = try Line()
            let stream = try #require(try replay(events, on: line, pieces: pieces))
            line.loop.advanceTime(to: .uptimeNanoseconds(last.nanoseconds) + .milliseconds(999))
            #expect(!line.connection.isClosed)
            line.loop.advanceTime(by: .milliseconds(1))
            line.expectSilenceWasTooLong(stream)
            try line.end()
        }
    }
}
