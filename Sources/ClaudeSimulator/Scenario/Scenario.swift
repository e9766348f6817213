/// How the simulator answers one request: what it says, what it counts, and how the bytes travel.
///
/// Everything is optional: an empty scenario is a whole, plain answer derived from the request and the seed.
/// In JSON (header `x-simulator-scenario`, or `[[simulate:{…}]]` in the last message) the names are in snake case.
public struct Scenario: Sendable, Hashable {
    /// The model that the answer names.
    ///
    /// Default: the request's.
    public var model: String?
    /// The message id.
    ///
    /// Default: derived from seed, request and repetition.
    public var messageID: String?
    /// The `request-id`.
    ///
    /// Default: as for ``messageID``.
    public var requestID: String?
    /// The content blocks, as in a response.
    ///
    /// Default: text, thinking and tool use derived from the request.
    public var content: [JSONValue]?
    /// Why generation stopped.
    ///
    /// Default: from the content.
    public var stopReason: String?
    /// The `stop_details` object.
    public var stopDetails: JSONValue?
    /// Merged over the final `usage`, so that single counts can be set.
    public var usage: JSONValue?
    /// Merged over the `usage` of `message_start`.
    public var startUsage: JSONValue?
    /// The `usage` of each `message_delta`, verbatim.
    ///
    /// Default: one with the final counts.
    public var deltas: [JSONValue]?
    /// Sampling passes beside the answering one.
    ///
    /// They fill `usage.iterations`.
    public var passes: [Pass] = []
    /// An HTTP error instead of an answer.
    public var failure: APIFailure?
    /// How the body breaks off.
    public var fault: Fault?
    /// Where the body waits until the test opens a gate.
    public var gates: [GatePoint] = []
    /// Where the body pauses.
    public var delays: [Delay] = []
    /// The form of the bytes.
    public var wire = WireFormat()
    /// A body given byte for byte, instead of an answer.
    public var raw: RawBody?
    /// Extra response headers; they replace those of the same name.
    public var headers: [String: String] = [:]
    /// How many times a batch is retrieved before it has ended; 0 means it has ended when created.
    ///
    /// Default: 1.
    public var batchPolls: Int?
    /// What becomes of a request inside a batch: `succeeded` (default), `errored`, `canceled` or `expired`.
    public var batchOutcome: BatchOutcome = .succeeded

    /// Creates a scenario: a plain answer, until properties are set.
    public init() {}

    /// A plain answer with this text.
    public init(text: String) { content = [["type": "text", "text": .string(text)]] }

    /// A sampling pass beside the answering one.
    public struct Pass: Sendable, Hashable {
        /// `message`, `compaction` or `advisor_message`.
        public var type: String
        /// The model that ran it; `nil` leaves the member out.
        public var model: String?
        /// Uncached prompt tokens.
        public var inputTokens: Int64
        /// Prompt tokens written to the cache for five minutes.
        public var cacheWriteTokens: Int64
        /// Prompt tokens read from the cache.
        public var cacheReadTokens: Int64
        /// Generated tokens; 0 in a pass before a fallback means that it declined and is free.
        public var outputTokens: Int64

        /// Creates a pass.
        public init(
            type: String, model: String? = nil, inputTokens: Int64 = 0, cacheWriteTokens: Int64 = 0,
            cacheReadTokens: Int64 = 0, outputTokens: Int64 = 0
        ) {
            self.type = type
            self.model = model
            self.inputTokens = inputTokens
            self.cacheWriteTokens = cacheWriteTokens
            self.cacheReadTokens = cacheReadTokens
            self.outputTokens = outputTokens
        }
    }

    /// What becomes of a request inside a batch.
    public enum BatchOutcome: String, Sendable, Hashable, CaseIterable {
        case succeeded, errored, canceled, expired
    }

    /// A body given byte for byte.
    public struct RawBody: Sendable, Hashable {
        /// The `content-type`.
        public var contentType: String
        /// The HTTP status.
        public var status: Int
        /// The bytes.
        public var bytes: [UInt8]

        /// Creates a body.
        public init(contentType: String, status: Int = 200, bytes: [UInt8]) {
            self.contentType = contentType
            self.status = status
            self.bytes = bytes
        }
    }
}
