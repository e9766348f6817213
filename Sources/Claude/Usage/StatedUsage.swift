/// What the `usage` objects of one response have stated so far.
///
/// Every object that arrives is laid over those before: a field that is present and not null replaces, an absent one
/// keeps its value, nothing is ever added up. A field that cannot be read keeps its value and leaves a ``problem``.
struct StatedUsage: Sendable, Hashable {
    /// The most entries of `iterations` that are read.
    static let iterationLimit = 10_000

    private var usage = MessageUsage()
    private var hasInput = false
    private var hasOutput = false
    /// Whether the last object that was laid over stated `output_tokens`.
    private(set) var lastHasOutput = false
    /// The first thing that could not be read.
    private(set) var problem: ClaudeError?

    /// The usage, with totals and splits of cache writes made to agree.
    var normalized: MessageUsage {
        var result = usage
        result.cacheCreation?.adjust(to: result.cacheCreationInputTokens)
        return result
    }

    /// The required counts that were never stated.
    var missing: ClaudeError? {
        guard !hasInput || !hasOutput else { return nil }
        let names = (hasInput ? [] : ["input_tokens"]) + (hasOutput ? [] : ["output_tokens"])
        return ClaudeError(.malformedUsage, "usage never stated \(names.joined(separator: " and "))")
    }

    mutating func note(_ error: ClaudeError) {
        if problem == nil { problem = error }
    }

    /// Lays the next value, a `usage` object, over what was stated before; `null` changes nothing.
    /// - Throws: ``ClaudeError/Code/malformedJSON``; what was stated before is then unchanged.
    mutating func merge(_ cursor: inout JSONCursor) throws(ClaudeError) {
        if try cursor.readNull() { return }
        guard try cursor.peekKind() == .object else {
            try cursor.skipValue()
            return note(ClaudeError(.malformedUsage, "usage is not an object"))
        }
        var reader = UsageReader(cursor)
        var merged = self
        try merged.readUsage(&reader)
        cursor = reader.cursor
        if let found = reader.problem { merged.note(found) }
        self = merged
    }

    private mutating func readUsage(_ reader: inout UsageReader) throws(ClaudeError) {
        lastHasOutput = false
        var seen = UsageReader.Seen()
        var statesTotal = false
        var statesSplit = false
        try reader.cursor.beginObject()
        while let key = try reader.cursor.nextKey() {
            switch key {
            case "input_tokens":
                if try reader.count(&usage.inputTokens, "input_tokens", seen.first(0)) { hasInput = true }
            case "output_tokens":
                if try reader.count(&usage.outputTokens, "output_tokens", seen.first(1)) {
                    hasOutput = true
                    lastHasOutput = true
                }
            case "cache_creation_input_tokens":
                if try reader.count(&usage.cacheCreationInputTokens, "cache_creation_input_tokens", seen.first(2)) {
                    statesTotal = true
                }
            case "cache_read_input_tokens":
                try reader.count(&usage.cacheReadInputTokens, "cache_read_input_tokens", seen.first(3))
            case "cache_creation":
                if try reader.cacheCreation(&usage.cacheCreation, seen.first(4)) { statesSplit = true }
            case "output_tokens_details":
                try reader.counts(
                    in: "output_tokens_details", [("thinking_tokens", \.thinkingTokens)], of: &usage, seen.first(5))
            case "server_tool_use":
                try reader.counts(
                    in: "server_tool_use",
                    [
                        ("web_search_requests", \.webSearchRequests),
                        ("web_fetch_requests", \.webFetchRequests),
                    ], of: &usage, seen.first(6))
            case "service_tier": try reader.text(&usage.serviceTier, "service_tier", seen.first(7))
            case "inference_geo": try reader.text(&usage.inferenceGeo, "inference_geo", seen.first(8))
            case "speed": try reader.text(&usage.speed, "speed", seen.first(9))
            case "iterations": try reader.iterations(&usage.iterations, seen.first(10))
            default: break
            }
        }
        if statesSplit {
            reader.reconcile(&usage.cacheCreationInputTokens, with: usage.cacheCreation, hasTotal: statesTotal)
        }
    }
}
