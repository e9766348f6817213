import Metering
import Testing

@Suite("Canonical JSON")
struct CanonicalJSONTests {
    @Test("Members are sorted by bytes, text is ASCII, numbers are plain")
    func form() throws {
        let value = CanonicalJSON.object([
            "b": .array([.null, .number(-5), .string("é\"\n😀")]), "a": .object([:]), "B": .integer(Int128.max),
        ])
        let text = #"{"B":170141183460469231731687303715884105727,"a":{},"b":[null,-5,"\u00e9\"\n\ud83d\ude00"]}"#
        #expect(value.text == text)
        #expect(try CanonicalJSON(parsing: Array(text.utf8)) == value)
    }

    @Test(
        "Any other text of the same value is refused, and read by the relaxed reader",
        arguments: [#"{"b":1,"a":2}"#, #"{"a": 1}"#, "[1 ]", #"["\u0041"]"#, #"["é"]"#, "[-0]", "[1]\n", #"["\/"]"#])
    func notCanonical(text: String) throws {
        #expect(throws: MeteringError.self) { try CanonicalJSON(parsing: Array(text.utf8)) }
        _ = try CanonicalJSON(relaxed: Array(text.utf8))
    }

    @Test(
        "What cannot stand in a document is refused by both readers",
        arguments: [
            #"{"a":1,"a":1}"#, "[true]", "[1.0]", "[1e3]", "[170141183460469231731687303715884105728]", "", "[1",
            "[01]",
            #"["\ud800"]"#, "[+1]",
        ])
    func refused(text: String) {
        #expect(throws: MeteringError.self) { try CanonicalJSON(parsing: Array(text.utf8)) }
        #expect(throws: MeteringError.self) { try CanonicalJSON(relaxed: Array(text.utf8)) }
    }

    @Test("Members that are missing, of another type or unknown are named")
    func members() throws {
        let value = CanonicalJSON.object(["number": .number(300), "extra": .null])
        var members = try CanonicalJSON.Members(value, of: "the thing")
        #expect(throws: MeteringError.self) { _ = try members.string("absent") }
        #expect(throws: MeteringError.self) { _ = try members.integer("number", as: UInt8.self) }
        let error = #expect(throws: MeteringError.self) { try members.finish() }
        #expect(error?.message == #"the thing: "extra" is not a known member"#)
    }
}
