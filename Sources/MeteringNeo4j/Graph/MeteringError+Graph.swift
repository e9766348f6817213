internal import Bolt
internal import Metering

extension MeteringError {
    /// The error for a failure of the database or of the way to it.
    ///
    /// - Parameters:
    ///   - error: What the driver threw; it becomes the cause.
    ///   - database: The database's name.
    ///   - mayHaveHappened: Whether a commit was sent whose answer was lost.
    init(graph error: any Error, database: String?, mayHaveHappened: Bool = false) {
        guard let error = error as? BoltError else {
            self.init(.storeUnavailable, "the work in the graph database was given up", cause: error)
            return
        }
        var (code, message) = Self.explain(error, database: database)
        if mayHaveHappened, code == .storeUnavailable {
            message += "; a commit was under way, so do the same once more: what was kept is not kept twice"
        }
        self.init(code, message, cause: error)
    }

    /// The error of a database without the store's nodes.
    static let unprepared = MeteringError(
        .storeUnavailable, "the database holds no usage graph; prepare its schema first (flowmeter serve does that)")

    /// Whether the database refused what was to be written, so that other events may fare better.
    var isOfTheEvents: Bool {
        guard let error = cause as? BoltError else { return false }
        if let server = error.server { return server.classification == .client && !server.isSecurityFailure }
        return error.code == .unsupportedValue
    }

    private static func explain(_ error: BoltError, database: String?) -> (Code, String) {
        if let server = error.server {
            if server.isSecurityFailure {
                return (
                    .storeUnavailable,
                    "the graph database refuses the credentials; check the user, the password and the user's rights"
                )
            }
            if server.code == "Neo.ClientError.Database.DatabaseNotFound" {
                return (.storeUnavailable, "the server has no database \(database ?? "") of that name; create it first")
            }
            return (.storeUnavailable, "the graph database refused a query (\(server.code))")
        }
        switch error.code {
        case .driverClosed: return (.storeClosed, "the driver of the graph database was closed")
        case .decoding, .malformedValue:
            return (.storeCorrupt, "the graph holds something that no store wrote: \(error.message)")
        case .cancelled: return (.storeUnavailable, "the query was cancelled")
        default: return (.storeUnavailable, "the graph database cannot be reached: \(error.message)")
        }
    }
}
