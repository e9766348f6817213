public import Logging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle
internal import Synchronization

/// A driver for Neo4j and other servers that speak Bolt: connections to one server or cluster.
///
/// Make one for the life of the program, and share it. Connections are opened when they are needed.
///
/// ```swift
/// try await BoltDriver.withDriver("neo4j://localhost", authentication: .basic(username: "neo4j", password: password)) {
///     driver in
///     let people = try await driver.executeQuery("MATCH (p:Person {city: \(city)}) RETURN p.name, p.born")
///     for (name, born) in try people.decode(String.self, Int?.self) { print(name, born ?? 0) }
/// }
/// ```
///
/// In a `ServiceGroup` the driver is a service, which closes it at the end.
public final class BoltDriver: Service {
    /// The server or cluster.
    public let uri: BoltURI
    /// The settings.
    public let configuration: BoltConfiguration
    /// Shares bookmarks between all calls of ``executeQuery(_:configuration:)``, so that each sees what came before.
    public let bookmarkManager = BoltBookmarkManager()

    let router: Router
    let clock: any Clock<Duration>
    let logger: Logger
    private let sweeper = Mutex<RepeatedTask?>(nil)

    /// Creates a driver; no connection is opened yet.
    ///
    /// - Parameters:
    ///   - uri: The address, such as `neo4j+s://example.com`.
    ///   - additionalAddresses: Further members of the cluster, to be asked when the first one is down.
    ///   - authentication: The credentials.
    ///   - configuration: The settings.
    ///   - logger: Where the driver reports what it does; it never logs credentials, parameters or results.
    ///
    /// Throws ``BoltError/Code/invalidConfiguration`` or ``BoltError/Code/tls``.
    public convenience init(
        _ uri: String, additionalAddresses: [BoltAddress] = [], authentication: BoltAuthentication,
        configuration: BoltConfiguration = BoltConfiguration(), logger: Logger? = nil
    ) throws(BoltError) {
        try self.init(
            uri, additionalAddresses: additionalAddresses,
            authenticationProvider: StaticAuthentication(authentication: authentication), configuration: configuration,
            logger: logger)
    }

    /// Creates a driver whose credentials may change; no connection is opened yet.
    public convenience init(
        _ uri: String, additionalAddresses: [BoltAddress] = [],
        authenticationProvider: any BoltAuthenticationProvider, configuration: BoltConfiguration = BoltConfiguration(),
        logger: Logger? = nil
    ) throws(BoltError) {
        try self.init(
            uri: try BoltURI(uri), additionalAddresses: additionalAddresses, provider: authenticationProvider,
            configuration: configuration, logger: logger, clock: ContinuousClock())
    }

    init(
        uri: BoltURI, additionalAddresses: [BoltAddress] = [], provider: any BoltAuthenticationProvider,
        configuration: BoltConfiguration, logger: Logger? = nil, clock: any Clock<Duration>
    ) throws(BoltError) {
        try configuration.check(uri)
        self.uri = uri
        self.configuration = configuration
        self.clock = clock
        self.logger = logger ?? Logger(label: "bolt", factory: { _ in SwiftLogNoOpLogHandler() })
        router = try Router(
            uri: uri, additionalAddresses: additionalAddresses, configuration: configuration, authentication: provider,
            logger: self.logger)
        guard let interval = configuration.sweepInterval else { return }
        let group = configuration.eventLoopGroup ?? .singletonMultiThreadedEventLoopGroup
        let task = group.any().scheduleRepeatedTask(initialDelay: interval, delay: interval) {
            [weak router] task in
            guard let router else { return task.cancel() }
            router.sweep()
        }
        sweeper.withLock { $0 = task }
    }

    deinit { close() }

    /// Makes a driver, lends it, and closes it.
    @discardableResult
    public static func withDriver<T>(
        _ uri: String, authentication: BoltAuthentication, configuration: BoltConfiguration = BoltConfiguration(),
        logger: Logger? = nil, _ body: (BoltDriver) async throws -> T
    ) async throws -> T {
        let driver = try BoltDriver(uri, authentication: authentication, configuration: configuration, logger: logger)
        defer { driver.close() }
        return try await body(driver)
    }

    /// Runs until the service is asked to stop, then closes the driver.
    public func run() async throws {
        do { try await gracefulShutdown() } catch {
            // lint: dropped. Cancelled: that is a way to be asked to stop as well.
        }
        close()
    }

    /// Closes all connections; work that is under way fails.
    public func close() {
        sweeper.withLock { $0.take() }?.cancel()
        router.close()
    }

    /// What the pools of connections do at this moment, one entry for each server.
    public var poolMetrics: [BoltPoolMetrics] { router.metrics }
}

