import Claude
import ClaudeFuzzing
import NIOCore
import Testing

@Suite struct MessageStreamAccumulatorTests {
    typealias Split = MessageUsage.CacheCreation

    // MARK: Replacing

    @Test("A delta replaces the fields that it states, and keeps the others")
    func replaces() throws {
        let record = try #require(
            metered(
                stream(
                    start:
                        #"{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1,"service_tier":"priority"}"#,
                    deltas: [
                        #"{"output_tokens":30}"#, #"{"output_tokens":60,"input_tokens":500}"#,
                        #"{"output_tokens":90,"cache_read_input_tokens":null,"speed":"fast"}"#,
                    ])))
        #expect(record.usage.inputTokens == 500)
        #expect(record.usage.cacheReadInputTokens == 7)
        #expect(record.usage.outputTokens == 90)
        #expect(record.usage.serviceTier == "priority")
        #expect(record.usage.speed == "fast")
        #expect(record.problem == nil)
    }

    @Test("Server tools, thinking and iterations are read from a delta")
    func readsDetails() throws {
        let record = try #require(
            metered(
                stream(
                    start: #"{"input_tokens":5,"output_tokens":1,"iterations":[{"type":"message"}]}"#,
                    deltas: [
                        """
                        {"output_tokens":9,"output_tokens_details":{"thinking_tokens":4},
                        """ + """
                            "server_tool_use":{"web_search_requests":2,"web_fetch_requests":3},"iterations":[
                            """ + """
                                {"type":"compaction","input_tokens":100,"output_tokens":10,"cache_creation_input_tokens":30,
                                """ + """
                                "cache_read_input_tokens":1,"cache_creation":{"ephemeral_1h_input_tokens":10}},
                                """ + """
                                {"type":"advisor_message","model":"claude-opus-5-5","input_tokens":8,"output_tokens":2}]}
                                """
                    ])))
        var compaction = MessageUsage.Iteration(type: "compaction")
        compaction.inputTokens = 100
        compaction.outputTokens = 10
        compaction.cacheCreationInputTokens = 30
        compaction.cacheReadInputTokens = 1
        compaction.cacheCreation = Split(ephemeral5mInputTokens: 20, ephemeral1hInputTokens: 10)
        var advisor = MessageUsage.Iteration(type: "advisor_message", model: "claude-opus-5-5")
        advisor.inputTokens = 8
        advisor.outputTokens = 2
        #expect(record.usage.iterations == [compaction, advisor])
        #expect(record.usage.thinkingTokens == 4)
        #expect(record.usage.webSearchRequests == 2)
        #expect(record.usage.webFetchRequests == 3)
        #expect(record.problem == nil)
    }

    @Test(
        "Cache writes and their split are made to agree",
        arguments: [
            // start, delta, split, total
            (#""cache_creation_input_tokens":300"#, "", nil, 300),
            (#""cache_creation_input_tokens":300"#, #""cache_creation_input_tokens":400"#, nil, 400),
            (split(300, 100, 200), "", Split(ephemeral5mInputTokens: 100, ephemeral1hInputTokens: 200), 300),
            (
                split(300, 100, 200), #""cache_creation_input_tokens":450"#,
                Split(ephemeral5mInputTokens: 250, ephemeral1hInputTokens: 200), 450
            ),
            (
                split(300, 100, 200), #""cache_creation_input_tokens":250"#,
                Split(ephemeral5mInputTokens: 100, ephemeral1hInputTokens: 150), 250
            ),
            (
                split(300, 100, 200), #""cache_creation_input_tokens":50"#,
                Split(ephemeral5mInputTokens: 50, ephemeral1hInputTokens: 0), 50
            ),
            (split(300, 100, 200), #""cache_creation_input_tokens":0"#, Split(), 0),
            (split(300, 0, 0), "", Split(ephemeral5mInputTokens: 300), 300),
            (
                #""cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2}"#, "",
                Split(ephemeral5mInputTokens: 1, ephemeral1hInputTokens: 2), 3
            ),
            (
                split(300, 100, 200), #""cache_creation":{"ephemeral_5m_input_tokens":150}"#,
                Split(ephemeral5mInputTokens: 150, ephemeral1hInputTokens: 200), 350
            ),
            (#""cache_creation_input_tokens":300,"cache_creation":null"#, "", nil, 300),
        ] as [(String, String, Split?, Int64)])
    func reconcilesCacheCreation(_ start: String, _ delta: String, _ split: Split?, _ total: Int64) throws {
        let deltas = delta.isEmpty ? [#"{"output_tokens":2}"#] : [#"{"output_tokens":2,\#(delta)}"#]
        let record = try #require(
            metered(stream(start: #"{"input_tokens":1,"output_tokens":1,\#(start)}"#, deltas: deltas)))
        #expect(record.usage.cacheCreation == split)
        #expect(record.usage.cacheCreationInputTokens == total)
        #expect(record.problem == nil)
    }

    static func split(_ total: Int, _ fiveMinutes: Int, _ oneHour: Int) -> String {
        """
        "cache_creation_input_tokens":\(total),"cache_creation":{"ephemeral_5m_input_tokens":\(fiveMinutes),\
        "ephemeral_1h_input_tokens":\(oneHour)}
        """
    }

    // MARK: Endings

    static let begin = stream(start: #"{"input_tokens":5,"output_tokens":1}"#, deltas: [], end: "")

    @Test(
        "A stream's ending tells how it ended",
        arguments: [
            (begin, .truncated),
            (begin + event("message_stop", "{}"), .complete),
            (begin + event("message_stop", ""), .complete),
            (begin + "event: message_stop\ndata: {}\n", .truncated),
            (
                begin + event("error", #"{"type": "error", "error": {"type": "overloaded_error"}}"#),
                .error(type: "overloaded_error")
            ),
            (begin + event("error", "not JSON"), .error(type: "unknown")),
            (begin + event("error", #"{"error":{"type":7}}"#), .error(type: "unknown")),
            (begin + event("message_stop", "{}") + event("error", "{}"), .complete),
            (begin + event("error", "{}") + event("message_stop", "{}"), .error(type: "unknown")),
            (begin + "data: {\"type\":\"message_stop\"}\n\n", .complete),
            (begin + event("new_event", #"{"type":"message_stop"}"#), .truncated),
        ] as [(String, MessageRecord.Ending)])
    func readsEnding(_ text: String, _ ending: MessageRecord.Ending) throws {
        let record = try #require(metered(text))
        #expect(record.ending == ending)
        #expect(record.usage.inputTokens == 5)
    }

    @Test("What comes after the end changes nothing")
    func endsAtStop() throws {
        let whole = stream(start: #"{"input_tokens":5,"output_tokens":1}"#, deltas: [#"{"output_tokens":7}"#])
        let late = event("message_delta", #"{"usage":{"output_tokens":9}}"#)
        #expect(metered(whole + late + event("content_block_delta", "{")) == metered(whole))
    }

    @Test(
        "A stream that stops before any delta stated its output is whole, and its counts are not certain",
        arguments: ["", event("message_delta", #"{"delta":{"stop_reason":"end_turn"}}"#)])
    func stopsWithoutOutput(_ delta: String) throws {
        let record = try #require(metered(Self.begin + delta + event("message_stop", "{}")))
        #expect(record.ending == .complete)
        #expect(record.problem?.code == .malformedUsage)
        let stated = event("message_delta", #"{"usage":{"output_tokens":1}}"#)
        let certain = try #require(metered(Self.begin + stated + delta + event("message_stop", "{}")))
        #expect(certain.problem == nil)
    }

    @Test("A refusal without content is told from one with content")
    func tellsContent() throws {
        let start = event("message_start", #"{"message":{"usage":{"input_tokens":5,"output_tokens":1}}}"#)
        let end =
            event("message_delta", #"{"delta":{"stop_reason":"refusal"},"usage":{"output_tokens":1}}"#)
            + event("message_stop", "{}")
        #expect(try #require(metered(start + end)).hasContent == false)
        let block = event("content_block_start", "{}")
        let record = try #require(metered(start + block + end))
        #expect(record.hasContent)
        #expect(record.stopReason == "refusal")
    }

    @Test(
        "Generated bytes are those of text, thinking and tool input, as UTF-8 without escapes",
        arguments: [
            (#"{"type":"text_delta","text":"Hello!"}"#, 6), (#"{"type":"text_delta","text":""}"#, 0),
            (#"{"type":"thinking_delta","thinking":"né€😀"}"#, 10),
            (#"{"type":"text_delta","text":"\n\"\\\/\u0041\u00e9\u20ac\ud83d\ude00"}"#, 14),
            (#"{"type":"input_json_delta","partial_json":"{\"a\": \""}"#, 7),
            (#"{"type":"signature_delta","signature":"EqQB"}"#, 0),
            (#"{"type":"citations_delta","citation":{"text":"quoted"}}"#, 0),
            (#"{"type":"text_delta","text":"ab","text":"c"}"#, 3), (#"{"text":"ab","type":"text_delta"}"#, 2),
            (#"{"type":"\u0074","text":"ab"}"#, 2), (#"{"type":"text_delta","text":7}"#, 0),
            (#"{"type":"text_delta","text":null}"#, 0), ("7", 0),
        ])
    func countsGeneratedBytes(_ delta: String, _ count: Int64) throws {
        // The first is the API's own form; the others are the same JSON, written differently.
        let forms = [
            #"{"type":"content_block_delta","index":0,"delta":\#(delta)}"#,
            #"{"type":"content_block_delta","index":12,"delta":\#(delta)   } "#,
            #"{"type": "content_block_delta", "index": 0, "delta": \#(delta)}"#,
            #"{"delta":\#(delta),"index":0,"type":"content_block_delta"}"#,
            #"{"type":"content_block_delta","index":1,"delta":\#(delta),"new":"text"}"#,
        ]
        for form in forms {
            let event = event("content_block_delta", form)
            let record = try #require(metered(Self.begin + event + event))
            #expect(record.generatedBytes == 2 * count, "\(form)")
            #expect(record.problem == nil)
        }
    }

    // MARK: Hostile streams

    @Test(
        "A usage that cannot be read is a problem, and keeps what was known",
        arguments: [
            #""output_tokens":"9""#, #""output_tokens":-9"#, #""output_tokens":1.5"#, #""output_tokens":true"#,
            #""output_tokens":[9]"#, #""output_tokens":{}"#, #""output_tokens":1000000000001"#,
            #""output_tokens":1e13"#, #""output_tokens":1e999999999999"#, #""output_tokens":-1e-9"#,
            #""output_tokens":99999999999999999999999999"#, #""cache_creation":7"#, #""cache_creation":[]"#,
            #""cache_creation":{"ephemeral_5m_input_tokens":-1}"#, #""server_tool_use":"x""#,
            #""server_tool_use":{"web_search_requests":-2}"#, #""output_tokens_details":{"thinking_tokens":"1"}"#,
            #""service_tier":7"#, #""speed":{}"#, #""iterations":{}"#, #""iterations":[7]"#,
            #""iterations":[{"input_tokens":1}]"#, #""iterations":[{"type":"message","input_tokens":-1}]"#,
            #""output_tokens":7,"output_tokens":7"#,
            #""cache_creation_input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":2}"#,
            #""cache_creation":{"ephemeral_5m_input_tokens":1000000000000,"ephemeral_1h_input_tokens":1}"#,
        ])
    func keepsKnownUsage(_ field: String) throws {
        let start = #"{"input_tokens":5,"output_tokens":7,"service_tier":"standard"}"#
        let record = try #require(metered(stream(start: start, deltas: ["{\(field)}"])))
        #expect(record.problem?.code == .malformedUsage)
        #expect(record.ending == .complete)
        #expect(record.usage.inputTokens == 5)
        #expect(record.usage.outputTokens == 7)
        #expect(record.usage.serviceTier == "standard")
    }

    @Test(
        "A whole number is read exactly, however it is written",
        arguments: [
            ("12", 12), ("12.0", 12), ("1.2e1", 12), ("120e-1", 12), ("1e3", 1000), ("1E+3", 1000), ("0", 0), ("-0", 0),
            ("0.0e5", 0), ("0e-999999999999", 0), ("1000000000000", 1_000_000_000_000), ("1e12", 1_000_000_000_000),
            ("1000000000000000000000000000000e-30", 1), ("999999999999.000", 999_999_999_999),
        ])
    func readsWholeNumbers(_ text: String, _ count: Int64) throws {
        let usage = #"{"input_tokens":\#(text),"output_tokens":1}"#
        let record = try #require(metered(stream(start: usage, deltas: [#"{"output_tokens":1}"#])))
        #expect(record.usage.inputTokens == count)
        #expect(record.problem == nil)
    }

    static func delta(_ payload: String) -> String { begin + event("content_block_delta", payload) }

    @Test(
        "A stream that breaks the protocol is a problem",
        arguments: [
            (event("message_start", "{"), .malformedJSON), (event("message_start", "7"), .malformedJSON),
            (event("message_start", "{}"), .malformedEvent),
            (event("message_start", #"{"message":7}"#), .malformedEvent),
            (event("message_start", #"{"message":{"usage":[]}}"#), .malformedUsage),
            (event("message_start", #"{"message":{"model":7}}"#), .malformedEvent),
            (event("message_start", #"{"message":{"id":"\#(String(repeating: "x", count: 257))"}}"#), .malformedEvent),
            (begin + event("message_start", #"{"message":{}}"#), .malformedEvent),
            (event("message_delta", #"{"usage":{"input_tokens":1,"output_tokens":2}}"#), .malformedEvent),
            (event("content_block_stop", "") + begin, .malformedEvent),
            (begin + event("message_delta", "{\"usage\":{\"output_tokens\":9}"), .malformedJSON),
            (begin + event("message_delta", #"{"usage":\#(String(repeating: "[", count: 1000))"#), .malformedJSON),
            (begin + event("message_delta", String(repeating: " ", count: 1 << 20)), .lineTooLong),
            (event("message_start", #"{"message":{"usage":{"input_tokens":1}}}"#), .malformedUsage),
            (event("content_block_start", ""), .malformedUsage),
        ] as [(String, ClaudeError.Code)])
    func reportsProblems(_ text: String, _ code: ClaudeError.Code) throws {
        let record = try #require(metered(text + event("message_stop", "{}")))
        #expect(record.problem?.code == code)
    }

    @Test(
        "Content that breaks the protocol is noted, and leaves the counts certain",
        arguments: [
            (begin + event("content_block_delta", "{"), .malformedJSON),
            (delta(#"{"type":"content_block_delta","index":01,"delta":{"type":"t","text":"a"}}"#), .malformedJSON),
            (delta(#"{"type":"content_block_delta","index":,"delta":{"type":"t","text":"a"}}"#), .malformedJSON),
            (delta(#"{"type":"content_block_delta","index":0,"delta":{"type":"t","text":"a"}"#), .malformedJSON),
            (delta(#"{"type":"content_block_delta","index":0,"delta":{"type":"t","text":"\x"}}"#), .malformedJSON),
            (delta(#"{"type":"content_block_delta","index":0,"delta":{"type":"t","text":"a"}}}"#), .malformedJSON),
            (delta("{\"delta\":{\"type\":\"text_delta\",\"text\":\"a\tb\"}}"), .malformedJSON),
            (delta(String(repeating: " ", count: 1 << 20)), .lineTooLong),
        ] as [(String, ClaudeError.Code)])
    func notesContentProblems(_ text: String, _ code: ClaudeError.Code) throws {
        let end = event("message_delta", #"{"usage":{"output_tokens":9}}"#) + event("message_stop", "{}")
        let record = try #require(metered(text + end))
        #expect(record.contentProblem?.code == code)
        #expect(record.problem == nil)
        #expect(record.usage.outputTokens == 9)
        #expect(record.ending == .complete)
    }

    @Test("Broken JSON in a delta leaves the usage as it was")
    func mergesAtomically() throws {
        let broken = event("message_delta", #"{"usage":{"input_tokens":99,"output_tokens":9,}}"#)
        let record = try #require(metered(Self.begin + broken + event("message_stop", "{}")))
        #expect(record.usage.inputTokens == 5)
        #expect(record.usage.outputTokens == 1)
        #expect(record.problem?.code == .malformedJSON)
    }

    @Test("Content that is too long to look at is no loss")
    func skipsLongContent() throws {
        let long = event("content_block_start", String(repeating: "x", count: 2 << 20))
        let delta = event("message_delta", #"{"usage":{"output_tokens":9}}"#)
        let record = try #require(metered(Self.begin + long + delta + event("message_stop", "{}")))
        #expect(record.problem == nil)
        #expect(record.ending == .complete)
    }
}
