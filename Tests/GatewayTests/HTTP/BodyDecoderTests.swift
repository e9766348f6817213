import NIOCore
import Testing

@testable import Gateway

@Suite("Bodies")
struct BodyDecoderTests {
    /// Decodes `bytes`, given in pieces; what was behind the body is returned too.
    static func decode(
        _ pieces: [[UInt8]], _ framing: BodyFraming
    ) throws(HTTPSyntaxError) -> (body: [UInt8], rest: [UInt8], isFinished: Bool) {
        var decoder = BodyDecoder(framing)
        var input = ByteBuffer()
        var body: [UInt8] = []
        for piece in pieces {
            input.writeBytes(piece)
            while !decoder.isFinished, let part = try decoder.decode(&input) { body += part.readableBytesView }
        }
        return (body, Array(input.readableBytesView), decoder.isFinished)
    }

    @Test("chunks come out the same however they are cut", arguments: 0..<200)
    func chunks(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let body = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        var wire: [UInt8] = []
        for chunk in generator.cuts(of: body, maximum: 100) {
            let size = String(chunk.count, radix: 16, uppercase: Bool.random(using: &generator))
            wire += Array("00\(size)\(Bool.random(using: &generator) ? ";ext=\"1\"" : "")\r\n".utf8)
            wire += chunk + [13, 10]
        }
        wire += Array("0\r\n\(Bool.random(using: &generator) ? "x-trailer: 1\r\n" : "")\r\nnext".utf8)
        let result = try Self.decode(generator.cuts(of: wire, maximum: 40), .chunked)
        #expect(result.body == body)
        #expect(result.isFinished)
        #expect(result.rest == Array("next".utf8))
    }

    @Test(
        "malformed chunks are refused",
        arguments: [
            "x\r\n", "\r\n", "5\n", "5\r\nhello!\r\n", "ffffffffffffffff\r\n", "-1\r\n", "5;\u{1}\r\n",
            "5;" + String(repeating: "x", count: 2000) + "\r\n",
        ])
    func malformed(_ text: String) {
        #expect(throws: HTTPSyntaxError.self) { _ = try Self.decode([Array(text.utf8)], .chunked) }
    }

    @Test("a body of a length leaves what is behind it")
    func length() throws {
        let result = try Self.decode([Array("hel".utf8), Array("lonext".utf8)], .length(5))
        #expect(result.body == Array("hello".utf8))
        #expect(result.rest == Array("next".utf8))
        #expect(result.isFinished)
    }

    @Test("a body without a length has no end of its own")
    func untilClose() throws {
        let result = try Self.decode([Array("hello".utf8)], .untilClose)
        #expect(result.body == Array("hello".utf8))
        #expect(!result.isFinished)
    }

    @Test(
        "sizes are written as they are read", arguments: [0, 1, 9, 10, 15, 16, 255, 256, 4095, 65_536, 1_234_567_890])
    func numbers(_ value: Int) {
        var hexadecimal = ByteBuffer()
        hexadecimal.writeHexadecimal(value)
        #expect(String(buffer: hexadecimal) == String(value, radix: 16))
        var decimal = ByteBuffer()
        decimal.writeDecimal(value)
        #expect(String(buffer: decimal) == String(value))
    }
}
