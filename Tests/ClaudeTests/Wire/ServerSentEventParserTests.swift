import Claude
import ClaudeFuzzing
import NIOCore
import Testing

@Suite struct ServerSentEventParserTests {
    struct Event: Equatable {
        var name: String
        var data: String
        var offset: Int
        var isOverlong = false
    }

    static func parse(_ pieces: [ByteBuffer], limit: Int = ServerSentEventParser.defaultEventLimit) -> [Event] {
        var parser = ServerSentEventParser(eventLimit: limit)
        var events: [Event] = []
        for piece in pieces {
            parser.consume(piece) { event in
                events.append(
                    Event(
                        name: String(decoding: event.name, as: UTF8.self),
                        data: String(decoding: event.data, as: UTF8.self), offset: event.offset,
                        isOverlong: event.isOverlong))
            }
        }
        return events
    }

    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var events: [Event]

        init(_ name: String, _ text: String, _ events: [Event]) {
            testDescription = name
            self.text = text
            self.events = events
        }
    }

    static let cases: [Case] = [
        Case("an event", "event: a\ndata: 1\n\n", [Event(name: "a", data: "1", offset: 0)]),
        Case(
            "two events", "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n",
            [Event(name: "a", data: "1", offset: 0), Event(name: "b", data: "2", offset: 18)]),
        Case("CRLF", "event: a\r\ndata: 1\r\n\r\n", [Event(name: "a", data: "1", offset: 0)]),
        Case("CR", "event: a\rdata: 1\r\r", [Event(name: "a", data: "1", offset: 0)]),
        Case(
            "CR, then LF ends two lines only when other bytes are between",
            "data: 1\r\n\rdata: 2\n\r", [Event(name: "", data: "1", offset: 0), Event(name: "", data: "2", offset: 10)]),
        Case("data before the name", "data: 1\nevent: a\n\n", [Event(name: "a", data: "1", offset: 0)]),
        Case("the last name counts", "event: a\nevent: b\ndata: 1\n\n", [Event(name: "b", data: "1", offset: 0)]),
        Case(
            "lines of data are joined", "data: 1\ndata: 2\ndata\ndata:\n\n",
            [Event(name: "", data: "1\n2\n\n", offset: 0)]),
        Case("one space is stripped", "data:  1 \ndata:2\n\n", [Event(name: "", data: " 1 \n2", offset: 0)]),
        Case("comments are skipped", ": c\n\n:\nevent: a\n: c\ndata: 1\n\n", [Event(name: "a", data: "1", offset: 7)]),
        Case(
            "other fields are skipped", "id: 7\nretry: 1\ndatax: 2\nevents: 3\nevent: a\ndata: 1\n\n",
            [Event(name: "a", data: "1", offset: 34)]),
        Case("a byte order mark is skipped", "\u{FEFF}event: a\ndata: 1\n\n", [Event(name: "a", data: "1", offset: 3)]),
        Case(
            "a second mark is not", "\u{FEFF}\u{FEFF}data: 1\n\ndata: 2\n\n", [Event(name: "", data: "2", offset: 15)]),
        Case("part of a mark is not", "ï\ndata: 1\n\n", [Event(name: "", data: "1", offset: 3)]),
        Case("a name without data is delivered", "event: a\n\n", [Event(name: "a", data: "", offset: 0)]),
        Case("blank lines are nothing", "\n\n\r\n\r\r\n", []),
        Case("an event without its blank line is not delivered", "event: a\ndata: 1\n", []),
        Case("characters of many bytes", "data: é€😀\n\n", [Event(name: "", data: "é€😀", offset: 0)]),
    ]

    @Test("Streams are parsed as the standard says", arguments: cases)
    func parses(_ example: Case) {
        #expect(Self.parse([ByteBuffer(string: example.text)]) == example.events)
    }

    @Test("Where the bytes are cut makes no difference", arguments: cases)
    func ignoresCuts(_ example: Case) {
        let bytes = Array(example.text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map { ByteBuffer(bytes: $0) }
                #expect(Self.parse(pieces) == example.events, "cut at \(first) and \(second)")
            }
        }
        #expect(Self.parse(bytes.map { ByteBuffer(bytes: [$0]) }) == example.events)
    }

    @Test("An event over the limit is delivered without data, and the next one whole")
    func limitsEvents() {
        let long = String(repeating: "x", count: 65)
        let lines = String(repeating: "data: 23456789\n", count: 8)
        let text = "event: a\ndata: \(long)\n\nevent: b\n\(lines)\n: \(long)\nevent: c\ndata: 1\n\n"
        let expected = [
            Event(name: "a", data: "", offset: 0, isOverlong: true),
            Event(name: "b", data: "", offset: 82, isOverlong: true),
            Event(name: "c", data: "1", offset: 280),
        ]
        for seed in 0..<200 as Range<UInt64> {
            let pieces = FuzzHarness.pieces(of: Array(text.utf8), seed: seed)
            #expect(Self.parse(pieces, limit: 64) == expected, "seed \(seed)")
        }
    }

    @Test("The event that has begun can be looked at before it ends")
    func showsOpenEvent() {
        var parser = ServerSentEventParser()
        func open() -> String? { parser.withOpenEvent { "\(String(decoding: $0.name, as: UTF8.self))@\($0.offset)" } }
        func consume(_ text: String) { parser.consume(ByteBuffer(string: text)) { _ in } }
        consume("event: a\ndata: 1\n\neve")
        #expect(open() == nil)
        consume("nt: b")
        #expect(open() == nil)
        consume("\n")
        #expect(open() == "b@18")
        consume("data: 2\n")
        #expect(open() == "b@18")
        consume("\n")
        #expect(open() == nil)
    }
}
