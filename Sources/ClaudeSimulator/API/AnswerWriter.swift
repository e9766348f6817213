/// Makes up the answer to a request, from the scenario where it says something and from the seed elsewhere.
struct AnswerWriter {
    var request: MessageRequest
    var scenario: Scenario
    var split: PromptCache.Split
    var generator: SeededGenerator
    var isBatch = false

    /// The answer.
    mutating func answer() -> MessageAnswer {
        let id = generator.identifier("msg_01")
        let content = request.maxTokens == 0 ? [] : finished(scenario.content ?? inventedContent())
        let thinking = content.filter { $0["type"] == "thinking" }.reduce(0) { $0 + tokens($1.generatedBytes) }
        let output = content.reduce(0) { $0 + tokens($1.generatedBytes) }
        let searches = Int64(content.filter { $0["type"] == "server_tool_use" && $0["name"] == "web_search" }.count)
        let start = usage(output: 1, input: split.input)
        // Results of server tools become prompt: the final input count is larger than the one at the start.
        var final = usage(output: max(output, content.isEmpty ? 0 : 1), input: split.input + 250 * searches)
        if thinking > 0 { final["output_tokens_details"] = ["thinking_tokens": .integer(thinking)] }
        if searches > 0 {
            final["server_tool_use"] = ["web_search_requests": .integer(searches), "web_fetch_requests": 0]
        }
        final = final.merging(scenario.usage)
        if !scenario.passes.isEmpty, final["iterations"] == nil { final["iterations"] = iterations(final) }
        return MessageAnswer(
            id: scenario.messageID ?? id, model: scenario.model ?? request.model.id, content: content,
            stopReason: .string(scenario.stopReason ?? inventedStopReason(content)),
            stopDetails: scenario.stopDetails ?? nil, startUsage: start.merging(scenario.startUsage),
            deltas: scenario.deltas ?? [deltaUsage(final)], finalUsage: final)
    }

    // MARK: Usage

    private func usage(output: Int64, input: Int64) -> JSONValue {
        var usage: JSONValue = [
            "input_tokens": .integer(input),
            "cache_creation_input_tokens": .integer(split.write5m + split.write1h),
            "cache_read_input_tokens": .integer(split.read),
            "cache_creation": [
                "ephemeral_5m_input_tokens": .integer(split.write5m),
                "ephemeral_1h_input_tokens": .integer(split.write1h),
            ],
            "output_tokens": .integer(output), "service_tier": isBatch ? "batch" : "standard",
            "inference_geo": request.model.hasInferenceGeo
                ? (request.json["inference_geo"]?.text).map { .string($0) }
                    ?? "global" : "not_available",
        ]
        if request.json["speed"]?.text != nil {
            let isFast = request.json["speed"] == "fast" && request.model.fast == .served && !isBatch
            usage["speed"] = isFast ? "fast" : "standard"
        }
        return usage
    }

    /// A `message_delta` repeats cumulative counts, but has no split, tier, place or speed.
    private func deltaUsage(_ final: JSONValue) -> JSONValue {
        let names = [
            "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens",
            "output_tokens_details", "server_tool_use", "iterations",
        ]
        return .object(names.compactMap { name in final[name].map { JSONValue.Member(name, $0) } })
    }

    /// The scenario's passes, and the answering one at the end.
    private func iterations(_ final: JSONValue) -> JSONValue {
        let isFallback = scenario.passes.contains { $0.type == "message" && $0.model != nil }
        var entries = scenario.passes.map { pass in
            var entry: JSONValue = [
                "type": .string(pass.type), "input_tokens": .integer(pass.inputTokens),
                "output_tokens": .integer(pass.outputTokens),
                "cache_read_input_tokens": .integer(pass.cacheReadTokens),
                "cache_creation_input_tokens": .integer(pass.cacheWriteTokens),
                "cache_creation": [
                    "ephemeral_5m_input_tokens": .integer(pass.cacheWriteTokens), "ephemeral_1h_input_tokens": 0,
                ],
            ]
            if let model = pass.model { entry["model"] = .string(model) }
            return entry
        }
        var answering: JSONValue = ["type": isFallback ? "fallback_message" : "message"]
        if isFallback { answering["model"] = .string(scenario.model ?? request.model.id) }
        for name in [
            "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation",
        ] { answering[name] = final[name] }
        entries.append(answering)
        return .array(entries)
    }

    private func tokens(_ bytes: Int64) -> Int64 { (bytes + 3) / 4 }

    // MARK: Content

