internal import Bolt
internal import Logging

/// Where Neo4j is, and how to get in: what the `NEO4J_…` settings say.
struct Neo4jLocation: Sendable {
    /// The server or cluster; it holds no credentials.
    let uri: BoltURI
    /// The database; `nil` for the user's home database.
    let database: String?
    private let text: String
    private let authentication: BoltAuthentication

    /// The location that the settings name; `nil` when usage is kept in SQLite.
    init?(settings: Settings) throws(CommandError) {
        guard let text = settings.text(.neo4jURI), text.lowercased() != "none" else { return nil }
        self.text = text
        // The text may hold a password that does not belong there, so no error shows it.
        do { uri = try BoltURI(text) } catch {
            throw CommandError(
                "NEO4J_URI is not an address of Neo4j: \(error.message)",
                fix: "set it to something like neo4j://localhost:7687, and the password in NEO4J_PASSWORD",
                status: .usage)
        }
        database = settings.text(.neo4jDatabase)
        let password = settings.secret(.neo4jPassword)
        switch (settings.text(.neo4jUser), password) {
        case (let user, let password?):
            authentication = .basic(username: user ?? "neo4j", password: password.exposed)
        case (nil, nil): authentication = .none
        case (.some, nil):
            throw CommandError(
                "NEO4J_USER is set and NEO4J_PASSWORD is not",
                fix: "put NEO4J_PASSWORD into .env or the environment", status: .usage)
        }
    }

    /// A driver; no connection is opened yet.
    ///
    /// - Parameters:
    ///   - patience: How long a unit of work waits for a connection.
    ///   - answer: The longest silence while an answer is due.
    func driver(
        patience: Duration, answersWithin answer: Duration = .seconds(40), logger: Logger? = nil
    ) throws(CommandError) -> BoltDriver {
        var configuration = BoltConfiguration()
        configuration.acquisitionTimeout = patience
        configuration.connectTimeout = patience
        configuration.receiveTimeout = answer
        configuration.livenessCheckTimeout = .seconds(30)
        configuration.initialRetryDelay = .milliseconds(50)
        configuration.maximumRetryTime = patience
        configuration.sendsTelemetry = false
        configuration.userAgent = "flowmeter/\(FlowmeterVersion.current)"
        do {
            return try BoltDriver(text, authentication: authentication, configuration: configuration, logger: logger)
        } catch {
            throw CommandError(error, at: self)
        }
    }
}

extension Neo4jLocation: CustomStringConvertible {
    /// The address, and the database when one is named.
    var description: String { database.map { "\(uri), database \($0)" } ?? "\(uri)" }
}
