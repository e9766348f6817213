/// The most that a call can cost, judged before it is made: what a reservation is made of.
///
/// The prompt is judged by its bytes, the answer by `max_tokens`. ``strict`` is a true upper bound, and so the one under
/// which a cap is hard. It reserves many times what most calls cost; who runs agents side by side under caps that may be
/// overrun a little can choose ``balanced``.
///
/// No bound can be had for what a request only names: files and pages given by id or address, results of server tools
/// such as web search, and the further passes that these and `fallbacks` or compaction make. What they cost is settled
/// in full when the call ends, and counts against the calls that follow.
public struct SpendBound: Sendable, Hashable {
    /// Prompt bytes that count as one token.
    public var bytesPerToken: Int64
    /// The most answer tokens that are reserved for, whatever `max_tokens` says.
    public var outputTokenCap: Int64
    /// Whether everything is taken at its dearest: the whole prompt as written to the cache for an hour, and the call as
    /// served in the US, which a workspace can demand without a word in the request.
    public var assumesDearest: Bool

    /// Creates a rule.
    public init(bytesPerToken: Int64, outputTokenCap: Int64, assumesDearest: Bool) {
        self.bytesPerToken = max(1, bytesPerToken)
        self.outputTokenCap = max(0, outputTokenCap)
        self.assumesDearest = assumesDearest
    }

    /// Two bytes for a token, written to the cache for five minutes, and an answer of at most 32,000 tokens.
    ///
    /// A cap is not hard under it: the calls that run when it is reached can each overrun it by what their answers have
    /// beyond 32,000 tokens, and by prompts of less than two bytes a token or cached for an hour.
    public static let balanced = SpendBound(bytesPerToken: 2, outputTokenCap: 32_000, assumesDearest: false)

    /// A token for every byte at the dearest price, and the whole of `max_tokens`: the bound under which caps are hard.
    public static let strict = SpendBound(bytesPerToken: 1, outputTokenCap: .max, assumesDearest: true)

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
            assumesDearest ? [.input, .cacheWrite5m, .cacheWrite1h] : [.input, .cacheWrite5m]
        let servings = assumesDearest ? [modifiers, modifiers.union(.us)] : [modifiers]
        func dearest(_ dimension: SKU.Dimension) -> PicoUSD {
            servings.map { price(of: name, dimension, $0, book) }.max() ?? .zero
        }
        return input * (dimensions.map(dearest).max() ?? .zero) + output * dearest(.output)
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
