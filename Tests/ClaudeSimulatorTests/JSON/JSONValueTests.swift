import Testing

@testable import ClaudeSimulator

@Suite("JSON values")
struct JSONValueTests {
    @Test("keep the order of members and both of the API's spacings")
    func spacing() {
        let value: JSONValue = ["b": 1, "a": [true, nil, "x"], "c": [:]]
        #expect(value.serialized(.compact) == #"{"b":1,"a":[true,null,"x"],"c":{}}"#)
        #expect(value.serialized(.spaced) == #"{"b": 1, "a": [true, null, "x"], "c": {}}"#)
    }

    @Test("escape what JSON wants escaped, and nothing else")
    func escapes() {
        let value: JSONValue = "\"\\\n\r\t\u{1}\u{1F}東🌊é/"
        #expect(value.serialized() == #""\"\\\n\r\t\u0001\u001f東🌊é/""#)
    }

    @Test(
        "survive being written and read",
        arguments: [
            nil, true, false, 0, -1, 9_223_372_036_854_775_807, 1.5, "", "line\nbreak 🌊", [], [:], [[], [nil]],
            ["a": ["b": [1, 2, 3], "c": "d"]],
        ] as [JSONValue])
    func roundTrip(value: JSONValue) throws {
        #expect(try JSONValue(parsing: value.serialized(.spaced).utf8) == value)
    }

    @Test("are not made from text that is not JSON", arguments: ["", "{", "{\"a\":}", "nul", "[1,]", "\u{FF}"])
    func malformed(text: String) {
        #expect(throws: ClaudeSimulatorError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test("merge member by member, with null as a value")
    func merging() {
        let base: JSONValue = ["a": 1, "b": ["c": 2, "d": 3]]
        #expect(base.merging(["b": ["c": nil], "e": 4]) == ["a": 1, "b": ["c": nil, "d": 3], "e": 4])
        #expect(base.merging(nil) == base)
        #expect(base.merging([1]) == [1])
    }
}
