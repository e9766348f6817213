import Claude
import NIOHTTP1
import Testing

@testable import ClaudeSimulator

@Suite("POST /v1/messages")
struct MessageRoutesTests {
    @Test("answers with a message, the API's headers, and spaced JSON")
    func body() async throws {
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message(SimulatorClient.request("12345678"))
            #expect(answer.status == 200)
            #expect(answer.headers.first(name: "content-type") == "application/json")
            #expect(answer.headers.first(name: "request-id")?.hasPrefix("req_011C") == true)
            #expect(answer.headers.contains(name: "anthropic-organization-id"))
            #expect(answer.headers.contains(name: "anthropic-ratelimit-input-tokens-remaining"))
            #expect(answer.headers.contains(name: "date"))
            #expect(answer.headers.first(name: "content-length") == String(answer.body.count))
            #expect(answer.text.hasPrefix(#"{"model": "claude-opus-5-5", "id": "msg_01"#))
            let json = try answer.json
            #expect(json["type"] == "message")
            #expect(json["stop_reason"] == "end_turn")
            #expect(json["usage"]?["input_tokens"] == 2)
            let served = try #require(simulator.servedMessages.first)
            #expect(served.messageID == json["id"]?.text)
            #expect(served.requestID == answer.headers.first(name: "request-id"))
            #expect(served.usage?.outputTokens == json["usage"]?["output_tokens"]?.integer)
            #expect(served.isComplete)
            #expect(served.body == answer.body)
            #expect(served.requestHeaders.contains { $0.name == "x-api-key" })
        }
    }

    @Test("answers the same question the same way for the same seed, with ids of their own")
    func deterministic() async throws {
        func run(seed: UInt64) async throws -> [SimulatorClient.Answer] {
            try await SimulatorClient.with(.init(seed: seed)) { _, client in
                let first = try await client.message()
                let other = try await client.message(SimulatorClient.request("Something else"))
                return [first, other, try await client.message()]
            }
        }
        let answers = try await run(seed: 1)
        #expect(try await run(seed: 1).map(\.body) == answers.map(\.body))
        #expect(try await run(seed: 2).map(\.body) != answers.map(\.body))
        let ids = try answers.map { try $0.json["id"] }
        #expect(Set(ids).count == 3)
    }

    @Test("streams what it would have answered at once")
    func stream() async throws {
        let tool: JSONValue = [
            "name": "get_weather",
            "input_schema": [
                "type": "object", "properties": ["city": ["type": "string"], "days": ["type": "integer"]],
                "required": ["city", "days"],
            ],
        ]
        let extra: JSONValue = [
            "max_tokens": 4_000, "tools": [tool], "tool_choice": ["type": "any"],
            "thinking": ["type": "enabled", "budget_tokens": 1_024],
        ]
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message(SimulatorClient.request(stream: true, extra))
            #expect(answer.headers.first(name: "content-type") == "text/event-stream; charset=utf-8")
            #expect(!answer.headers.contains(name: "content-length"))
            let events = try events(answer.text)
            let types = events.compactMap { $0["type"]?.text }
            #expect(types.first == "message_start")
            #expect(types[2] == "ping")
            #expect(types.suffix(2) == ["message_delta", "message_stop"])
            #expect(events.last { $0["delta"] != nil }?["delta"]?["stop_reason"] == "tool_use")
            let blocks = events.compactMap { $0["content_block"]?["type"]?.text }
            #expect(blocks == ["thinking", "text", "tool_use"])
            let input = events.compactMap { $0["delta"]?["partial_json"]?.text }.joined()
            #expect(try JSONValue(parsing: input.utf8).members?.map(\.name) == ["city", "days"])
            let served = try #require(simulator.servedMessages.first)
            #expect(served.isStream)
            #expect(served.told?.usage == served.usage)
            #expect((served.usage?.thinkingTokens ?? 0) > 0)
            #expect((served.usage?.thinkingTokens ?? 0) < (served.usage?.outputTokens ?? 0))
        }
    }

    @Test(
        "calls a tool only when the request forces one",
        arguments: [
            ([:], nil), (["tool_choice": ["type": "auto"]], nil), (["tool_choice": ["type": "none"]], nil),
            (["tool_choice": ["type": "any"]], "f"), (["tool_choice": ["type": "tool", "name": "g"]], "g"),
        ] as [(JSONValue, JSONValue?)])
    func tools(_ choice: JSONValue, _ called: JSONValue?) async throws {
        let schema: JSONValue = ["type": "object"]
        let tools: JSONValue = [["name": "f", "input_schema": schema], ["name": "g", "input_schema": schema]]
        try await SimulatorClient.with { _, client in
            let answer = try await client.message(
                SimulatorClient.request("Hello", ["tools": tools] as JSONValue).merging(choice))
            #expect(try answer.json["stop_reason"] == (called == nil ? "end_turn" : "tool_use"))
            let names = try answer.json["content"]?.elements?.compactMap { $0["name"] } ?? []
            #expect(names == [called].compactMap(\.self))
        }
    }

    @Test("reads and writes the prompt cache by its clock")
    func cache() async throws {
        var configuration = ClaudeSimulator.Configuration()
        configuration.clock = SimulatorClock(milliseconds: 1_795_461_511_000)
        let system: JSONValue = [
            ["type": "text", "text": "12345678", "cache_control": ["type": "ephemeral", "ttl": "1h"]],
            ["type": "text", "text": "1234", "cache_control": ["type": "ephemeral"]],
        ]
        try await SimulatorClient.with(configuration) { simulator, client in
            for minutes in [0, 4, 6, 61] {
                configuration.clock.advance(milliseconds: Int64(minutes) * 60_000)
                _ = try await client.message(SimulatorClient.request("12345678", ["system": system]))
            }
            let usages = simulator.servedMessages.compactMap(\.usage)
            #expect(usages.map(\.inputTokens) == [2, 2, 2, 2])
            #expect(usages.map(\.cacheReadInputTokens) == [0, 3, 2, 0])
            #expect(usages.map { $0.cacheCreation?.ephemeral1hInputTokens } == [2, 0, 0, 2])
            #expect(usages.map { $0.cacheCreation?.ephemeral5mInputTokens } == [1, 0, 1, 1])
            #expect(usages.map(\.cacheCreationInputTokens) == [3, 0, 1, 3])
        }
    }

    @Test(
        "states what was served, not what was asked",
        arguments: [
            ("claude-opus-5-5", ["speed": "fast", "inference_geo": "us"], "fast", "us"),
            ("claude-opus-4-6", ["speed": "fast"], "standard", "global"),
            ("claude-opus-4-5", [:], nil, "not_available"),
        ] as [(String, JSONValue, String?, String)])
    func modifiers(model: String, extra: JSONValue, speed: String?, geo: String) async throws {
        try await SimulatorClient.with { simulator, client in
            _ = try await client.message(SimulatorClient.request(model: model, extra))
            let usage = try #require(simulator.servedMessages.first?.usage)
            #expect(usage.speed == speed)
            #expect(usage.inferenceGeo == geo)
            #expect(usage.serviceTier == "standard")
        }
    }

    @Test("counts web searches, whose results add to the prompt")
    func webSearch() async throws {
        let tools: JSONValue = [["type": "web_search_20260209", "name": "web_search"]]
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message(SimulatorClient.request("1234", stream: true, ["tools": tools]))
            let usage = try #require(simulator.servedMessages.first?.usage)
            #expect(usage.webSearchRequests == 1)
            let start = try events(answer.text).first?["message"]?["usage"]?["input_tokens"]?.integer
            #expect(usage.inputTokens == start.map { $0 + 250 })
        }
    }

    @Test(
        "lists further passes in iterations, apart from the top level",
        arguments: [
            ("compaction", ["compaction", "message"]), ("advisor", ["advisor_message", "message"]),
            ("fallback", ["message", "fallback_message"]),
        ])
    func iterations(preset: String, types: [String]) async throws {
        try await SimulatorClient.with { simulator, client in
            for stream in [true, false] {
                _ = try await client.message(SimulatorClient.request(stream: stream), scenario: preset)
            }
            for served in simulator.servedMessages {
                let usage = try #require(served.told?.usage)
                #expect(usage.iterations.map(\.type) == types)
                #expect(usage.iterations.last?.outputTokens == usage.outputTokens)
                #expect(usage.iterations.last?.inputTokens == usage.inputTokens)
                #expect(usage == served.usage)
            }
            if preset == "fallback" {
                #expect(simulator.servedMessages.first?.model == "claude-opus-5-5")
                #expect(simulator.servedMessages.first?.usage?.iterations.first?.outputTokens == 0)
            }
        }
    }

    @Test("refuses with or without content", arguments: [("refusal", false), ("refusal_midway", true)])
    func refusal(preset: String, hasContent: Bool) async throws {
        try await SimulatorClient.with { simulator, client in
            for stream in [true, false] {
                _ = try await client.message(SimulatorClient.request(stream: stream), scenario: preset)
            }
            for served in simulator.servedMessages {
                #expect(served.told?.stopReason == "refusal")
                #expect(served.told?.hasContent == hasContent)
            }
        }
    }

    @Test("generates nothing when only the cache is warmed")
    func prewarm() async throws {
        try await SimulatorClient.with { simulator, client in
            _ = try await client.message(
                SimulatorClient.request("12345678", ["max_tokens": 0, "cache_control": ["type": "ephemeral"]]))
            let usage = try #require(simulator.servedMessages.first?.usage)
            #expect(usage.outputTokens == 0)
            #expect(usage.cacheCreationInputTokens == 2)
        }
    }

    @Test("takes the scenario of the header, else the prompt, else the queue, else the default")
    func precedence() async throws {
        try await SimulatorClient.with { simulator, client in
            simulator.setDefault(Scenario(text: "default"))
            simulator.enqueue(Scenario(text: "first"), Scenario(text: "second"))
            let marked = SimulatorClient.request(#"Please [[simulate:{"text":"marked"}]] now"#)
            var texts: [JSONValue?] = []
            texts.append(try await client.message(marked, scenario: #"{"text":"header"}"#).json["content"])
            texts.append(try await client.message(marked).json["content"])
            for _ in 0..<3 { texts.append(try await client.message().json["content"]) }
            let found = texts.map { $0?.elements?.first?["text"]?.text }
            #expect(found == ["header", "marked", "first", "second", "default"])
        }
    }

    @Test("counts tokens like the message it is asked about, for free")
    func countTokens() async throws {
        try await SimulatorClient.with { simulator, client in
            var json = SimulatorClient.request("123456789")
            let answer = try await client.post("/v1/messages/count_tokens?beta=true", json)
            #expect(try answer.json == ["input_tokens": 3])
            json["max_tokens"] = nil
            #expect(try await client.post("/v1/messages/count_tokens", json).status == 200)
            #expect(simulator.servedMessages.isEmpty)
        }
    }
}
