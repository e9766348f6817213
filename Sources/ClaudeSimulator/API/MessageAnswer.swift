internal import Claude

/// One answer of the API: everything a stream or a body says, before it becomes bytes.
struct MessageAnswer: Sendable {
    var id: String
    var model: String
    var content: [JSONValue]
    var stopReason: JSONValue
    var stopDetails: JSONValue
    /// `usage` of `message_start`.
    var startUsage: JSONValue
    /// `usage` of each `message_delta`.
    var deltas: [JSONValue]
    /// `usage` of a body.
    var finalUsage: JSONValue

    /// The message as a JSON body.
    var json: JSONValue { message(content: content, stopReason: stopReason, usage: finalUsage) }

    /// The message object; streams start with one without content.
    func message(content: [JSONValue], stopReason: JSONValue, usage: JSONValue) -> JSONValue {
        [
            "model": .string(model), "id": .string(id), "type": "message", "role": "assistant",
            "content": .array(content), "stop_reason": stopReason, "stop_sequence": nil,
            "stop_details": stopReason == .null ? nil : stopDetails, "usage": usage,
        ]
    }

    /// What a perfect reader of the whole body learns; `nil` when `usage` has something no reader can accept.
    var bodyRecord: MessageRecord? {
        guard let usage = MessageUsage(wire: finalUsage) else { return nil }
        return MessageRecord(
            id: id, model: model, usage: usage, stopReason: stopReason.text, hasContent: !content.isEmpty,
            ending: .complete, generatedBytes: content.reduce(0) { $0 + $1.generatedBytes })
    }
}

extension JSONValue {
    /// UTF-8 bytes of text, thinking and tool input in a content block.
    var generatedBytes: Int64 {
        let texts = [self["text"]?.text, self["thinking"]?.text].compactMap(\.self)
        let input = self["type"] == "tool_use" ? (self["input"] ?? [:]).serialized().utf8.count : 0
        return Int64(texts.reduce(input) { $0 + $1.utf8.count })
    }
}

extension MessageUsage {
    /// Reads a `usage` object of our own; `nil` when a count has a wrong type or sign.
    ///
    /// It is deliberately not the parser of the `Claude` module: what was served must be known independently of it.
    init?(wire: JSONValue) {
        self.init()
        guard
            let input = Self.count(wire["input_tokens"]), let output = Self.count(wire["output_tokens"]),
            let write = Self.count(wire["cache_creation_input_tokens"]),
            let read = Self.count(wire["cache_read_input_tokens"]),
            let thinking = Self.count(wire["output_tokens_details"]?["thinking_tokens"]),
            let searches = Self.count(wire["server_tool_use"]?["web_search_requests"]),
            let fetches = Self.count(wire["server_tool_use"]?["web_fetch_requests"])
        else { return nil }
        inputTokens = input
        outputTokens = output
        cacheCreationInputTokens = write
        cacheReadInputTokens = read
        thinkingTokens = thinking
        webSearchRequests = searches
        webFetchRequests = fetches
        cacheCreation = CacheCreation(wire: wire["cache_creation"])
        serviceTier = wire["service_tier"]?.text
        inferenceGeo = wire["inference_geo"]?.text
        speed = wire["speed"]?.text
        for entry in wire["iterations"]?.elements ?? [] {
            guard let usage = MessageUsage(wire: entry) else { return nil }
            var iteration = Iteration(type: entry["type"]?.text ?? "", model: entry["model"]?.text)
            iteration.inputTokens = usage.inputTokens
            iteration.outputTokens = usage.outputTokens
            iteration.cacheCreationInputTokens = usage.cacheCreationInputTokens
            iteration.cacheReadInputTokens = usage.cacheReadInputTokens
            iteration.cacheCreation = usage.cacheCreation
            iterations.append(iteration)
        }
    }

    private static func count(_ value: JSONValue?) -> Int64? {
        switch value {
        case nil, .some(.null): 0
        case .some(.integer(let number)) where (0...countLimit).contains(number): number
        default: nil
        }
    }
}

extension MessageUsage.CacheCreation {
    fileprivate init?(wire: JSONValue?) {
        guard let short = wire?["ephemeral_5m_input_tokens"]?.integer,
            let long = wire?["ephemeral_1h_input_tokens"]?.integer
        else { return nil }
        self.init(ephemeral5mInputTokens: short, ephemeral1hInputTokens: long)
    }
}