    /// Fills in the ids and signatures that a scenario's author left out.
    private mutating func finished(_ content: [JSONValue]) -> [JSONValue] {
        content.map { block in
            var block = block
            if block["type"] == "tool_use", block["id"] == nil {
                block["id"] = .string(generator.identifier("toolu_01"))
            }
            if block["type"] == "tool_use", block["input"] == nil { block["input"] = [:] }
            if block["type"] == "thinking", block["signature"] == nil {
                block["signature"] = .string(generator.identifier("EqQB"))
            }
            return block
        }
    }

    private mutating func inventedContent() -> [JSONValue] {
        var content: [JSONValue] = []
        let thinking = request.json["thinking"]?["type"]?.text ?? "disabled"
        if thinking != "disabled" { content.append(["type": "thinking", "thinking": .string(words(6...30))]) }
        let tools = request.json["tools"]?.elements ?? []
        if let search = tools.first(where: { $0["type"]?.text?.hasPrefix("web_search") ?? false }) {
            content += searchBlocks(search)
        }
        let text: JSONValue = ["type": "text", "text": .string(words(8...60))]
        guard let tool = calledTool(tools) else { return content + [text] }
        return content + [
            text,
            ["type": "tool_use", "name": tool["name"] ?? "", "input": exampleInput(tool["input_schema"] ?? [:])],
        ]
    }

    /// A tool is called only when the request forces one.
    ///
    /// A client that offers tools runs what it is told to: called unasked, they would start agents that start agents.
    /// Scenarios call tools by their `content`.
    private func calledTool(_ tools: [JSONValue]) -> JSONValue? {
        let choice = request.json["tool_choice"] ?? nil
        let own = tools.filter { $0["input_schema"] != nil }
        switch choice["type"]?.text {
        case "any": return own.first
        case "tool": return own.first { $0["name"] == choice["name"] }
        default: return nil
        }
    }

    private mutating func searchBlocks(_ tool: JSONValue) -> [JSONValue] {
        let id = generator.identifier("srvtoolu_01")
        return [
            [
                "type": "server_tool_use", "id": .string(id), "name": "web_search",
                "input": ["query": .string(words(2...4))],
            ],
            [
                "type": "web_search_tool_result", "tool_use_id": .string(id),
                "content": [
                    [
                        "type": "web_search_result", "url": "https://example.com/", "title": "Example",
                        "encrypted_content": .string(generator.identifier("Eq")), "page_age": nil,
                    ]
                ],
            ],
        ]
    }

    /// The simplest input that a JSON schema allows: every required property, by its type.
    private mutating func exampleInput(_ schema: JSONValue) -> JSONValue {
        if let first = schema["enum"]?.elements?.first { return first }
        switch schema["type"]?.text {
        case "string": return .string(words(1...3))
        case "integer", "number": return .integer(Int64(generator.next() % 100))
        case "boolean": return .bool(generator.next() % 2 == 0)
        case "array": return [exampleInput(schema["items"] ?? ["type": "string"])]
        default:
            var input: JSONValue = [:]
            for name in schema["required"]?.elements?.compactMap(\.text) ?? [] {
                input[name] = exampleInput(schema["properties"]?[name] ?? ["type": "string"])
            }
            return input
        }
    }

    private func inventedStopReason(_ content: [JSONValue]) -> String {
        if content.isEmpty { return "max_tokens" }
        if content.contains(where: { $0["type"] == "tool_use" }) { return "tool_use" }
        let output = content.reduce(0) { $0 + tokens($1.generatedBytes) }
        return scenario.content == nil && output >= request.maxTokens ? "max_tokens" : "end_turn"
    }

    /// Words from a short list with characters of one to four bytes, at most `max_tokens` long.
    private mutating func words(_ count: ClosedRange<Int>) -> String {
        let limit = Int(clamping: request.maxTokens) > 1_000 ? 4_000 : Int(request.maxTokens) * 4
        let chosen = Int.random(in: count, using: &generator)
        var text = ""
        for _ in 0..<chosen {
            let word = Self.vocabulary[Int(generator.next() % UInt64(Self.vocabulary.count))]
            let longer = text.isEmpty ? word : text + " " + word
            if longer.utf8.count > limit { break }
            text = longer
        }
        return text.isEmpty ? "a" : text
    }

    private static let vocabulary = [
        "the", "river", "meters", "every", "drop", "exactly", "größe", "naïve", "東京", "流れ", "🌊", "and", "then",
        "some", "\"quoted\"", "back\\slash", "line\nbreak", "ledger", "balance", "sums", "no", "drift", "Ω", "café",
    ]
}
