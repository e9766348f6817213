import NIOCore
import Testing

@testable import Bolt

/// Messages from bytes that are cut anywhere.
@Suite struct MessageReaderTests {
    private func read(_ pieces: [[UInt8]], limit: Int = 1 << 26) throws -> [[UInt8]] {
        var reader = MessageReader(limit: limit)
        var messages: [[UInt8]] = []
        for piece in pieces {
            var input = ByteBuffer(bytes: piece)
            while let message = try reader.next(from: &input) { messages.append(Array(message.readableBytesView)) }
            #expect(input.readableBytes == 0)
        }
        #expect(!reader.isWithinMessage)
        return messages
    }

    @Test("Keep-alives before, between and behind messages are skipped")
    func skipsKeepAlives() throws {
        let bytes: [UInt8] = [0, 0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0]
        #expect(try read([bytes]) == [[1, 2], [3]])
        for cut in 0...bytes.count {
            #expect(try read([Array(bytes[..<cut]), Array(bytes[cut...])]) == [[1, 2], [3]], "cut at \(cut)")
        }
        #expect(try read(bytes.map { [$0] }) == [[1, 2], [3]])
    }

    @Test("Chunks of one message are put together")
    func joinsChunks() throws {
        let bytes: [UInt8] = [0, 1, 9, 0, 2, 8, 7, 0, 1, 6, 0, 0]
        for cut in 0...bytes.count {
            #expect(try read([Array(bytes[..<cut]), Array(bytes[cut...])]) == [[9, 8, 7, 6]], "cut at \(cut)")
        }
    }

    @Test(
        "A message over the limit is refused",
        arguments: [[0, 5, 1, 2, 3, 4, 5, 0, 0], [0, 3, 1, 2, 3, 0, 2, 4, 5, 0, 0]])
    func refusesLargeMessages(_ bytes: [UInt8]) throws {
        #expect(try read([bytes], limit: 5).count == 1)
        #expect(throws: BoltError.self) { try read([bytes], limit: 4) }
        #expect(throws: BoltError.self) { try read(bytes.map { [$0] }, limit: 4) }
    }

    @Test("What a server sent reads the same, wherever it is cut", arguments: Fixture.all)
    func fixtures(_ fixture: Fixture) throws {
        for connection in fixture.connections {
            let messages = connection.serverMessages
            // The cut matters only to the messages beside it, so three at a time are enough.
            for index in messages.indices {
                let window = messages[max(0, index - 1)...min(messages.count - 1, index + 1)].flatMap { $0 }
                let whole = try read([window])
                // In a long message most cuts are alike.
                for cut in stride(from: 0, through: window.count, by: max(1, window.count / 400)) {
                    let cut = try read([Array(window[..<cut]), Array(window[cut...])])
                    guard cut != whole else { continue }
                    Issue.record("message \(index) of \(fixture.name)")
                    return
                }
            }
            #expect(
                try read([messages.flatMap { $0 }]).count
                    == connection.filter { !$0.isClient && $0.kind == "message" }.count)
        }
    }

    @Test("Each message of a server is decoded to its fields", arguments: Fixture.all)
    func decodes(_ fixture: Fixture) throws {
        for event in fixture.connections.joined() where !event.isClient && event.kind == "message" {
            let message = try #require(try read([event.bytes]).first)
            var body = ByteBuffer(bytes: message)
            body.moveReaderIndex(forwardBy: 2)
            let fields = try event.fields.isEmpty ? [] : [BoltValue(packStream: body)]
            #expect(fields.map(TestValue.init) == event.fields.map(\.normalized))
            #expect(throws: Never.self) {
                try ServerMessage(ByteBuffer(bytes: message), dialect: BoltDialect(version: .v61))
            }
        }
    }
}
