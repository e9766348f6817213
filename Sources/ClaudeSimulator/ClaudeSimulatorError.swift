/// An error of the `ClaudeSimulator` module: a scenario that cannot be read, or a server that could not start.
public struct ClaudeSimulatorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable { case malformedJSON, invalidScenario, notStarted, compression }
        let kind: Kind

        /// A text is not JSON.
        public static let malformedJSON = Code(kind: .malformedJSON)
        /// A scenario has an unknown or wrong member; the message names it.
        public static let invalidScenario = Code(kind: .invalidScenario)
        /// The server could not be started.
        public static let notStarted = Code(kind: .notStarted)
        /// A body could not be compressed.
        public static let compression = Code(kind: .compression)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened and what to do about it.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    public var description: String { "\(code): \(message)" }
}
