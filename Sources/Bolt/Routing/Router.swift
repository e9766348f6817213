internal import Logging
internal import NIOCore
internal import Synchronization

/// Finds a server for each unit of work, and a connection to it.
final class Router: Sendable {
    /// What a unit of work needs.
    struct Need: Sendable {
        var mode: BoltAccessMode
        var database: String?
        var impersonatedUser: String?
        var bookmarks: [String]
        /// The session's own credentials; `nil` for the driver's.
        var authentication: BoltAuthentication?
        /// Where the connection had best be.
        var eventLoop: (any EventLoop)?
    }

    private struct State {
        var pools: [BoltAddress: ConnectionPool] = [:]
        var tables: [TableKey: RoutingTable] = [:]
        var isClosed = false
    }

    /// What a table is for: a database, or whatever is the home of a user.
    private enum TableKey: Hashable {
        case database(String)
        /// `nil` is the driver's own user.
        case home(user: String?, credentials: BoltAuthentication?)
    }

    private let uri: BoltURI
    private let configuration: BoltConfiguration
    private let connector: BoltConnector
    private let authentication: any BoltAuthenticationProvider
    private let initialAddresses: [BoltAddress]
    private let logger: Logger
    private let refreshing = Turnstile()
    private let state = Mutex(State())

    init(
        uri: BoltURI, additionalAddresses: [BoltAddress], configuration: BoltConfiguration,
        authentication: any BoltAuthenticationProvider, logger: Logger
    ) throws(BoltError) {
        self.uri = uri
        self.configuration = configuration
        self.authentication = authentication
        self.logger = logger
        connector = try BoltConnector(uri, configuration: configuration)
        initialAddresses = [uri.address] + additionalAddresses
    }

    /// An executor on one of the event loops that connections are on.
    func makeExecutor() -> EventLoopExecutor { EventLoopExecutor(connector.group.any()) }

    // MARK: Acquiring

    /// Waits for a connection; also returns the database that the work names: none, when the server finds its home.
    func acquire(_ need: Need) async throws(BoltError) -> (lease: ConnectionLease, database: String?) {
        let deadline = NIODeadline.now() + TimeAmount(configuration.acquisitionTimeout)
        if uri.isRouting { return try await acquireFromCluster(need, deadline: deadline) }
        return try await acquireDirectly(need, deadline: deadline)
    }

    /// Takes the first address that can be reached.
    private func acquireDirectly(
        _ need: Need, deadline: NIODeadline
    ) async throws(BoltError) -> (lease: ConnectionLease, database: String?) {
        let credentials = try await credentials(need)
        var failure: BoltError?
        for address in initialAddresses {
            do throws(BoltError) {
                let connection = try await pool(address).acquire(
                    authentication: credentials, on: need.eventLoop, deadline: deadline)
                return (lease(connection, need), need.database)
            } catch {
                guard Self.isUnreachable(error) else { throw await judged(error, credentials, need) }
                failure = error
            }
        }
        throw failure ?? BoltError(.serviceUnavailable, "there is no server address")
    }

    /// Takes the least loaded server with the needed role; those that cannot be reached are left out of the table.
    private func acquireFromCluster(
        _ need: Need, deadline: NIODeadline
    ) async throws(BoltError) -> (lease: ConnectionLease, database: String?) {
        var tried: Set<BoltAddress> = []
        var mustRefresh = false
        while true {
            let table = try await table(need, deadline: deadline, mustRefresh: mustRefresh)
            let candidates = table.servers(need.mode).filter { !tried.contains($0) }
            guard let address = leastLoaded(candidates) else {
                guard !mustRefresh else {
                    let role = need.mode == .read ? "reads" : "writes"
                    throw BoltError(.serviceUnavailable, "no server of the cluster takes \(role) at present")
                }
                mustRefresh = true
                tried = []
                continue
            }
            tried.insert(address)
            let credentials = try await credentials(need)
            do throws(BoltError) {
                let connection = try await pool(address).acquire(
                    authentication: credentials, on: need.eventLoop, deadline: deadline)
                return (lease(connection, need), need.database ?? (routesItself ? nil : table.database))
            } catch {
                guard Self.isUnreachable(error) else { throw await judged(error, credentials, need) }
                deactivate(address)
            }
        }
    }

