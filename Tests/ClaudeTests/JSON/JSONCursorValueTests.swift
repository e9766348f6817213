import Claude
import Testing

@Suite("JSONCursor: values")
struct JSONCursorValueTests {
    func with<T>(_ text: String, _ body: (inout JSONCursor) throws -> T) rethrows -> T {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            return try body(&cursor)
        }
    }

    @Test(
        "reads integers exactly",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), (" -12 ", -12), ("9223372036854775807", .max),
            ("-9223372036854775808", .min),
        ] as [(String, Int64)])
    func readsInteger(_ text: String, _ value: Int64) throws {
        let read = try with(text) { cursor in
            let value = try cursor.readInt64()
            try cursor.finish()
            return value
        }
        #expect(read == value)
    }

    @Test(
        "refuses as integers what is none, and says what it found",
        arguments: [
            ("9223372036854775808", "64 bits"), ("-9223372036854775809", "64 bits"),
            ("99999999999999999999999", "64 bits"),
            ("1.0", "fraction"), ("1e2", "exponent"), ("1.", "digit"), ("null", "null"), ("\"1\"", "string"),
            ("true", "bool"),
            ("[1]", "array"), ("{}", "object"), ("nope", "value"), ("", "ends"), ("-", "digit"),
        ])
    func refusesInteger(_ text: String, _ reason: String) {
        let error = #expect(throws: ClaudeError.self) { try with(text) { try $0.readInt64() } }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("reads booleans and null")
    func readsLiterals() throws {
        try with("[true, false, null, 1]") { cursor in
            try cursor.beginArray()
            #expect(try cursor.nextElement())
            #expect(try !cursor.readNull())
            #expect(try cursor.readBool())
            #expect(try cursor.nextElement())
            #expect(try !cursor.readBool())
            #expect(try cursor.nextElement())
            #expect(try cursor.readNull())
            #expect(try cursor.nextElement())
            #expect(throws: ClaudeError.self) { try cursor.readBool() }
            #expect(try cursor.readInt64() == 1)
            #expect(try !cursor.nextElement())
            try cursor.finish()
        }
    }

    @Test(
        "decodes strings",
        arguments: [
            ("\"\"", ""), ("\"plain\"", "plain"), ("\"é😀\"", "é😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC\uFFFF""#, "Aé€\u{FFFF}"), (#""x\ud83d\ude00y""#, "x😀y"), (#""\u0000""#, "\u{0}"),
            (#""\ud83d\uDE00\ud83d\ude01""#, "😀😁"), (#""\\u0041""#, "\\u0041"),
        ])
    func decodesString(_ text: String, _ value: String) throws {
        try with(text) { cursor in
            let raw = try cursor.readRawString()
            let decoded = try raw.decoded()
            // Scalars, because String compares canonical equivalents as equal.
            #expect(Array(decoded.unicodeScalars) == Array(value.unicodeScalars))
            #expect(raw.decodedCount == value.utf8.count)
            #expect(raw.isEmpty == value.isEmpty)
        }
    }

    @Test(
        "refuses to decode half a surrogate pair, but skips it",
        arguments: [
            #""\ud800""#, #""a\udc00""#, #""\ud800\u0041""#, #""\ud800x\udc00""#, #""\ud800\n""#, #""\udc00\ud800""#,
        ])
    func refusesLoneSurrogate(_ text: String) throws {
        let error = #expect(throws: ClaudeError.self) { try with(text) { try $0.readString() } }
        #expect(error?.message.contains("surrogate") == true)
        try with(text) { try $0.finish() }
    }

    @Test(
        "compares keys by what they mean, however they are written",
        arguments: [#""usage""#, #""\u0075sage""#, #""us\u0061ge""#, #""\u0075\u0073\u0061\u0067\u0065""#])
    func comparesKeys(_ key: String) throws {
        try with("{\(key):1}") { cursor in
            try cursor.beginObject()
            let found = try #require(try cursor.nextKey())
            #expect(found == "usage")
            #expect(!(found == "usagE"))
            #expect(!(found == "usag"))
            #expect(!(found == "usages"))
            switch found {
            case "other": Issue.record("matched another key")
            case "usage": break
            default: Issue.record("matched no key")
            }
        }
    }

    @Test("does not take an escape's text for a key")
    func keepsEscapesApart() throws {
        try with(#"{"\\u0061":1,"\ud800":2}"#) { cursor in
            try cursor.beginObject()
            let first = try #require(try cursor.nextKey())
            #expect(!(first == "a"))
            #expect(first == "\\u0061")
            let second = try #require(try cursor.nextKey())
            #expect(!(second == "\u{FFFD}"))
        }
    }

    @Test("skips what the caller does not read, at every level")
    func skipsUnread() throws {
        let text = #" {"a": {"x": [1, {"y": "]}"}]}, "b": [10, [20], {"z": 30}, 40], "c": "end"} "#
        try with(text) { cursor in
            var keys = 0
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                keys += 1
                guard key == "b" else { continue }
                try cursor.beginArray()
                var elements = 0
                while try cursor.nextElement() {
                    elements += 1
                    if elements == 4 { #expect(try cursor.readInt64() == 40) }
                }
                #expect(elements == 4)
            }
            #expect(keys == 3)
            try cursor.finish()
        }
    }

    @Test("tells the range of a value, and starts at an offset")
    func tellsRange() throws {
        let text = #"{"a":  [1, 2] ,"b":3}"#
        try with(text) { cursor in
            try cursor.beginObject()
            _ = try cursor.nextKey()
            #expect(try cursor.skipValue() == 7..<13)
        }
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes, offset: 5)
            try cursor.beginArray()
            #expect(try cursor.nextElement())
            #expect(try cursor.readInt64() == 1)
        }
    }

    @Test("knows the type of the next value")
    func peeks() throws {
        for (text, kind) in [
            ("{}", .object), ("[]", .array), ("\"\"", .string), ("-1", .number), ("true", .bool), ("null", .null),
        ] as [(String, JSONCursor.Kind)] {
            #expect(try with(text) { try $0.peekKind() } == kind)
        }
        #expect(throws: ClaudeError.self) { try with("?") { try $0.peekKind() } }
    }

    @Test("refuses calls out of turn instead of going astray")
    func refusesOutOfTurn() throws {
        with("1 2") { cursor in
            _ = #expect(throws: ClaudeError.self) { try cursor.nextKey() }
        }
        try with("[1,2]") { cursor in
            try cursor.beginArray()
            #expect(throws: ClaudeError.self) { try cursor.readInt64() }
        }
        try with("1") { cursor in
            _ = try cursor.readInt64()
            #expect(throws: ClaudeError.self) { try cursor.readInt64() }
        }
        try with("[1]") { cursor in
            try cursor.beginArray()
            #expect(throws: ClaudeError.self) { try cursor.finish() }
        }
    }

    @Test("an empty buffer is malformed, not a trap")
    func readsEmptyBuffer() {
        #expect(throws: ClaudeError.self) { try JSONCursor.validate(UnsafeRawBufferPointer(start: nil, count: 0)) }
    }
}
