import Testing

@testable import ClaudeSimulator

@Suite("Scenarios")
struct ScenarioTests {
    @Test("are read from JSON, every member of them")
    func everyMember() throws {
        let scenario = try Scenario(
            parsing: """
                {"model":"m","message_id":"msg_1","request_id":"req_1","content":[{"type":"text","text":"a"}],
                 "stop_reason":"refusal","stop_details":{"type":"refusal"},"usage":{"output_tokens":7},
                 "start_usage":{"input_tokens":5},"deltas":[{"output_tokens":1}],
                 "passes":[{"type":"compaction","model":"n","input_tokens":1,"cache_creation_input_tokens":2,
                            "cache_read_input_tokens":3,"output_tokens":4}],
                 "failure":{"status":429,"type":"t","message":"m","error_code":"c","retry_after":3},
                 "fault":{"kind":"error","at":"event:3","type":"api_error","message":"x"},
                 "gates":[{"name":"g","at":"byte:10"}],"delays":[{"milliseconds":5},{"milliseconds":6,"at":"head"}],
                 "wire":{"chunks":[1,2],"spacing":"spaced","crlf":true,"comments":true,"unknown_events":true,"pings":3,
                         "gzip":true,"delta_length":2},
                 "raw":{"text":"abc","content_type":"text/plain","status":201},"headers":{"x-a":"b"},
                 "batch_polls":2,"batch_outcome":"expired"}
                """)
        var expected = Scenario(text: "a")
        expected.model = "m"
        expected.messageID = "msg_1"
        expected.requestID = "req_1"
        expected.content = [["type": "text", "text": "a"]]
        expected.stopReason = "refusal"
        expected.stopDetails = ["type": "refusal"]
        expected.usage = ["output_tokens": 7]
        expected.startUsage = ["input_tokens": 5]
        expected.deltas = [["output_tokens": 1]]
        expected.passes = [
            .init(
                type: "compaction", model: "n", inputTokens: 1, cacheWriteTokens: 2, cacheReadTokens: 3, outputTokens: 4
            )
        ]
        expected.failure = APIFailure(status: 429, type: "t", message: "m", errorCode: "c", retryAfter: 3)
        expected.fault = .init(.error(type: "api_error", message: "x"), at: .event(3))
        expected.gates = [.init("g", at: .byte(10))]
        expected.delays = [.init(milliseconds: 5), .init(milliseconds: 6, at: .head)]
        expected.wire.chunking = .sizes([1, 2])
        expected.wire.spacing = .spaced
        expected.wire.usesCRLF = true
        expected.wire.hasComments = true
        expected.wire.hasUnknownEvents = true
        expected.wire.pings = 3
        expected.wire.usesGzip = true
        expected.wire.deltaLength = 2
        expected.raw = .init(contentType: "text/plain", status: 201, bytes: Array("abc".utf8))
        expected.headers = ["x-a": "b"]
        expected.batchPolls = 2
        expected.batchOutcome = .expired
        #expect(scenario == expected)
    }

    @Test(
        "name places in a body",
        arguments: [
            ("head", .head), ("start", .start), ("end", .end), ("event:0", .event(0)), ("byte:17", .byte(17)),
            ("message_stop", .before("message_stop")),
        ] as [(String, Scenario.Point)])
    func points(text: String, point: Scenario.Point) throws {
        let scenario = try Scenario(parsing: #"{"gates":[{"name":"g","at":"\#(text)"}]}"#)
        #expect(scenario.gates == [.init("g", at: point)])
    }

    @Test(
        "say what is wrong with them",
        arguments: [
            ("{\"txet\":\"a\"}", "txet"), ("{\"text\":1}", "text"),
            ("{\"failure\":{\"status\":200}}", "failure.status"),
            ("{\"fault\":{\"kind\":\"bang\"}}", "fault.kind"),
            ("{\"gates\":[{\"name\":\"g\",\"at\":\"line:3\"}]}", "at"),
            ("{\"gates\":[{\"name\":\"g\",\"at\":\"byte:-3\"}]}", "at"), ("{\"wire\":{\"speed\":1}}", "speed"),
            ("{\"wire\":{\"chunks\":[0]}}", "wire.chunks"), ("{\"raw\":{\"base64\":\"*\"}}", "raw"),
            ("{\"batch_outcome\":\"lost\"}", "batch_outcome"), ("nonsense", "nonsense"), ("{", "JSON"),
            ("{\"passes\":[{\"tokens\":1}]}", "tokens"), ("{\"preset\":\"nonsense\"}", "nonsense"),
        ])
    func mistakes(text: String, mentioned: String) {
        let error = #expect(throws: ClaudeSimulatorError.self) { try Scenario(parsing: text) }
        #expect(error?.message.contains(mentioned) == true)
    }

    @Test("have presets, which JSON can build upon")
    func presets() throws {
        #expect(try Scenario(parsing: " overloaded ").failure?.status == 529)
        let refined = try Scenario(parsing: #"{"preset":"compaction","text":"short"}"#)
        #expect(refined.passes.map(\.type) == ["compaction"])
        #expect(refined.content == [["type": "text", "text": "short"]])
    }

    @Test(
        "fail with the documented type of each status",
        arguments: [
            (400, "invalid_request_error"), (401, "authentication_error"), (402, "billing_error"),
            (403, "permission_error"), (404, "not_found_error"), (409, "conflict_error"), (413, "request_too_large"),
            (429, "rate_limit_error"), (500, "api_error"), (503, "api_error"), (504, "timeout_error"),
            (529, "overloaded_error"),
        ])
    func failureTypes(status: Int, type: String) { #expect(APIFailure(status: status).type == type) }
}
