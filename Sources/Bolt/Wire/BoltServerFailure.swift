/// What a server said about a failure.
///
/// Servers before Bolt 5.7 state only a code and a text; the GQL status is then the general one, `50N42`.
public struct BoltServerFailure: Sendable, Hashable {
    /// Who has to act.
    public enum Classification: String, Sendable, Hashable {
        /// The query or its use is wrong.
        case client = "CLIENT_ERROR"
        /// Trying again may help.
        case transient = "TRANSIENT_ERROR"
        /// The database has a fault.
        case database = "DATABASE_ERROR"
    }

    /// The code, such as `Neo.ClientError.Schema.ConstraintValidationFailed`.
    public let code: String
    /// The server's text for people; it may repeat parts of the query or of the data.
    public let message: String
    /// The five characters of the GQL status.
    public let gqlStatus: String
    /// The description of the GQL status.
    public let gqlDescription: String
    /// The diagnostic record, with the defaults that are left out on the wire.
    public let diagnosticRecord: [String: BoltValue]
    /// The causes, the nearest first.
    public let causes: [Cause]

    /// Why a failure happened.
    public struct Cause: Sendable, Hashable {
        /// The server's text.
        public let message: String
        /// The five characters of the GQL status.
        public let gqlStatus: String
        /// The description of the GQL status.
        public let gqlDescription: String
        /// The diagnostic record, with the defaults that are left out on the wire.
        public let diagnosticRecord: [String: BoltValue]
    }

    init(metadata: BoltMap, version: BoltVersion) {
        let isGQL = version >= .v57
        let sent =
            metadata[isGQL ? "neo4j_code" : "code"]?.string ?? metadata["code"]?.string
            ?? metadata["neo4j_code"]?.string
        code = Self.rewrites[sent ?? ""] ?? sent ?? "Neo.DatabaseError.General.UnknownError"
        let cause = Self.cause(metadata)
        message = metadata["message"]?.string ?? cause.message
        gqlStatus = isGQL ? cause.gqlStatus : GQL.generalError
        gqlDescription = isGQL ? cause.gqlDescription : GQL.generalErrorDescription
        diagnosticRecord = cause.diagnosticRecord
        var causes: [Cause] = []
        var next = isGQL ? metadata["cause"]?.map : nil
        while let map = next {
            causes.append(Self.cause(map))
            next = map["cause"]?.map
        }
        self.causes = causes
    }

    private static func cause(_ metadata: BoltMap) -> Cause {
        Cause(
            message: metadata["message"]?.string ?? GQL.generalErrorDescription,
            gqlStatus: metadata["gql_status"]?.string ?? GQL.generalError,
            gqlDescription: metadata["description"]?.string ?? GQL.generalErrorDescription,
            diagnosticRecord: GQL.diagnosticRecord(metadata["diagnostic_record"]?.map))
    }

    /// Codes that older servers put into the wrong class: a transaction that was ended on purpose is not to be tried again.
    private static let rewrites = [
        "Neo.TransientError.Transaction.Terminated": "Neo.ClientError.Transaction.Terminated",
        "Neo.TransientError.Transaction.LockClientStopped": "Neo.ClientError.Transaction.LockClientStopped",
    ]
}

extension BoltServerFailure {
    /// Who has to act, by the code.
    public var classification: Classification {
        let parts = code.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "Neo" else { return .database }
        switch parts[1] {
        case "ClientError": return .client
        case "TransientError": return .transient
        default: return .database
        }
    }

    /// Whether the same unit of work may succeed when it is tried again.
    public var isRetryable: Bool {
        classification == .transient || isLostLeadership || code == Self.authorizationExpired
    }

    /// Whether a uniqueness or existence constraint refused the change.
    ///
    /// A `MERGE` that lost a race fails this way, so an idempotent write may be tried again.
    public var isConstraintViolation: Bool {
        [
            "Neo.ClientError.Schema.ConstraintValidationFailed", "Neo.ClientError.Schema.ConstraintViolation",
            "Neo.ClientError.Statement.ConstraintVerificationFailed", "Neo.ClientError.Statement.ConstraintViolation",
        ].contains(code)
    }

    /// Whether the server states that the statement certainly changed nothing.
    public var isKnownToHaveChangedNothing: Bool {
        guard case .bool(true) = diagnosticRecord["_idempotent"]?.content else { return false }
        return true
    }

    /// Whether the credentials were refused or have expired.
    public var isSecurityFailure: Bool { code.hasPrefix("Neo.ClientError.Security.") }

    static let authorizationExpired = "Neo.ClientError.Security.AuthorizationExpired"
    static let tokenExpired = "Neo.ClientError.Security.TokenExpired"
    static let unauthorized = "Neo.ClientError.Security.Unauthorized"

    /// Whether the server no longer takes writes for the database.
    var isLostLeadership: Bool {
        code == "Neo.ClientError.Cluster.NotALeader" || code == "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase"
    }

    /// Whether the server does not serve the database for now.
    var isDatabaseUnavailable: Bool { code == "Neo.TransientError.General.DatabaseUnavailable" }
}

/// Defaults of the GQL statuses that are left out on the wire.
enum GQL {
    static let generalError = "50N42"
    static let generalErrorDescription = "error: general processing exception - unexpected error"

    /// The diagnostic record with the keys that servers leave out.
    static func diagnosticRecord(_ sent: BoltMap?) -> [String: BoltValue] {
        let defaults: [String: BoltValue] = ["OPERATION": "", "OPERATION_CODE": "0", "CURRENT_SCHEMA": "/"]
        return defaults.merging(sent?.dictionary ?? [:]) { $1 }
    }
}
