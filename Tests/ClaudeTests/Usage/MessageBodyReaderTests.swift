import Claude
import ClaudeFuzzing
import NIOCore
import Testing

@Suite struct MessageBodyReaderTests {
    static func record(_ text: String, seed: UInt64? = nil) -> MessageRecord? {
        var reader = MessageBodyReader()
        let bytes = Array(text.utf8)
        let pieces = seed.map { FuzzHarness.pieces(of: bytes, seed: $0) } ?? [ByteBuffer(bytes: bytes)]
        for piece in pieces { reader.consume(piece) }
        return reader.record
    }

    static let usage = #"{"input_tokens":21,"output_tokens":7}"#

    @Test("Fields are found in any order, between any others, and nowhere but at the top")
    func findsTopLevel() throws {
        let text = """
             {"x":{"type":"error","usage":{"input_tokens":1}},"y":["id","model",{"id":"no"}],"usage" : \(Self.usage) ,
            "z":"\\"type\\":\\"error\\"","stop_reason":"end_turn","t":true,"n":-1.5e3,"\\u0069d":"msg_1","model":"m",
            "type":"message","content":[]}

            """
        let expected = Self.record(text)
        #expect(expected?.id == "msg_1")
        #expect(expected?.model == "m")
        #expect(expected?.stopReason == "end_turn")
        #expect(expected?.hasContent == false)
        #expect(expected?.usage.inputTokens == 21)
        #expect(expected?.usage.outputTokens == 7)
        #expect(expected?.ending == .complete)
        #expect(expected?.problem == nil)
        for seed in 0..<200 as Range<UInt64> { #expect(Self.record(text, seed: seed) == expected, "seed \(seed)") }
    }

    @Test(
        "Content is looked at, not kept",
        arguments: [
            ("[]", false, 0), (" [ ] ", false, 0), ("null", false, 0), (#"[{"type":"text","text":""}]"#, true, 0),
            (#"[{"type":"text","text":"né€😀"}]"#, true, 10),
            (#"[{"text":"a\n\u00e9\ud83d\ude00","type":"text"},{"thinking":"bc","signature":"EqQB"}]"#, true, 10),
            (#"[{"type":"tool_use","input":{"a":["b\""]}}]"#, true, 13), (#"[{"input":{}}]"#, true, 2),
            (#"[{"citations":[{"text":"quoted"}],"text":"abc"}]"#, true, 3), (#"[7]"#, true, 0),
        ])
    func looksAtContent(_ content: String, _ hasContent: Bool, _ generatedBytes: Int64) throws {
        let text = #"{"type":"message","content":\#(content),"usage":\#(Self.usage)}"#
        for seed in 0..<20 as Range<UInt64> {
            let record = try #require(Self.record(text, seed: seed))
            #expect(record.hasContent == hasContent)
            #expect(record.generatedBytes == generatedBytes)
            #expect(record.problem == nil)
        }
    }

    @Test("A body of many megabytes is read without keeping it")
    func readsLargeBodies() throws {
        var reader = MessageBodyReader()
        reader.consume(ByteBuffer(string: #"{"type":"message","other":""#))
        let block = ByteBuffer(string: String(repeating: #"text \"{[ "#, count: 10_000))
        for _ in 0..<100 { reader.consume(block) }
        reader.consume(ByteBuffer(string: #"","content":[{"type":"text","text":""#))
        for _ in 0..<100 { reader.consume(block) }
        reader.consume(ByteBuffer(string: #""}],"usage":\#(Self.usage)}"#))
        let record = try #require(reader.record)
        #expect(record.usage.outputTokens == 7)
        #expect(record.generatedBytes == 100 * 10_000 * 9)
        #expect(record.ending == .complete)
    }

    @Test(
        "A body that cannot be read whole is truncated or a problem, never a silent zero",
        arguments: [
            (#"{"type":"message","usage":{"input_tokens":1,"output_tokens":2}"#, .truncated, nil),
            (#"{"type":"message""#, .truncated, nil),
            (#"{"type":"message"}"#, .complete, .malformedUsage),
            (#"{"type":"message","usage":null}"#, .complete, .malformedUsage),
            (#"{"type":"message","usage":{"input_tokens":-1,"output_tokens":1}}"#, .complete, .malformedUsage),
            (#"{"type":"message","usage":{"input_tokens":1,}}"#, .complete, .malformedJSON),
            (#"{"type":"message","usage":}"#, .complete, .malformedJSON),
            (#"{"type":"message";"#, .truncated, .malformedJSON),
            (#"{"type":"message"]"#, .truncated, .malformedJSON),
            (#"{"type":"message","model":"\#(String(repeating: "x", count: 300))"}"#, .complete, .malformedEvent),
            (#"{"type":"message","id":"\#(String(repeating: "x", count: 1 << 20))"}"#, .complete, .lineTooLong),
        ] as [(String, MessageRecord.Ending, ClaudeError.Code?)])
    func reportsProblems(_ text: String, _ ending: MessageRecord.Ending, _ code: ClaudeError.Code?) throws {
        for seed in [nil, 1, 2] as [UInt64?] {
            let record = try #require(Self.record(text, seed: seed))
            #expect(record.ending == ending)
            #expect(record.problem?.code == code)
        }
    }

    @Test("An error body is no message, and says so")
    func tellsErrors() {
        var reader = MessageBodyReader()
        reader.consume(ByteBuffer(string: #"{"type": "error", "error": {"type": "overloaded_error"}}"#))
        #expect(reader.isError)
        #expect(reader.isComplete)
        #expect(reader.record == nil)
    }
}
