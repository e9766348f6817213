/// What one Messages API response told about itself: identity, usage, and how it ended.
///
/// It is built from a stream, a JSON body, a line of batch results or a transcript line, and is all that rating needs.
public struct MessageRecord: Sendable, Hashable {
    /// The provider's message id (`msg_…`), when the response got far enough to state it.
    public var id: String?
    /// The model that answered, as the response names it.
    public var model: String?
    /// The usage, with the rules of streaming applied (present fields of `message_delta` replace, never add).
    public var usage: MessageUsage
    /// Why generation stopped; `nil` while unknown.
    public var stopReason: String?
    /// Whether any content block was produced.
    ///
    /// A refusal without content is reported with counts, but is free.
    public var hasContent: Bool
    /// How the response ended.
    public var ending: Ending
    /// UTF-8 bytes of generated text, thinking and tool input seen.
    ///
    /// The base of an estimate when no final count came.
    public var generatedBytes: Int64
    /// The first thing in the response that touches its counts and could not be read as the protocol says, or `nil`
    /// when all was well.
    ///
    /// With a problem the counts are the best known, not proven: a field that could not be read keeps its earlier
    /// value. Such a record is never `exact`.
    public var problem: ClaudeError?
    /// The first thing in the generated content that could not be read as the protocol says, or `nil`.
    ///
    /// It is worth a look, and changes nothing: the counts that the provider states do not depend on it.
    public var contentProblem: ClaudeError?

    /// How a response ended.
    public enum Ending: Sendable, Hashable {
        /// It ended as the protocol says: `message_stop`, or a whole JSON body.
        case complete
        /// The stream carried `event: error`; the error's `type`.
        case error(type: String)
        /// The bytes stopped before the end, or could not be read further.
        case truncated
    }

    /// Creates a record.
    public init(
        id: String? = nil, model: String? = nil, usage: MessageUsage = MessageUsage(), stopReason: String? = nil,
        hasContent: Bool = false, ending: Ending = .truncated, generatedBytes: Int64 = 0,
        problem: ClaudeError? = nil, contentProblem: ClaudeError? = nil
    ) {
        self.id = id
        self.model = model
        self.usage = usage
        self.stopReason = stopReason
        self.hasContent = hasContent
        self.ending = ending
        self.generatedBytes = generatedBytes
        self.problem = problem
        self.contentProblem = contentProblem
    }
}
