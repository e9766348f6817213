internal import Claude

/// One pass of a model over a prompt, with the counts that are billed for it.
struct SamplingPass {
    var model: String?
    var input: Int64
    var cacheWrite5m: Int64
    var cacheWrite1h: Int64
    var cacheRead: Int64
    var output: Int64

    /// The tokens of the whole prompt.
    var prompt: Int64 { input + cacheWrite5m + cacheWrite1h + cacheRead }

    init(_ usage: MessageUsage, model: String?) {
        self.init(
            model: model, input: usage.inputTokens, written: usage.cacheCreationInputTokens,
            split: usage.cacheCreation, cacheRead: usage.cacheReadInputTokens, output: usage.outputTokens)
    }

    init(_ iteration: MessageUsage.Iteration, model: String?) {
        self.init(
            model: model, input: iteration.inputTokens, written: iteration.cacheCreationInputTokens,
            split: iteration.cacheCreation, cacheRead: iteration.cacheReadInputTokens,
            output: iteration.outputTokens)
    }

    /// What the split does not account for has no known lifetime and counts as written for five minutes.
    private init(
        model: String?, input: Int64, written: Int64, split: MessageUsage.CacheCreation?, cacheRead: Int64,
        output: Int64
    ) {
        let split = split ?? MessageUsage.CacheCreation()
        let excess = max(0, written - split.ephemeral5mInputTokens - split.ephemeral1hInputTokens)
        self.model = model
        self.input = input
        self.cacheWrite5m = split.ephemeral5mInputTokens + excess
        self.cacheWrite1h = split.ephemeral1hInputTokens
        self.cacheRead = cacheRead
        self.output = output
    }
}

extension MessageUsage {
    /// Whether every count is one that a response can have.
    var isReadable: Bool {
        let range = 0...Self.countLimit
        let counts = [
            inputTokens, cacheCreationInputTokens, cacheReadInputTokens, outputTokens, webSearchRequests,
            cacheCreation?.ephemeral5mInputTokens ?? 0, cacheCreation?.ephemeral1hInputTokens ?? 0,
        ]
        return counts.allSatisfy(range.contains) && iterations.allSatisfy(\.isReadable)
    }
}

extension MessageUsage.Iteration {
    /// Whether every count is one that a response can have.
    fileprivate var isReadable: Bool {
        let range = 0...MessageUsage.countLimit
        let counts = [
            inputTokens, cacheCreationInputTokens, cacheReadInputTokens, outputTokens,
            cacheCreation?.ephemeral5mInputTokens ?? 0, cacheCreation?.ephemeral1hInputTokens ?? 0,
        ]
        return counts.allSatisfy(range.contains)
    }
}
