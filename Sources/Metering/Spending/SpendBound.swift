/// The most that a call can cost, judged before it is made: what a reservation is made of.
///
/// The prompt is judged by its bytes, the answer by `max_tokens`. A true upper bound would reserve a hundred times what
/// most calls cost, and agents that run side by side would starve each other; so the answer is capped by default
/// (design §4). ``strict`` is the bound without that compromise.
public struct SpendBound: Sendable, Hashable {
    /// Prompt bytes that count as one token.
    public var bytesPerToken: Int64
    /// The most answer tokens that are reserved for, whatever `max_tokens` says.
    public var outputTokenCap: Int64
    /// Whether the whole prompt is taken at its dearest price, as if written to the cache for an hour.
    public var assumesDearestPrompt: Bool

    /// Creates a rule.
    public init(bytesPerToken: Int64, outputTokenCap: Int64, assumesDearestPrompt: Bool) {
        self.bytesPerToken = max(1, bytesPerToken)
        self.outputTokenCap = max(0, outputTokenCap)
        self.assumesDearestPrompt = assumesDearestPrompt
    }

    /// Two bytes for a token, written to the cache for five minutes, and an answer of at most 32,000 tokens.
    ///
    /// Text has three to four bytes to the token, so the prompt is over-reserved; a cap can be overrun only by what
    /// answers have beyond 32,000 tokens, and by prompts whose content is not in the request (files, web searches).
    public static let balanced = SpendBound(bytesPerToken: 2, outputTokenCap: 32_000, assumesDearestPrompt: false)

    /// A token for every byte at the dearest prompt price, and the whole of `max_tokens`.
    public static let strict = SpendBound(bytesPerToken: 1, outputTokenCap: .max, assumesDearestPrompt: true)

    /// The amount to reserve.
    ///
    /// - Parameters:
    ///   - model: The model that the request names. One without prices is taken as the dearest model of the book.
    ///   - inputBytes: The length of the request's body.
    ///   - maxTokens: The request's `max_tokens`.
    ///   - modifiers: What the request asks for: `fast`, `us`, `batch`.
    ///   - book: The prices in force.
    public func amount(
        model: String?, inputBytes: Int64, maxTokens: Int64, modifiers: SKU.Modifiers = [], book: PriceBook
    ) -> PicoUSD {
        let name = ModelName(wire: model)
        let input = min(max(0, inputBytes) / bytesPerToken, Self.tokenLimit) + 1
        let output = min(max(0, maxTokens), outputTokenCap, Self.tokenLimit)
        var modifiers = modifiers
        if let threshold = Rating.longPromptThresholds[name], input > threshold { modifiers.insert(.long) }
        let dimensions: [SKU.Dimension] =
            assumesDearestPrompt ? [.input, .cacheWrite5m, .cacheWrite1h] : [.input, .cacheWrite5m]
        let inputPrice = dimensions.map { price(of: name, $0, modifiers, book) }.max() ?? .zero
        let outputPrice = price(of: name, .output, modifiers, book)
        return input * inputPrice + output * outputPrice
    }

    /// No model reads or writes more tokens than this in one call; it keeps products inside the range of money.
    private static let tokenLimit: Int64 = 1_000_000_000_000

    private func price(
        of model: ModelName, _ dimension: SKU.Dimension, _ modifiers: SKU.Modifiers, _ book: PriceBook
    ) -> PicoUSD {
        if let price = book.prices[SKU(model: model, dimension, modifiers)] { return price }
        // A modifier that the model does not have is not applied by the API either (opus-4-6 serves fast as standard).
        if let price = book.prices[SKU(model: model, dimension, modifiers.intersection(.long))] { return price }
        let suffix = "/\(dimension.rawValue)"
        return book.prices.reduce(.zero) { dearest, entry in
            entry.key.rawValue.utf8.count > suffix.utf8.count && entry.key.rawValue.contains(suffix)
                ? max(dearest, entry.value) : dearest
        }
    }
}
