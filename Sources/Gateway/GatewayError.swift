/// An error of the `Gateway` module.
public struct GatewayError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable { case invalidConfiguration, cannotListen, upstream, notRunning }
        let kind: Kind

        /// A value of the configuration breaks a rule; the message names the value and the rule.
        public static let invalidConfiguration = Code(kind: .invalidConfiguration)
        /// The address cannot be listened on.
        public static let cannotListen = Code(kind: .cannotListen)
        /// The upstream API could not be reached or did not answer as it should.
        public static let upstream = Code(kind: .upstream)
        /// The server is not running.
        public static let notRunning = Code(kind: .notRunning)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened and what to do about it.
    ///
    /// Never holds a secret.
    public var message: String
    /// The error underneath, if any.
    public var cause: (any Error)?

    /// Creates an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code and the message.
    public var description: String { "\(code): \(message)" }
}
