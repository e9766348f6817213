public import Claude

/// How usage becomes SKU lines, and lines become money.
///
/// The only place where either is decided.
///
/// Everything is decided from the response's usage, never from the request. The rules and their sources are in
/// docs/pricing.md; reference: Anthropic's price and usage pages, SDK types of `anthropic` 2.12.
public enum Rating {
    /// The longest prompt, in tokens, that still has the normal price, for models with a price for long prompts.
    static let longPromptThresholds: [ModelName: Int64] = [ModelName(rawValue: "claude-haiku-5-5"): 100_000]

    /// The most lines one event may have; more of them come only from a response that makes no sense.
    public static let lineLimit = 1_000

    /// The bytes of text that count as one token when no final count came (Anthropic's own gateway counts 4).
    static let bytesPerEstimatedToken: Int64 = 4

    /// Whether a response belongs on record: it used something, or it ended as it should, even if free of charge.
    ///
    /// A response that broke off before any usage was stated is not an event.
    public static func isMetered(_ record: MessageRecord) -> Bool {
        record.ending == .complete || !lines(for: record).isEmpty
    }

    /// What was used, by SKU: sorted, one line each, no zero quantities.
    ///
    /// Usage that could not be read, or has a negative count or one over `MessageUsage.countLimit`, adds one line of
    /// ``SKU/Dimension/unreadableUsage``, which has no price in any book.
    public static func lines(for record: MessageRecord) -> [SKULine] {
        let isReadable = record.usage.isReadable
        let isUnderstood = isReadable && record.problem?.code != .malformedUsage
        // A refusal without content is free, although its usage has counts.
        if isUnderstood, record.stopReason == "refusal", !record.hasContent { return [] }

        var builder = SKULineBuilder(modifiers: modifiers(of: record.usage))
        if isReadable {
            for pass in passes(of: record) { builder.add(pass) }
            builder.add(.webSearch, record.usage.webSearchRequests)
        }
        let unreadable = SKU(model: ModelName(wire: record.model), .unreadableUsage)
        if !isUnderstood { builder.add(unreadable, 1) }
        return builder.finish() ?? [SKULine(sku: unreadable, quantity: 1)]
    }

    /// Σ quantity × price over the lines: no multiplier, no rounding.
    ///
    /// - Returns: `unpriced` with every SKU that the book lacks, or the charge, which is zero only when there are no
    ///   lines or their prices are zero.
    public static func charge(for lines: [SKULine], book: PriceBook) -> UsageEvent.Charge {
        var sum = PicoUSD.zero
        var missing: [SKU] = []
        for line in lines {
            guard let price = book.prices[line.sku] else {
                missing.append(line.sku)
                continue
            }
            // A quantity is at most 10¹² and a price at most 10¹⁵, so 1,000 lines stay far inside Int128.
            sum += line.quantity * price
        }
        return missing.isEmpty ? .priced(sum) : .unpriced(missing: missing.sorted())
    }

    /// Whether the counts are the provider's last word: the response ended as it should, and all of it could be read.
    static func isFinal(_ record: MessageRecord) -> Bool { record.ending == .complete && record.problem == nil }

    /// What the whole response was served as.
    ///
    /// The entries of `iterations` have no such fields of their own.
    private static func modifiers(of usage: MessageUsage) -> SKU.Modifiers {
        var modifiers: SKU.Modifiers = []
        if usage.speed == "fast" { modifiers.insert(.fast) }
        if usage.inferenceGeo == "us" { modifiers.insert(.us) }
        if usage.serviceTier == "batch" { modifiers.insert(.batch) }
        return modifiers
    }

    /// The sampling passes that are billed.
    private static func passes(of record: MessageRecord) -> [SamplingPass] {
        let missing = estimatedExtraOutput(of: record)
        guard !record.usage.iterations.isEmpty else {
            var pass = SamplingPass(record.usage, model: record.model)
            pass.output += missing
            return [pass]
        }
        let iterations = record.usage.iterations
        let lastFallback = iterations.lastIndex { $0.type == "fallback_message" } ?? 0
        let estimated = iterations.lastIndex(where: \.isAnswer) ?? iterations.count - 1
        var passes: [SamplingPass] = []
        for (index, iteration) in iterations.enumerated() {
            // An attempt that declined before any output, so that a fallback answered, is reported but free.
            if iteration.type == "message", iteration.outputTokens == 0, index < lastFallback { continue }
            var pass = SamplingPass(iteration, model: iteration.model ?? record.model)
            if index == estimated { pass.output += missing }
            passes.append(pass)
        }
        return passes
    }

    /// Output tokens beyond the reported ones, when these are not final: the reported count may be a placeholder.
    private static func estimatedExtraOutput(of record: MessageRecord) -> Int64 {
        guard !isFinal(record) else { return 0 }
        let answers = record.usage.iterations.filter(\.isAnswer)
        let reported =
            record.usage.iterations.isEmpty
            ? record.usage.outputTokens : answers.reduce(0) { $0 &+ $1.outputTokens }
        let (quotient, remainder) = record.generatedBytes.quotientAndRemainder(dividingBy: bytesPerEstimatedToken)
        return max(0, quotient + (remainder > 0 ? 1 : 0) - reported)
    }
}

extension MessageUsage.Iteration {
    /// Whether the pass wrote text that the client got.
    fileprivate var isAnswer: Bool { type == "message" || type == "fallback_message" }
}
