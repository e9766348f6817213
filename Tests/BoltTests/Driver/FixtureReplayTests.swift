import NIOCore
import Testing

@testable import Bolt

/// The driver against recorded servers: their bytes verbatim, the client's messages compared by structure.
@Suite struct FixtureReplayTests {
    /// How the server's bytes reach the client.
    enum Delivery: String, CaseIterable, Sendable { case messages, single, drip }

    /// One recorded connection.
    struct Replay: Sendable, CustomTestStringConvertible {
        var fixture: Fixture
        var connection: Int
        var delivery: Delivery
        var testDescription: String { "\(fixture.name) [\(connection)] \(delivery)" }
    }

    static let replays: [Replay] = Fixture.all.flatMap { fixture in
        fixture.connections.indices.flatMap { connection in
            Delivery.allCases.compactMap { delivery -> Replay? in
                let size = fixture.connections[connection].serverMessages.map(\.count).reduce(0, +)
                // Byte by byte, a hundred thousand bytes take too long; their cuts are tested without a socket.
                if delivery == .drip, size > 20_000 { return nil }
                // These two are about silence: SilenceTests replays them in virtual time.
                if fixture.name.hasPrefix("s09") || fixture.name.hasPrefix("s10") { return nil }
                return Replay(fixture: fixture, connection: connection, delivery: delivery)
            }
        }
    }

    @Test("A recorded conversation is repeated", arguments: replays)
    func replay(_ replay: Replay) async throws {
        let events = replay.fixture.connections[replay.connection]
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("the client opened another connection") }
            try await Self.serve(&side, events, replay.delivery)
        } _: { address in
            try await ClientScript(events: events).run(address)
        }
    }

    /// Plays the server's part.
    static func serve(_ side: inout ServerSide, _ events: [Fixture.Event], _ delivery: Delivery) async throws {
        var pending: [UInt8] = []
        func flush(_ side: ServerSide) async throws {
            guard !pending.isEmpty else { return }
            switch delivery {
            case .messages, .single: try await side.send(pending)
            case .drip: try await side.drip(pending)
            }
            pending = []
        }
        for event in events {
            switch (event.isClient, event.kind) {
            case (true, "magic"): _ = try await side.bytes(4)
            case (true, "handshake"):
                try await flush(side)
                let answer = try await side.bytes(event.bytes.count)
                if event.bytes.count < 16, answer != event.bytes { throw ServerSide.Fault("chose \(answer)") }
            case (true, "message"):
                try await flush(side)
                guard let message = try await side.next() else { throw ServerSide.Fault("left before \(event.fields)") }
                try Self.compare(message, event)
            case (false, "eof"): return try await flush(side)
            case (true, "eof"):
                try await flush(side)
                // What comes now is the farewell, or nothing; behind refused credentials, work that was sent with them.
                let wasRefused = events.last { !$0.isClient && $0.kind == "message" }?.tag == 0x7F
                while let message = try await side.next() {
                    guard message.tag == 0x02 || wasRefused else {
                        throw ServerSide.Fault("sent \(message) at the end")
                    }
                }
                return
            case (false, _):
                pending += event.bytes
                if delivery != .single { try await flush(side) }
            default: break
            }
        }
    }

    /// Compares by structure: the order of maps and what a client says about itself do not count.
    static func compare(_ message: ServerSide.Message, _ event: Fixture.Event) throws {
        func comparable(_ value: TestValue) -> TestValue {
            guard event.tag == 0x01, case .map(let pairs) = value.normalized else { return value.normalized }
            return .map(pairs.filter { $0.key != "user_agent" && $0.key != "bolt_agent" })
        }
        let (mine, theirs) = (message.fields.map(comparable), event.fields.map(comparable))
        guard message.tag == event.tag, mine == theirs else {
            throw ServerSide.Fault("sent \(message.tag) \(mine), recorded \(event.tag ?? 0) \(theirs)")
        }
    }
}
