internal import Bolt

extension CommandError {
    /// The error of a driver, with what a person can do about it.
    init(_ error: BoltError, at location: Neo4jLocation) {
        guard let server = error.server else {
            self.init(driver: error, at: location)
            return
        }
        // The server's words say more than its code, and hold no credentials.
        let message = "Neo4j at \(location.uri): \(server.message) (\(server.code))"
        switch server.code {
        case let code where code.hasPrefix("Neo.ClientError.Security."):
            self.init(
                message, fix: "check NEO4J_USER and NEO4J_PASSWORD, and what that user may do", status: .usage)
        case "Neo.ClientError.Database.DatabaseNotFound":
            self.init(message, fix: "create the database, or name another with NEO4J_DATABASE", status: .usage)
        case let code where code.hasPrefix("Neo.ClientError.Statement."):
            self.init(message, fix: "correct the query, or its --param values", status: .usage)
        default: self.init(message, fix: "run 'flowmeter doctor'")
        }
    }

    private init(driver error: BoltError, at location: Neo4jLocation) {
        let message = "Neo4j at \(location.uri): \(error.message)"
        switch error.code {
        case .serviceUnavailable, .connectionLost, .acquisitionTimeout, .poolExhausted, .routing:
            self.init(
                message,
                fix: "check that Neo4j runs there, and that NEO4J_URI names the port of Bolt (7687 unless changed)")
        case .tls:
            self.init(
                message,
                fix: "use +s only with a certificate of a known authority for that host, +ssc for any, and neither "
                    + "when the server has no TLS", status: .usage)
        case .authentication:
            self.init(message, fix: "check NEO4J_USER and NEO4J_PASSWORD", status: .usage)
        case .unsupportedVersion, .protocolViolation:
            self.init(message, fix: "check that NEO4J_URI names the port of Bolt, of Neo4j 4.4 or later")
        case .invalidConfiguration, .invalidQuery, .unsupportedValue, .decoding: self.init(message, status: .usage)
        default: self.init(message)
        }
    }
}

extension BoltError {
    /// Whether the server may answer later without anybody changing a setting.
    var isOutage: Bool {
        switch code {
        case .serviceUnavailable, .connectionLost, .acquisitionTimeout, .commitOutcomeUnknown, .poolExhausted, .routing:
            true
        default: isRetryable || server?.classification == .transient
        }
    }
}