    private func credentials(_ need: Need) async throws(BoltError) -> BoltAuthentication {
        if let own = need.authentication { return own }
        do { return try await authentication.credentials() } catch {
            throw BoltError(.authentication, "the provider gave no credentials: \(type(of: error))")
        }
    }

    private static func isUnreachable(_ error: BoltError) -> Bool {
        error.code == .serviceUnavailable || error.code == .connectionLost
    }

    private func judged(
        _ error: BoltError, _ credentials: BoltAuthentication, _ need: Need
    ) async -> BoltError {
        await judged(error, credentials, isOwn: need.authentication != nil)
    }

    /// The error, made retryable when the provider expects better credentials next time.
    ///
    /// A session's own credentials (`isOwn`) are not the provider's affair.
    func judged(_ error: BoltError, _ credentials: BoltAuthentication, isOwn: Bool) async -> BoltError {
        guard !isOwn, let failure = error.server, failure.isSecurityFailure, !error.isRetryable else { return error }
        var error = error
        error.isRetryable = await authentication.refused(credentials, because: failure)
        return error
    }

    private func lease(_ connection: BoltConnection, _ need: Need) -> ConnectionLease {
        ConnectionLease(connection, of: pool(connection.address)) { [weak self] error, address in
            self?.note(error, from: address, need)
        }
    }

    private func pool(_ address: BoltAddress) -> ConnectionPool {
        state.withLock { state in
            if let pool = state.pools[address] { return pool }
            let pool = ConnectionPool(address: address, connector: connector)
            if state.isClosed { pool.close() }
            state.pools[address] = pool
            return pool
        }
    }

    private func leastLoaded(_ addresses: [BoltAddress]) -> BoltAddress? {
        // Shuffled, so that equals take turns.
        addresses.shuffled().min { pool($0).load < pool($1).load }
    }

    // MARK: Failures

    private func note(_ error: BoltError, from address: BoltAddress, _ need: Need) {
        if let failure = error.server {
            if failure.code == BoltServerFailure.authorizationExpired {
                pool(address).markStale()
            } else if failure.isLostLeadership {
                state.withLock { state in
                    // The home database's table is kept under its name as well.
                    let home = state.tables[key(need)]?.database
                    for key in [key(need), home.map { .database($0) }].compactMap(\.self) {
                        state.tables[key]?.removeWriter(address)
                    }
                }
            } else if failure.isDatabaseUnavailable {
                deactivate(address)
            }
        } else if Self.isUnreachable(error) {
            deactivate(address)
        }
    }

    private func deactivate(_ address: BoltAddress) {
        logger.debug("a server cannot be reached", metadata: ["address": "\(address)"])
        let pool = state.withLock { state in
            for key in state.tables.keys { state.tables[key]?.remove(address) }
            return state.pools[address]
        }
        pool?.closeIdle(all: true)
    }

    // MARK: Routing tables

    private func key(_ need: Need) -> TableKey {
        if let database = need.database { return .database(database) }
        if let user = need.impersonatedUser ?? need.authentication?.principal {
            return .home(user: user, credentials: nil)
        }
        return .home(user: nil, credentials: need.authentication)
    }

    /// Whether all servers find a user's home database themselves; then the table for it is a guess (Bolt 5.8).
    private var routesItself: Bool { state.withLock { Array($0.pools.values) }.allSatisfy(\.routesItself) }

    /// Notes which database a server has taken for the home of whom the work was for.
    func note(home database: String, of need: Need) {
        var need = need
        need.database = nil
        let key = key(need)
        state.withLock { state in
            guard let guess = state.tables[key], guess.database != database else { return }
            state.tables[key] = state.tables[.database(database)]
        }
    }

    private func table(_ need: Need, deadline: NIODeadline, mustRefresh: Bool) async throws(BoltError) -> RoutingTable {
        let key = key(need)
        let known = state.withLock { $0.tables[key] }
        if let known, !mustRefresh, known.isFresh(for: need.mode, at: .now()) { return known }
        return try await refreshing.pass { () throws(BoltError) in
            // Someone else may have fetched it meanwhile.
            let current = state.withLock { $0.tables[key] }
            if let current, current != known, current.isFresh(for: need.mode, at: .now()) { return current }
            let fetched = try await fetch(need, known: current, deadline: deadline)
            state.withLock { state in
                state.tables[key] = fetched
                if need.database == nil, let home = fetched.database { state.tables[.database(home)] = fetched }
            }
            return fetched
        }
    }

