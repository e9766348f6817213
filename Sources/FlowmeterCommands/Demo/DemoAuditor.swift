internal import Claude

/// Recomputes what a response costs: its own rules, rational numbers, published prices.
///
/// No code of the metering.
struct DemoAuditor: Sendable {
    /// What a response costs, in US dollars.
    enum Cost: Sendable, Hashable {
        case dollars(Fraction)
        /// A model without a published price is in it.
        case unknown
    }

    private struct Part {
        var model: String
        var input: Int64
        var write5m: Int64
        var write1h: Int64
        var read: Int64
        var output: Int64
    }

    private let prices = PublishedPrices()

    /// The cost of a response.
    func cost(of record: MessageRecord) -> Cost {
        if record.stopReason == "refusal" && !record.hasContent { return .dollars(.zero) }
        var sum = Fraction.zero
        for part in parts(of: record) {
            let prompt = part.input + part.write5m + part.write1h + part.read
            guard let rates = prices.rates(of: part.model, prompt: prompt) else { return .unknown }
            sum = sum + part.input * rates.input + part.output * rates.output + part.write5m * rates.write5m
            sum = sum + part.write1h * rates.write1h + part.read * rates.read
        }
        sum = sum * Fraction(1, 1_000_000)
        if record.usage.speed == "fast" { sum = sum * PublishedPrices.fast }
        if record.usage.inferenceGeo == "us" { sum = sum * PublishedPrices.us }
        if record.usage.serviceTier == "batch" { sum = sum * PublishedPrices.batch }
        return .dollars(sum + record.usage.webSearchRequests * PublishedPrices.webSearch)
    }

    /// The passes that are billed: the entries of `iterations` where there are some, else the top level.
    private func parts(of record: MessageRecord) -> [Part] {
        let usage = record.usage
        let model = record.model ?? ""
        // A response that broke off stated a placeholder: four bytes of text are taken as one token.
        let seen = record.ending == .complete ? 0 : (record.generatedBytes + 3) / 4
        guard !usage.iterations.isEmpty else {
            return [
                Part(
                    model: model, input: usage.inputTokens,
                    write5m: fiveMinutes(usage.cacheCreationInputTokens, usage.cacheCreation),
                    write1h: usage.cacheCreation?.ephemeral1hInputTokens ?? 0, read: usage.cacheReadInputTokens,
                    output: max(usage.outputTokens, seen))
            ]
        }
        let fallback = usage.iterations.lastIndex { $0.type == "fallback_message" }
        return usage.iterations.enumerated().compactMap { index, entry in
            // An attempt that declined before a word was written is free.
            if let fallback, index < fallback, entry.type == "message", entry.outputTokens == 0 { return nil }
            return Part(
                model: entry.model ?? model, input: entry.inputTokens,
                write5m: fiveMinutes(entry.cacheCreationInputTokens, entry.cacheCreation),
                write1h: entry.cacheCreation?.ephemeral1hInputTokens ?? 0, read: entry.cacheReadInputTokens,
                output: entry.outputTokens)
        }
    }

    /// Writes whose lifetime is not stated are taken as the shorter one.
    private func fiveMinutes(_ all: Int64, _ split: MessageUsage.CacheCreation?) -> Int64 {
        max(all - (split?.ephemeral1hInputTokens ?? 0), split?.ephemeral5mInputTokens ?? 0)
    }
}
