/// The error of the `Flow` module.
public struct FlowError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable {
            case invalidInput, malformedJSON, malformedValue, typeMismatch, overflow, invalidKey, invalidSignature
            case notFound, refused, rateLimited, unavailable, timedOut, malformedAnswer, executionFailed, expired
            case idMismatch, noKey, storage, intentConflict, closed
        }
        let kind: Kind

        /// An argument breaks a rule; the message names the rule.
        public static let invalidInput = Code(kind: .invalidInput)
        /// The text is not JSON.
        public static let malformedJSON = Code(kind: .malformedJSON)
        /// The JSON is not JSON-Cadence, or a value is out of its type's range.
        public static let malformedValue = Code(kind: .malformedValue)
        /// A Cadence value is of another type than the Swift type that it should become.
        public static let typeMismatch = Code(kind: .typeMismatch)
        /// A result does not fit its type.
        public static let overflow = Code(kind: .overflow)
        /// Bytes or text are no key.
        public static let invalidKey = Code(kind: .invalidKey)
        /// A signature has a wrong form, or is not valid.
        public static let invalidSignature = Code(kind: .invalidSignature)
        /// The access node does not know the thing (HTTP 404).
        public static let notFound = Code(kind: .notFound)
        /// The access node refuses the request (HTTP 400, 413): repeating it changes nothing.
        public static let refused = Code(kind: .refused)
        /// The access node wants fewer requests (HTTP 429).
        public static let rateLimited = Code(kind: .rateLimited)
        /// No access node could be reached, or all failed (HTTP 5xx).
        public static let unavailable = Code(kind: .unavailable)
        /// No answer came in time.
        ///
        /// Whether the request was done is not known.
        public static let timedOut = Code(kind: .timedOut)
        /// The access node's answer is not what its interface promises.
        public static let malformedAnswer = Code(kind: .malformedAnswer)
        /// A script or transaction failed on chain; see ``FlowError/execution``.
        public static let executionFailed = Code(kind: .executionFailed)
        /// The transaction can no longer be included in a block.
        public static let expired = Code(kind: .expired)
        /// The access node computed another id than this client: it did not understand the same transaction.
        public static let idMismatch = Code(kind: .idMismatch)
        /// No key of the pool can be used.
        public static let noKey = Code(kind: .noKey)
        /// What must be stored could not be stored; nothing was sent.
        public static let storage = Code(kind: .storage)
        /// An intent's key was used before, for an intent that asks for something else; nothing was sent.
        public static let intentConflict = Code(kind: .intentConflict)
        /// The thing was closed.
        public static let closed = Code(kind: .closed)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened and what to do about it.
    ///
    /// It never holds key material. Text from an access node is part of it, cut to a length that a log can bear.
    public var message: String
    /// Where in the input it happened: a byte offset, when known.
    public var offset: Int?
    /// The error of Flow's virtual machine, when a script or transaction failed in it.
    public var execution: ExecutionFailure?
    /// The error underneath, if any.
    public var cause: (any Error)?

    /// Creates an error.
    public init(
        _ code: Code, _ message: String, offset: Int? = nil, execution: ExecutionFailure? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.offset = offset
        self.execution = execution
        self.cause = cause
    }

    /// The code, the message and the place.
    public var description: String {
        if let offset { return "\(code): \(message) (at byte \(offset))" }
        return "\(code): \(message)"
    }
}
