/// An error of the driver: what went wrong, what the server said, and whether trying again can help.
public struct BoltError: Error, Sendable {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable {
            case server, connectionLost, serviceUnavailable, commitOutcomeUnknown, acquisitionTimeout, poolExhausted
            case protocolViolation, unsupportedVersion, tls, authentication, invalidConfiguration, invalidQuery
            case malformedValue, unsupportedValue, decoding, cancelled, transactionClosed, resultClosed, sessionClosed
            case driverClosed, routing
        }
        let kind: Kind

        /// The server answered with a failure; ``BoltError/server`` has its code.
        public static let server = Code(kind: .server)
        /// An open connection broke, or was silent for too long.
        public static let connectionLost = Code(kind: .connectionLost)
        /// No server could be reached, or none that has the needed role.
        public static let serviceUnavailable = Code(kind: .serviceUnavailable)
        /// The connection broke while a commit was unanswered: the transaction may have happened, or not.
        public static let commitOutcomeUnknown = Code(kind: .commitOutcomeUnknown)
        /// No connection became free or ready within the acquisition timeout.
        public static let acquisitionTimeout = Code(kind: .acquisitionTimeout)
        /// Too many callers wait for a connection already.
        public static let poolExhausted = Code(kind: .poolExhausted)
        /// The peer sent bytes that the protocol does not allow.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// Server and driver have no version of the protocol in common, or the version lacks what was asked for.
        public static let unsupportedVersion = Code(kind: .unsupportedVersion)
        /// The encrypted connection could not be made.
        public static let tls = Code(kind: .tls)
        /// There are no credentials to present.
        public static let authentication = Code(kind: .authentication)
        /// An address, option or combination of options is not valid.
        public static let invalidConfiguration = Code(kind: .invalidConfiguration)
        /// A query's parameters are contradictory.
        public static let invalidQuery = Code(kind: .invalidQuery)
        /// Bytes are not PackStream.
        public static let malformedValue = Code(kind: .malformedValue)
        /// A value cannot be sent: too large, or not known to the negotiated version.
        public static let unsupportedValue = Code(kind: .unsupportedValue)
        /// A value is not of the type it was asked for.
        public static let decoding = Code(kind: .decoding)
        /// The task was cancelled; its connection was closed.
        public static let cancelled = Code(kind: .cancelled)
        /// The transaction was used after its end, or after a failure in it.
        public static let transactionClosed = Code(kind: .transactionClosed)
        /// The result was used after its transaction or session ended.
        public static let resultClosed = Code(kind: .resultClosed)
        /// The session was used after its end, or for a second transaction during the first.
        public static let sessionClosed = Code(kind: .sessionClosed)
        /// The driver was used after its end.
        public static let driverClosed = Code(kind: .driverClosed)
        /// A routing table could not be fetched, or makes no sense.
        public static let routing = Code(kind: .routing)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened, in words of the driver; it never holds server text, parameters or credentials.
    public var message: String
    /// What the server said, when it was the server.
    public var server: BoltServerFailure?
    /// Whether the same unit of work may succeed when it is tried again.
    ///
    /// True for transient errors of the server, for a server that lost its role, and for broken connections, unless a
    /// commit was on its way.
    public internal(set) var isRetryable: Bool

    /// Creates an error.
    init(_ code: Code, _ message: String, isRetryable: Bool? = nil) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable ?? (code == .connectionLost || code == .serviceUnavailable)
    }

    /// Creates the error for a failure that the server reported.
    init(server failure: BoltServerFailure) {
        self.code = .server
        self.message = failure.code
        self.server = failure
        self.isRetryable = failure.isRetryable
    }

    /// The five characters of the GQL status: the server's, or the one that stands for the driver's error.
    public var gqlStatus: String {
        if let server { return server.gqlStatus }
        switch code.kind {
        case .commitOutcomeUnknown: return "08007"
        case .connectionLost, .serviceUnavailable, .protocolViolation, .tls: return "08000"
        case .decoding, .malformedValue, .unsupportedValue: return "22000"
        default: return "50N42"
        }
    }
}

extension BoltError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The code and the driver's words, without the server's text, which may repeat data.
    public var description: String {
        if let server { return "\(code): \(server.code) (\(server.gqlStatus))" }
        return "\(code): \(message)"
    }

    /// The same with the server's text.
    public var debugDescription: String {
        guard let server else { return description }
        return "\(description): \(server.message)"
    }
}
