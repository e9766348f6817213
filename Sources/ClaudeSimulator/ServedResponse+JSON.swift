internal import Claude

extension ServedResponse {
    /// One line of `GET /__simulator/served`.
    var json: JSONValue {
        [
            "sequence": .integer(Int64(sequence)), "kind": .string(kind.rawValue), "method": .string(method),
            "path": .string(path), "status": .integer(Int64(status)), "request_id": .string(requestID),
            "message_id": messageID.map { .string($0) } ?? nil, "model": model.map { .string($0) } ?? nil,
            "stream": .bool(isStream), "usage": usage?.json ?? nil, "told": told?.json ?? nil,
            "batch_id": batchID.map { .string($0) } ?? nil, "custom_id": customID.map { .string($0) } ?? nil,
            "request_headers": .array(requestHeaders.map { [.string($0.name), .string($0.value)] }),
            "body_bytes": .integer(Int64(body.count)), "progress": .string(progress.rawValue),
            "complete": .bool(isComplete),
        ]
    }
}

extension MessageRecord {
    fileprivate var json: JSONValue {
        let ending: JSONValue =
            switch self.ending {
            case .complete: "complete"
            case .error(let type): .string("error:\(type)")
            case .truncated: "truncated"
            }
        return [
            "usage": usage.json, "stop_reason": stopReason.map { .string($0) } ?? nil, "has_content": .bool(hasContent),
            "ending": ending, "generated_bytes": .integer(generatedBytes),
        ]
    }
}

extension MessageUsage {
    fileprivate var json: JSONValue {
        [
            "input_tokens": .integer(inputTokens), "output_tokens": .integer(outputTokens),
            "cache_creation_input_tokens": .integer(cacheCreationInputTokens),
            "cache_read_input_tokens": .integer(cacheReadInputTokens), "cache_creation": cacheCreation?.json ?? nil,
            "thinking_tokens": .integer(thinkingTokens), "web_search_requests": .integer(webSearchRequests),
            "web_fetch_requests": .integer(webFetchRequests), "service_tier": serviceTier.map { .string($0) } ?? nil,
            "inference_geo": inferenceGeo.map { .string($0) } ?? nil, "speed": speed.map { .string($0) } ?? nil,
            "iterations": .array(
                iterations.map { entry in
                    [
                        "type": .string(entry.type), "model": entry.model.map { .string($0) } ?? nil,
                        "input_tokens": .integer(entry.inputTokens), "output_tokens": .integer(entry.outputTokens),
                        "cache_creation_input_tokens": .integer(entry.cacheCreationInputTokens),
                        "cache_read_input_tokens": .integer(entry.cacheReadInputTokens),
                        "cache_creation": entry.cacheCreation?.json ?? nil,
                    ]
                }),
        ]
    }
}

extension MessageUsage.CacheCreation {
    fileprivate var json: JSONValue {
        [
            "ephemeral_5m_input_tokens": .integer(ephemeral5mInputTokens),
            "ephemeral_1h_input_tokens": .integer(ephemeral1hInputTokens),
        ]
    }
}
