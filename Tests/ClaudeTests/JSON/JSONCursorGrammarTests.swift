import Claude
import Testing

@Suite("JSONCursor: grammar")
struct JSONCursorGrammarTests {
    static func validate(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in try JSONCursor.validate(bytes) }
    }

    @Test(
        "accepts every form of RFC 8259",
        arguments: [
            "null", "true", "false", " \t\r\n0 \t\r\n", "-0", "10", "-1", "0.5", "-0.0", "1e5", "1E+5", "1e-05", "0e0",
            "1.25E2",
            "123456789012345678901234567890", "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\\uFFff\"",
            "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\u{7F}\"", "\"é€😀\u{10FFFF}\"",
            "\"\u{2028}\"",
            "[]", "[ ]", "{}", "{ }", "[1]", "[1,2]", "[[],[[]],{}]", "{\"a\":1}", "{\"a\":1,\"a\":2}", "{\"\":{}}",
            " { \"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"\" } ", "[true,false,null]", "[\"a]\"]", "{\"}\":\"{\"}",
        ])
    func acceptsValid(_ text: String) throws {
        try Self.validate(Array(text.utf8))
    }

    @Test(
        "refuses what RFC 8259 does not allow",
        arguments: [
            "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1.e1", "1e", "1e+",
            "0x1",
            "1 2", "1a", "--1", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"",
            "\"\\U0041\"",
            "\"\u{0}\"", "\"\u{1F}\"", "\"a\nb\"", "\"a\tb\"", "'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]",
            "[1 2]",
            "[1}", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}",
            "{\"a\"::1}",
            "{\"a\":1 \"b\":2}", "{a:1}", "{1:1}", "{\"a\":1]", "[{]}", "{\"a\":}", "{\"a\",\"b\"}", "{\"a\":1}}",
            "[]]",
            "[] []", "/**/1", "1//", "\u{FEFF}1", "1\u{0}", "\u{0}1", "\u{A0}1", "[\"a\",\n\"b]", "\"a\"\"b\"",
        ])
    func refusesInvalid(_ text: String) {
        let error = #expect(throws: ClaudeError.self) { try Self.validate(Array(text.utf8)) }
        #expect(error?.code == .malformedJSON)
        #expect((0...text.utf8.count).contains(error?.offset ?? -1))
    }

    /// Unicode Standard, table 3-7: shortest forms only, no surrogates, nothing above U+10FFFF.
    @Test(
        "refuses strings that are not UTF-8",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE1, 0x80],
            [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x41], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE],
            [0xFF],
        ] as [[UInt8]])
    func refusesInvalidUTF8(_ bytes: [UInt8]) {
        for padding in 0..<10 {
            let text = Array("\"".utf8) + Array(repeating: UInt8(ascii: "a"), count: padding) + bytes
            for end in ["\"", "", "aaaaaaaaaaaa\""] {
                #expect(throws: ClaudeError.self) { try Self.validate(text + Array(end.utf8)) }
            }
        }
        #expect(throws: ClaudeError.self) { try Self.validate(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
    }

    @Test("finds a bad byte wherever it stands in a string", arguments: [0x00, 0x1F, 0x0A, 0x80, 0xFF] as [UInt8])
    func findsBadByte(_ bad: UInt8) {
        for length in 1..<70 {
            for place in 0..<length {
                var text = Array("\"".utf8) + [UInt8](repeating: 0x7E, count: length) + Array("\"".utf8)
                text[place + 1] = bad
                let error = #expect(throws: ClaudeError.self) { try Self.validate(text) }
                #expect(error?.offset == place + 1)
            }
        }
    }

    @Test("ends a string at its first quote, wherever it stands")
    func endsString() throws {
        for length in 0..<70 {
            for plain in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F] as [UInt8] {
                let text = [0x22] + [UInt8](repeating: plain, count: length) + [0x22]
                try Self.validate(text)
                #expect(throws: ClaudeError.self) { try Self.validate(text + [0x22]) }
            }
        }
    }

    @Test("nests as deep as the limit and no deeper", arguments: ["[", "{\"a\":"])
    func limitsDepth(_ opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func text(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: opening, count: depth) + (opening == "[" ? "" : "1")
                    + String(repeating: closing, count: depth)).utf8)
        }
        try Self.validate(text(JSONCursor.depthLimit))
        #expect(throws: ClaudeError.self) { try Self.validate(text(JSONCursor.depthLimit + 1)) }
        // The same limit when the caller walks in by itself.
        text(JSONCursor.depthLimit + 1).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            #expect(throws: ClaudeError.self) {
                while true {
                    if opening == "[" {
                        try cursor.beginArray()
                        _ = try cursor.nextElement()
                    } else {
                        try cursor.beginObject()
                        _ = try cursor.nextKey()
                    }
                }
            }
        }
    }

    @Test("refuses a million opening brackets without recursion")
    func refusesBracketBomb() {
        #expect(throws: ClaudeError.self) { try Self.validate([UInt8](repeating: 0x5B, count: 1_000_000)) }
    }
}
