public import Bolt
public import Metering

/// The usage graph: a store in a Neo4j database, shared by any number of gateways.
///
/// ```swift
/// try await Neo4jUsageStore.withStore("neo4j://localhost", authentication: credentials) { store in
///     let outcomes = try await store.append(events)
/// }
/// ```
///
/// Several stores may write to one database at the same time: they take turns at the node that counts positions, so each
/// customer has one chain without a gap, whoever writes. A database that cannot be reached fails calls with
/// `storeUnavailable`; put a `SpooledUsageStore` in front where events must not be lost. docs/neo4j.md describes the
/// graph.
public final class Neo4jUsageStore: UsageStore {
    /// The driver that the store was made with; whoever made it closes it.
    public let driver: BoltDriver
    /// The database; `nil` for the user's home database.
    public let database: String?
    /// The settings.
    public let options: Options
    private let writer: GraphWriter
    private let graph: GraphDatabase

    /// Creates a store on a driver.
    ///
    /// Nothing is sent yet. Call ``prepareSchema()`` before the first event.
    public init(driver: BoltDriver, database: String? = nil, options: Options = Options()) {
        self.driver = driver
        self.database = database
        self.options = options
        graph = GraphDatabase(driver: driver, name: database, options: options)
        writer = GraphWriter(graph)
    }

    /// Connects to a database, prepares its schema, lends a store, and closes store and driver.
    ///
    /// - Parameters:
    ///   - uri: The address, such as `neo4j+s://graph.example.com`.
    ///   - authentication: The credentials; they never reach an error or a log.
    ///   - database: The database; `nil` for the user's home database.
    /// - Throws: What the body throws, and `MeteringError`: `storeUnavailable` when the database cannot be reached,
    ///   refuses the credentials or was made by a newer version; `invalidInput` for an address that is none.
    @discardableResult
    public static func withStore<Value>(
        _ uri: String, authentication: BoltAuthentication, database: String? = nil, options: Options = Options(),
        _ body: (Neo4jUsageStore) async throws -> Value
    ) async throws -> Value {
        let driver: BoltDriver
        do { driver = try BoltDriver(uri, authentication: authentication) } catch {
            throw MeteringError(
                .invalidInput, "the address of the graph database cannot be used: \(error.message)", cause: error)
        }
        defer { driver.close() }
        let store = Neo4jUsageStore(driver: driver, database: database, options: options)
        do {
            try await store.prepareSchema()
            let value = try await body(store)
            try await store.close()
            return value
        } catch {
            try await store.close()
            throw error
        }
    }

    /// Creates the constraints and indexes that are missing, and notes the schema's version in the database.
    ///
    /// Doing so again, or in several processes at once, changes nothing.
    ///
    /// - Throws: `storeUnavailable` when the database cannot be reached, or was made by a newer version.
    public func prepareSchema() async throws(MeteringError) { try await GraphSchema.prepare(try opened()) }

    /// See `UsageStore`.
    public func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        do throws(MeteringError) {
            _ = try opened()
            for event in events { try event.validate() }
        } catch {
            return completion(.failure(error))
        }
        if events.isEmpty { return completion(.success([])) }
        guard writer.add(Submission(events: events, completion: completion)) else {
            return completion(.failure(Self.closed))
        }
    }

    /// Writes what was submitted, and closes the store; the driver stays open.
    ///
    /// Closing it again is a no-op. With the database out of reach it takes as long as
    /// ``Options/retryTime`` says.
    public func close() async throws(MeteringError) { await writer.close() }

    /// The database, unless the store was closed.
    func opened() throws(MeteringError) -> GraphDatabase {
        guard !writer.isClosed else { throw Self.closed }
        return graph
    }

    private static var closed: MeteringError { MeteringError(.storeClosed, "the store was closed") }
}
