/// An error of the `Claude` module: bytes that are not what the Messages API or Claude Code writes.
public struct ClaudeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable { case malformedJSON, malformedUsage, malformedEvent, lineTooLong, compression, io }
        let kind: Kind

        /// The text is not the JSON it should be.
        public static let malformedJSON = Code(kind: .malformedJSON)
        /// A `usage` object has a field of the wrong type, a negative count or one over the limit.
        public static let malformedUsage = Code(kind: .malformedUsage)
        /// A server-sent event has a payload that its type does not allow.
        public static let malformedEvent = Code(kind: .malformedEvent)
        /// A line or event is longer than the reader's limit.
        public static let lineTooLong = Code(kind: .lineTooLong)
        /// A compressed body is damaged or in an encoding that cannot be read.
        public static let compression = Code(kind: .compression)
        /// A file could not be read.
        public static let io = Code(kind: .io)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened, in words a person can act on.
    ///
    /// It never holds message content or credentials.
    public var message: String
    /// Where in the input it happened: a byte offset, when known.
    public var offset: Int?

    /// Creates an error.
    public init(_ code: Code, _ message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    /// The code, the message and the place.
    public var description: String {
        if let offset { return "\(code): \(message) (at byte \(offset))" }
        return "\(code): \(message)"
    }
}