    private func fetch(_ need: Need, known: RoutingTable?, deadline: NIODeadline) async throws(BoltError)
        -> RoutingTable
    {
        let initial = try await resolvedInitialAddresses()
        let routers = known?.routers ?? []
        var candidates = known == nil || known?.lackedWriters == true ? initial + routers : routers + initial
        var seen: Set<BoltAddress> = []
        candidates.removeAll { !seen.insert($0).inserted }
        var last: BoltError?
        for address in candidates {
            let credentials = try await credentials(need)
            do throws(BoltError) {
                return try await fetch(need, from: address, credentials, deadline: deadline)
            } catch {
                if error.code == .cancelled || error.code == .driverClosed || Self.isFinal(error) {
                    throw await judged(error, credentials, need)
                }
                last = error
                if error.server == nil { deactivate(address) }
            }
        }
        let reason = last.map { ": \($0.description)" } ?? ""
        throw BoltError(.serviceUnavailable, "no server of the cluster gave a routing table\(reason)")
    }

    private func fetch(
        _ need: Need, from address: BoltAddress, _ credentials: BoltAuthentication, deadline: NIODeadline
    ) async throws(BoltError) -> RoutingTable {
        let pool = pool(address)
        let connection = try await pool.acquire(authentication: credentials, deadline: deadline)
        defer { pool.release(connection) }
        var context = uri.routingContext ?? [:]
        context["address"] = uri.address.description
        var writer = connection.writer()
        try writer.route(
            context: context, bookmarks: need.bookmarks, database: need.database, impersonating: need.impersonatedUser)
        return try RoutingTable(try await connection.request(writer, deadline: deadline), now: .now())
    }

    /// Failures that every router would repeat.
    private static func isFinal(_ error: BoltError) -> Bool {
        guard let failure = error.server else { return error.code == .tls || error.code == .unsupportedVersion }
        let codes: Set<String> = [
            "Neo.ClientError.Database.DatabaseNotFound", "Neo.ClientError.Transaction.InvalidBookmark",
            "Neo.ClientError.Transaction.InvalidBookmarkMixture", "Neo.ClientError.Statement.TypeError",
            "Neo.ClientError.Statement.ArgumentError", "Neo.ClientError.Request.Invalid",
        ]
        return codes.contains(failure.code)
            || (failure.isSecurityFailure && failure.code != BoltServerFailure.authorizationExpired)
    }

    private func resolvedInitialAddresses() async throws(BoltError) -> [BoltAddress] {
        guard let resolver = configuration.resolver else { return initialAddresses }
        var resolved: [BoltAddress] = []
        for address in initialAddresses {
            do { resolved += try await resolver.resolve(address) } catch {
                throw BoltError(.serviceUnavailable, "the resolver failed for \(address): \(type(of: error))")
            }
        }
        return resolved
    }

    // MARK: Upkeep

    /// Closes what was idle for too long, and connections to servers that are in no table any more.
    func sweep() {
        let now = NIODeadline.now()
        let (pools, used) = state.withLock { state in
            // A table that nobody refreshed is not used.
            state.tables = state.tables.filter { now < $0.value.expires + .seconds(30) }
            var used = Set(initialAddresses)
            for table in state.tables.values { used.formUnion(table.all) }
            return (state.pools, used)
        }
        for (address, pool) in pools {
            pool.closeIdle(all: uri.isRouting && !used.contains(address))
            guard !used.contains(address), pool.isUnused else { continue }
            state.withLock { state in if pool.isUnused { state.pools[address] = nil } }
        }
    }

    var metrics: [BoltPoolMetrics] {
        state.withLock { Array($0.pools.values) }.map(\.metrics).sorted { "\($0.address)" < "\($1.address)" }
    }

    func close() {
        let pools = state.withLock { state in
            state.isClosed = true
            return Array(state.pools.values)
        }
        for pool in pools { pool.close() }
    }
}
