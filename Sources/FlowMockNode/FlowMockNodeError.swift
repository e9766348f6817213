/// The error of the `FlowMockNode` module: the node could not be set up or started.
public struct FlowMockNodeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable { case invalidConfiguration, notStarted }
        let kind: Kind

        /// A setting makes no sense; the message names it.
        public static let invalidConfiguration = Code(kind: .invalidConfiguration)
        /// The server could not be started, mostly because its port is taken.
        public static let notStarted = Code(kind: .notStarted)

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
