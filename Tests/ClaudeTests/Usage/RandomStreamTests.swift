import Claude
import ClaudeFuzzing
import Testing

/// Random streams, read by the meter and by a simple model of the rules; both must agree.
@Suite struct RandomStreamTests {
    /// The model: every count by its path, later values over earlier ones.
    struct Model {
        var counts: [String: Int64] = [:]
        var texts: [String: String] = [:]
        var stopReason: String?
        var generated = 0
        var hasContent = false
        var hasFinalOutput = false

        var record: MessageRecord {
            var usage = MessageUsage()
            usage.inputTokens = counts["input_tokens"] ?? 0
            usage.outputTokens = counts["output_tokens"] ?? 0
            usage.cacheReadInputTokens = counts["cache_read_input_tokens"] ?? 0
            usage.cacheCreationInputTokens = counts["cache_creation_input_tokens"] ?? 0
            usage.webSearchRequests = counts["web_search_requests"] ?? 0
            usage.thinkingTokens = counts["thinking_tokens"] ?? 0
            usage.serviceTier = texts["service_tier"]
            usage.inferenceGeo = texts["inference_geo"]
            usage.speed = texts["speed"]
            if let fiveMinutes = counts["5m"], let oneHour = counts["1h"] {
                let total = usage.cacheCreationInputTokens
                let kept1h = min(oneHour, max(0, total - fiveMinutes))
                usage.cacheCreation = .init(
                    ephemeral5mInputTokens: total >= fiveMinutes + oneHour ? total - oneHour : min(fiveMinutes, total),
                    ephemeral1hInputTokens: total >= fiveMinutes + oneHour ? oneHour : kept1h)
            }
            return MessageRecord(
                id: "msg_1", model: "m", usage: usage, stopReason: stopReason, hasContent: hasContent,
                ending: .complete, generatedBytes: Int64(generated))
        }
    }

    @Test("Random streams are read as the model says", arguments: 0..<20)
    func agreesWithModel(_ block: Int) throws {
        for seed in UInt64(block) * 100..<UInt64(block + 1) * 100 {
            var generator = SplitMix64(seed: seed)
            var model = Model()
            let text = Self.stream(&model, &generator)
            let pieces = FuzzHarness.pieces(of: Array(text.utf8), seed: seed)
            var record = try #require(metered(pieces))
            // Without a delta that states it, the output is not certain; all else is as the model says.
            #expect(record.problem?.code == (model.hasFinalOutput ? nil : .malformedUsage), "seed \(seed)")
            record.problem = nil
            #expect(record == model.record, "seed \(seed)")
        }
    }

    static func stream(_ model: inout Model, _ generator: inout SplitMix64) -> String {
        var text = event(
            "message_start", #"{"message":{"id":"msg_1","model":"m","usage":\#(start(&model, &generator))}}"#)
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: text += event("ping", #"{"type":"ping"}"#)
            case 1: text += ": \(generator.next())\n\n"
            case 2:
                model.hasContent = true
                text += event("content_block_start", #"{"index":0,"content_block":{"type":"text","text":""}}"#)
            case 3: text += event("vendor_event", #"{"usage":{"output_tokens":1}}"#)
            case 4: text += event("message_delta", delta(&model, &generator))
            default:
                let word = ["a", "né", "€", "😀", #"\n"#, #"\u00e9"#, #"\ud83d\ude00"#].randomElement(using: &generator)
                let (written, count) = (
                    word ?? "", ["a": 1, "né": 3, "€": 3, "😀": 4, #"\n"#: 1, #"\u00e9"#: 2][word] ?? 4
                )
                let times = Int.random(in: 0...20, using: &generator)
                let key = ["text", "thinking", "partial_json", "signature"].randomElement(using: &generator) ?? ""
                if key != "signature" { model.generated += times * count }
                let value = String(repeating: written, count: times)
                text += event("content_block_delta", #"{"index":0,"delta":{"type":"x","\#(key)":"\#(value)"}}"#)
            }
        }
        return text + event("message_stop", "{}")
    }

    private static func count(
        _ key: String, _ name: String, _ model: inout Model, _ generator: inout SplitMix64
    ) -> String {
        let value = Int64.random(in: 0...(Bool.random(using: &generator) ? 9 : 1_000_000), using: &generator)
        model.counts[name] = value
        return "\"\(key)\":\(value)"
    }

    private static func start(_ model: inout Model, _ generator: inout SplitMix64) -> String {
        var fields = ["input_tokens", "output_tokens", "cache_read_input_tokens"].map {
            count($0, $0, &model, &generator)
        }
        if Bool.random(using: &generator) {
            let fiveMinutes = count("ephemeral_5m_input_tokens", "5m", &model, &generator)
            let oneHour = count("ephemeral_1h_input_tokens", "1h", &model, &generator)
            fields.append("\"cache_creation\":{\(fiveMinutes),\(oneHour)}")
            let total = (model.counts["5m"] ?? 0) + (model.counts["1h"] ?? 0)
            model.counts["cache_creation_input_tokens"] = total
            fields.append("\"cache_creation_input_tokens\":\(total)")
        }
        for key in ["service_tier", "inference_geo", "speed"] where Bool.random(using: &generator) {
            let value = ["standard", "fast", "us"].randomElement(using: &generator)
            model.texts[key] = value
            fields.append("\"\(key)\":\(value.map { "\"\($0)\"" } ?? "null")")
        }
        fields.shuffle(using: &generator)
        return "{\(fields.joined(separator: ","))}"
    }

    private static func delta(_ model: inout Model, _ generator: inout SplitMix64) -> String {
        var fields = [count("output_tokens", "output_tokens", &model, &generator)]
        model.hasFinalOutput = true
        for key in ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"] {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: fields.append(count(key, key, &model, &generator))
            case 1: fields.append("\"\(key)\": null")
            default: break
            }
        }
        if Bool.random(using: &generator) {
            fields.append(
                "\"server_tool_use\":{\(count("web_search_requests", "web_search_requests", &model, &generator))}")
        }
        if Bool.random(using: &generator) {
            fields.append(
                "\"output_tokens_details\":{\(count("thinking_tokens", "thinking_tokens", &model, &generator))}")
        }
        let reason = [nil, "end_turn", "tool_use"].randomElement(using: &generator) ?? nil
        if let reason { model.stopReason = reason }
        fields.shuffle(using: &generator)
        let usage = "{\(fields.joined(separator: " , "))}"
        return #"{"delta":{"stop_reason":\#(reason.map { "\"\($0)\"" } ?? "null")},"usage":\#(usage)}"#
    }
}
