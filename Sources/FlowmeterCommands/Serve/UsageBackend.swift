internal import Bolt
internal import Logging
internal import Metering
internal import MeteringNeo4j
internal import MeteringSQLite

/// Where `serve` keeps usage: the SQLite database, or Neo4j behind a durable queue.
struct UsageBackend: Sendable, CustomStringConvertible {
    /// The store.
    let store: any UsageStore
    /// What has to run beside the gateway, and longer than it.
    var forwarder: SpoolForwarder?
    /// What holds caps over several gateways, and has to run as long as the forwarder; `nil` when each counts by itself.
    var caps: SharedCaps?
    /// Tells which of several machines' oracles leads; `nil` where there is one machine only.
    var lease: (any LeaderLease)?
    /// What it is, for the line that `serve` begins with.
    let description: String

    /// Opens what the settings name, lends it, and closes it whatever happens.
    static func with<Value: Sendable>(
        _ location: DataLocation, settings: Settings, context: CommandContext, logger: Logger,
        _ body: (UsageBackend) async throws -> Value
    ) async throws -> Value {
        if let neo4j = try Neo4jLocation(settings: settings) {
            let limit = try settings.integer(.spoolMegabytes, in: 1...1_048_576)
            let sharesCaps = try ServeConfiguration.sharesCaps(settings)
            return try await withSpool(
                location.spool, megabytes: limit, neo4j: neo4j, context: context, logger: logger
            ) { backend, caps in
                var backend = backend
                if sharesCaps { backend.caps = caps }
                return try await body(backend)
            }
        }
        warnOfForgotten(location.spool, logger)
        let store: SQLiteUsageStore
        do { store = try SQLiteUsageStore(path: location.database) } catch { throw CommandError(error) }
        return try await context.closing(store) {
            try await body(UsageBackend(store: store, description: "database \(location.database)"))
        }
    }

    private static func withSpool<Value: Sendable>(
        _ path: String, megabytes: Int?, neo4j: Neo4jLocation, context: CommandContext, logger: Logger,
        _ body: (UsageBackend, SharedCaps) async throws -> Value
    ) async throws -> Value {
        let started = context.now()
        let spool = try openSpool(path, megabytes: megabytes)
        let lock = try SpoolLock(path: path)
        defer { withExtendedLifetime(lock) {} }
        let driver = try neo4j.driver(patience: Neo4jLocation.patience, logger: logger)
        defer { driver.close() }
        let remote = Neo4jUsageStore(driver: driver, database: neo4j.database)
        let forwarding = Forwarding(logger: logger)
        var options = forwarding.options
        options.prepareRemote = { () async throws(MeteringError) in try await remote.prepareSchema() }
        let store = SpooledUsageStore(spool: spool, remote: remote, options: options)
        let caps = caps(driver, neo4j, gateway: lock.gateway, store, started: started, logger)
        return try await context.closing(store) {
            try await Neo4jStart(
                location: neo4j, driver: driver, remote: remote, store: store, logger: logger, now: context.now
            ).run()
            return try await body(
                UsageBackend(
                    store: store, forwarder: SpoolForwarder(store: store, forwarding: forwarding),
                    lease: Neo4jLeaderLease(driver: driver, database: neo4j.database),
                    description: "\(neo4j), queue \(path)"), caps)
        }
    }

    private static func caps(
        _ driver: BoltDriver, _ neo4j: Neo4jLocation, gateway: String, _ store: SpooledUsageStore, started: Timestamp,
        _ logger: Logger
    ) -> SharedCaps {
        var options = Neo4jUsageStore.Options()
        // A client waits, and who lost a race wins the next one soon.
        options.firstDelay = .milliseconds(10)
        options.retryTime = .seconds(8)
        let reservations = Neo4jReservations(
            driver: driver, database: neo4j.database, holder: Neo4jReservations.Holder(gateway: gateway),
            options: options)
        return SharedCaps(
            reservations: reservations, queue: Neo4jReservationQueue(reservations), store: store, started: started,
            logger: logger)
    }

    /// Says that events wait for Neo4j while usage is kept in SQLite now.
    private static func warnOfForgotten(_ path: String, _ logger: Logger) {
        do {
            guard let waiting = try SQLiteEventSpool.waiting(at: path), waiting.events > 0 else { return }
            logger.warning(
                "events wait in a queue for Neo4j, and NEO4J_URI is not set; set it, or they stay there",
                metadata: ["queue": "\(path)", "waiting": "\(waiting.events)"])
        } catch {
            logger.warning("a queue for Neo4j cannot be read", metadata: ["queue": "\(path)", "error": "\(error)"])
        }
    }

    private static func openSpool(_ path: String, megabytes: Int?) throws(CommandError) -> SQLiteEventSpool {
        var options = SQLiteEventSpool.Options()
        if let megabytes {
            options.limit = Int64(megabytes) << 20
            options.reserve = min(options.reserve, max(options.limit, 8 << 20))
        }
        do { return try SQLiteEventSpool(path: path, options: options) } catch { throw CommandError(error) }
    }
}
