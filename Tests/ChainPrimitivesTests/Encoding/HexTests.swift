import ChainPrimitives
import Testing

@Suite("Hexadecimal text")
struct HexTests {
    @Test func `bytes are written in lower case and read in either`() throws {
        #expect(Hex.encode([0x00, 0x0F, 0xAB, 0xFF]) == "000fabff")
        #expect(try Hex.decode("000FabFF") == [0x00, 0x0F, 0xAB, 0xFF])
        #expect(try Hex.decode("") == [])
        #expect(try Hex.decode("0xab", allowsPrefix: true) == [0xAB])
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `what is written is read back`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(Int.random(in: 0...100, using: &random))
        #expect(try Hex.decode(Hex.encode(bytes)) == bytes, "seed \(seed)")
    }

    @Test(
        arguments: [("a", nil), ("0g", 1), ("0xab", 1), (" ab ", 0), ("é0", nil), ("ab\u{0}0", 2)] as [(String, Int?)])
    func `anything else is refused, with its place`(text: String, offset: Int?) {
        let error = #expect(throws: ChainPrimitivesError.self) { try Hex.decode(text) }
        #expect(error?.code == .malformedHex)
        #expect(error?.offset == offset)
    }
}