extension BoltDriver {
    /// Connects to a server, or finds out why that is not possible.
    ///
    /// Throws ``BoltError``: for example ``BoltError/Code/serviceUnavailable``, or ``BoltError/Code/server`` with
    /// `Neo.ClientError.Security.Unauthorized`.
    @discardableResult
    public func verifyConnectivity(database: String? = nil) async throws(BoltError) -> BoltServerInformation {
        let (lease, _) = try await router.acquire(
            Router.Need(mode: .read, database: database, impersonatedUser: nil, bookmarks: [], authentication: nil))
        defer { lease.release() }
        // A connection from the pool may be dead without anybody having noticed.
        var writer = lease.connection.writer()
        try writer.plain(.reset)
        let deadline = NIODeadline.now() + TimeAmount(configuration.acquisitionTimeout)
        _ = try await lease.connection.request(writer, deadline: deadline)
        return BoltServerInformation(lease.connection)
    }

    /// Lends a session; it must not be used afterwards.
    ///
    /// A session remembers what it has done, so that its later work sees its earlier work. It does one thing at a time;
    /// use several for several.
    @discardableResult
    public func withSession<T>(
        _ configuration: BoltSessionConfiguration = BoltSessionConfiguration(), _ body: (BoltSession) async throws -> T
    ) async throws -> T {
        let session = BoltSession(driver: self, configuration: configuration)
        return try await withTaskExecutorPreference(session.executor) {
            do {
                let result = try await body(session)
                await session.close()
                return result
            } catch {
                await session.close()
                throw error
            }
        }
    }

    /// Runs one query in a transaction of its own, reads all its records, and tries again where that can help.
    ///
    /// Within the driver, later calls see what earlier calls did, whichever server they reach.
    @discardableResult
    public func executeQuery(
        _ query: BoltQuery, configuration: BoltQueryConfiguration = BoltQueryConfiguration()
    ) async throws(BoltError) -> BoltEagerResult {
        let results = try await execute([query], configuration, .executeQuery)
        guard let result = results.first else { throw BoltError(.resultClosed, "the query has no result") }
        return result
    }

    /// Runs queries in one transaction that is sent as a whole, in one write: a single round trip for all of it.
    ///
    /// The queries must be known beforehand. When one fails, nothing of the transaction happens. A connection that
    /// breaks on the way leaves the outcome unknown (``BoltError/Code/commitOutcomeUnknown``), which is not tried again.
    @discardableResult
    public func executeTransaction(
        _ queries: [BoltQuery], configuration: BoltQueryConfiguration = BoltQueryConfiguration()
    ) async throws(BoltError) -> [BoltEagerResult] {
        var configuration = configuration
        configuration.commitsInSameWrite = true
        return try await execute(queries, configuration, .managedTransaction)
    }

    private func execute(
        _ queries: [BoltQuery], _ configuration: BoltQueryConfiguration, _ interface: TelemetryInterface
    ) async throws(BoltError) -> [BoltEagerResult] {
        var settings = BoltSessionConfiguration(database: configuration.database)
        settings.bookmarkManager = configuration.bookmarks == .shared ? bookmarkManager : nil
        settings.impersonatedUser = configuration.impersonatedUser
        settings.authentication = configuration.authentication
        let session = BoltSession(driver: self, configuration: settings)
        return try await session.retrying { (isFirst) async throws(BoltError) in
            try await session.executeAtOnce(queries, configuration, isFirst ? interface : nil)
        }
    }
}

/// The settings of ``BoltDriver/executeQuery(_:configuration:)``.
public struct BoltQueryConfiguration: Sendable {
    /// What a query must see.
    public enum Bookmarks: Sendable, Hashable {
        /// All that the driver's earlier calls did.
        case shared
        /// Nothing in particular.
        case none
    }

    /// The database; `nil` for the user's home database.
    public var database: String?
    /// Whether the query reads or writes.
    public var accessMode: BoltAccessMode
    /// What the query must see.
    public var bookmarks = Bookmarks.shared
    /// The user in whose place the query is run.
    public var impersonatedUser: String?
    /// Credentials of this call, instead of the driver's (Bolt 5.1).
    public var authentication: BoltAuthentication?
    /// The settings of the transaction.
    public var transaction = BoltTransactionConfiguration()
    /// Whether the commit is sent along with the query: one round trip instead of two.
    ///
    /// A connection that breaks on the way then leaves the outcome unknown more often.
    public var commitsInSameWrite = false

    /// Creates settings.
    public init(database: String? = nil, accessMode: BoltAccessMode = .write) {
        self.database = database
        self.accessMode = accessMode
    }
}

/// What a server says about itself.
public struct BoltServerInformation: Sendable, Hashable {
    /// Its address.
    public let address: BoltAddress
    /// What it calls itself, such as `Neo4j/2026.10.0`.
    public let agent: String
    /// The version of the protocol that was agreed.
    public let protocolVersion: BoltVersion

    init(_ connection: BoltConnection) {
        address = connection.address
        agent = connection.server.agent
        protocolVersion = connection.dialect.version
    }
}
