/// The `usage` object of one Messages API response, as the wire states it.
///
/// Counts are tokens (or requests for server tools), never negative, and at most ``MessageUsage/countLimit``:
/// a response with a larger or a negative count is malformed. Fields and meaning: Messages API reference,
/// `usage`; SDK types of `anthropic` 2.12.
public struct MessageUsage: Sendable, Hashable {
    /// The largest count accepted from the wire.
    ///
    /// It keeps every product and sum with a price inside `Int128`.
    public static let countLimit: Int64 = 1_000_000_000_000

    /// Tokens after the last cache breakpoint.
    ///
    /// The whole prompt is ``promptTokens``.
    public var inputTokens: Int64 = 0
    /// All tokens written to the prompt cache.
    ///
    /// Equals the sum of ``cacheCreation`` when the split is present.
    public var cacheCreationInputTokens: Int64 = 0
    /// Cache writes split by time to live; `nil` when the response has no split.
    public var cacheCreation: CacheCreation?
    /// Tokens read from the prompt cache.
    public var cacheReadInputTokens: Int64 = 0
    /// Generated tokens, thinking included: the billed total.
    public var outputTokens: Int64 = 0
    /// The part of ``outputTokens`` spent on thinking.
    ///
    /// Information only; never added to a bill.
    public var thinkingTokens: Int64 = 0
    /// Server-side web searches that succeeded.
    public var webSearchRequests: Int64 = 0
    /// Server-side web fetches, which are free of charge.
    public var webFetchRequests: Int64 = 0
    /// The tier that served the call: `standard`, `priority` or `batch`.
    public var serviceTier: String?
    /// Where inference ran, such as `us` or `global`.
    public var inferenceGeo: String?
    /// The speed that was served: `standard` or `fast`.
    public var speed: String?
    /// Sampling passes behind one answer.
    ///
    /// When not empty they are the bill, and the top-level counts are not.
    public var iterations: [Iteration] = []

    /// A usage with every count at zero.
    public init() {}

    /// Tokens of the whole prompt: uncached, written to the cache, and read from it.
    public var promptTokens: Int64 { inputTokens + cacheCreationInputTokens + cacheReadInputTokens }

    /// Cache writes by time to live.
    public struct CacheCreation: Sendable, Hashable {
        /// Tokens written with a five-minute lifetime.
        public var ephemeral5mInputTokens: Int64
        /// Tokens written with a one-hour lifetime.
        public var ephemeral1hInputTokens: Int64

        /// Creates a split.
        public init(ephemeral5mInputTokens: Int64 = 0, ephemeral1hInputTokens: Int64 = 0) {
            self.ephemeral5mInputTokens = ephemeral5mInputTokens
            self.ephemeral1hInputTokens = ephemeral1hInputTokens
        }
    }

    /// One entry of `usage.iterations`.
    public struct Iteration: Sendable, Hashable {
        /// The entry's type: `message`, `compaction`, `advisor_message`, `fallback_message`, or one not known yet.
        public var type: String
        /// The model that ran this pass; `nil` means the response's model.
        public var model: String?
        /// See ``MessageUsage/inputTokens``.
        public var inputTokens: Int64 = 0
        /// See ``MessageUsage/cacheCreationInputTokens``.
        public var cacheCreationInputTokens: Int64 = 0
        /// See ``MessageUsage/cacheCreation``.
        public var cacheCreation: CacheCreation?
        /// See ``MessageUsage/cacheReadInputTokens``.
        public var cacheReadInputTokens: Int64 = 0
        /// See ``MessageUsage/outputTokens``.
        public var outputTokens: Int64 = 0

        /// Creates an entry with every count at zero.
        public init(type: String, model: String? = nil) {
            self.type = type
            self.model = model
        }
    }
}
