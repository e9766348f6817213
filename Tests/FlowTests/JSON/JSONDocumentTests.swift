import Foundation
import Testing

@testable import Flow

@Suite("JSON texts")
struct JSONDocumentTests {
    @Test(arguments: [
        "1", "-0", "1.5e+10", "true", "null", #""""#, "[]", "{}", " [1 , 2 ] ", #"{"a":{"b":[]},"c":"\u00e9"}"#,
        "[[],{}]",
    ])
    func `good texts are read`(text: String) throws { _ = try JSONDocument(Array(text.utf8)) }

    @Test(arguments: [
        "", " ", "01", "1.", ".5", "-", "+1", "1e", "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"", "[1,]", "[,1]", "[1 2]",
        "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "[1]]", "1 2", "\"\u{1}\"",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}", "\u{FEFF}1", "NaN", "[", "{", "{\"a\":",
    ])
    func `bad texts are refused`(text: String) {
        let error = #expect(throws: FlowError.self) { try JSONDocument(Array(text.utf8)) }
        #expect(error?.code == .malformedJSON)
        #expect(error?.offset != nil)
    }

    @Test func `strings must be UTF-8`() {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            #expect(throws: FlowError.self) { try JSONDocument([0x22] + bytes + [0x22]) }
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `bytes that Foundation refuses are refused`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var text = try CadenceValue.random(depth: 3, using: &random).json()
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
        }
        let isAccepted = (try? JSONDocument(text)) != nil
        let isGood = (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
        // Foundation takes a comma in front of a closing bracket, and keys that occur twice.
        if isAccepted { #expect(isGood, "seed \(seed)") }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `base 64 is read back as it was, and is Foundation's`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(Int.random(in: 0...50, using: &random))
        let text = Base64.encode(bytes)
        #expect(text == Data(bytes).base64EncodedString())
        #expect(Base64.decode(text) == bytes)
    }

    @Test(arguments: ["A", "AA", "AAA", "A===", "AB==", "AAB=", "=AAA", "AA=A", "A A=", "AA-_", "AAAA\n"])
    func `other base 64 is refused`(text: String) { #expect(Base64.decode(text) == nil) }
}
