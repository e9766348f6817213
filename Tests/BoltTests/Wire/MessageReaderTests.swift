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

    /// Where a message is cut: everywhere, or in a long one around the borders of its chunks, for the rest is alike.
    private func cuts(of message: [UInt8]) -> [Int] {
        guard message.count > 4096 else { return Array(0...message.count) }
        var places: Set<Int> = []
        var start = 0
        while start + 2 <= message.count {
            places.formUnion((start - 8)...(start + 8))
            start += 2 + Int(message[start]) << 8 + Int(message[start + 1])
        }
        places.formUnion(stride(from: 0, through: message.count, by: message.count / 50))
        return places.union([message.count]).filter { (0...message.count).contains($0) }
    }

    @Test("What a server sent reads the same, wherever it is cut", arguments: Fixture.all)
    func fixtures(_ fixture: Fixture) throws {
        for connection in fixture.connections {
            let messages = connection.serverMessages
            // Messages of one length differ in what they hold, not in how they are framed.
            var lengths: Set<Int> = []
            for (index, message) in messages.enumerated() where lengths.insert(message.count).inserted {
                let next = index + 1 < messages.count ? messages[index + 1] : []
                let whole = try read([message + next])
                for cut in cuts(of: message) {
                    guard try read([Array(message[..<cut]), message[cut...] + next]) != whole else { continue }
                    Issue.record("message \(index) of \(fixture.name), cut at \(cut)")
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
