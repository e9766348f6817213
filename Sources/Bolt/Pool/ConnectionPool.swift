internal import NIOCore
internal import Synchronization

/// The connections to one server.
final class ConnectionPool: Sendable {
    private typealias Lease = PoolLease<BoltConnection>
    private typealias Waiter = PendingReply<Lease>

    private struct Counters {
        var opened = 0
        var closed = 0
        var failedToOpen = 0
        var acquired = 0
        var timedOut = 0
    }

    private struct State {
        var machine: PoolStateMachine<BoltConnection, Waiter>
        var counters = Counters()
        /// Connections opened before this are not used again: a server has called their authorization expired.
        var staleBefore: NIODeadline?
        var nextID = 0
    }

    let address: BoltAddress
    private let connector: BoltConnector
    private let state: Mutex<State>
    /// How long a `RESET` may take before the connection is given up.
    private static let resetTimeout = TimeAmount.seconds(30)

    init(address: BoltAddress, connector: BoltConnector) {
        self.address = address
        self.connector = connector
        state = Mutex(
            State(
                machine: PoolStateMachine(
                    limit: connector.configuration.maximumPoolSize,
                    waiterLimit: connector.configuration.maximumWaiters)))
    }

    private var configuration: BoltConfiguration { connector.configuration }

    /// Connections in use or about to be.
    var load: Int { state.withLock { $0.machine.load } }

    /// Whether every open connection is to a server that finds the user's home database itself.
    var routesItself: Bool { state.withLock { $0.machine.connections.allSatisfy(\.server.routesItself) } }

    /// What the pool does now.
    var metrics: BoltPoolMetrics {
        state.withLock { state in
            BoltPoolMetrics(
                address: address, idle: state.machine.idleCount, inUse: state.machine.leasedCount,
                opening: state.machine.opening, waiting: state.machine.waitingCount, opened: state.counters.opened,
                closed: state.counters.closed, failedToOpen: state.counters.failedToOpen,
                acquired: state.counters.acquired, timedOut: state.counters.timedOut)
        }
    }

    // MARK: Acquiring

    /// Waits for a connection that is open, tested and authenticated.
    ///
    /// It is on `eventLoop` if there is such a one. The caller gives it back with ``release(_:)``. Throws
    /// ``BoltError/Code/acquisitionTimeout`` at the deadline.
    func acquire(
        authentication: BoltAuthentication, on eventLoop: (any EventLoop)? = nil, deadline: NIODeadline
    ) async throws(BoltError) -> BoltConnection {
        while true {
            switch try await lease(on: eventLoop, deadline: deadline) {
            case .open:
                return try await open(authentication: authentication, on: eventLoop, deadline: deadline)
            case .use(let connection, let idleSince):
                if try await prepare(connection, idleSince, authentication, deadline) {
                    state.withLock { $0.counters.acquired += 1 }
                    return connection
                }
            // It was closed, which gave its permit back.
            }
        }
    }

    private func lease(on eventLoop: (any EventLoop)?, deadline: NIODeadline) async throws(BoltError) -> Lease {
        let waiter = Waiter()
        let isPreferred = eventLoop.map { eventLoop in { (connection: BoltConnection) in connection.isOn(eventLoop) } }
        switch state.withLock({ $0.machine.acquire(waiter, preferring: isPreferred) }) {
        case .lease(let lease): return lease
        case .closed: throw BoltError(.driverClosed, "the driver is closed")
        case .refuse:
            throw BoltError(
                .poolExhausted, "too many units of work wait for a connection to \(address) already", isRetryable: true)
        case .wait(let number):
            let timeout = connector.group.any().scheduleTask(deadline: deadline) { [address] in
                let error = BoltError(
                    .acquisitionTimeout,
                    "no connection to \(address) became free in time; raise maximumPoolSize or use fewer at once",
                    isRetryable: true)
                if self.withdraw(number, error) { self.state.withLock { $0.counters.timedOut += 1 } }
            }
            defer { timeout.cancel() }
            return try await waiter.value {
                _ = self.withdraw(
                    number, BoltError(.cancelled, "the task was cancelled while it waited for a connection"))
            }
        }
    }

    private func withdraw(_ number: Int, _ error: BoltError) -> Bool {
        // Once it is out of the queue nobody else can answer it, so no connection is lost.
        guard let waiter = state.withLock({ $0.machine.withdraw(number) }) else { return false }
        waiter.complete(.failure(error))
        return true
    }

    private func open(
        authentication: BoltAuthentication, on eventLoop: (any EventLoop)?, deadline: NIODeadline
    ) async throws(BoltError) -> BoltConnection {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let (connection, timeout) = connector.open(
            id: id, address: address, authentication: authentication, on: eventLoop, deadline: deadline
        ) { [weak self] in self?.removed($0) }
        defer { timeout.cancel() }
        do throws(BoltError) {
            try await connection.ready.value(onCancel: connection.closeBecauseCancelled)
        } catch {
            connection.close(error)
            let handover = state.withLock { state in
                state.counters.failedToOpen += 1
                return state.machine.openingFailed()
            }
            serve(handover)
            throw error
        }
        state.withLock { state in
            state.machine.opened(id, connection)
            state.counters.opened += 1
            state.counters.acquired += 1
        }
        // It may have closed before it was counted.
        if connection.isClosed { removed(connection) }
        return connection
    }

    /// Makes a connection from the pool ready for use; `false` when it had to be closed.
    private func prepare(
        _ connection: BoltConnection, _ idleSince: NIODeadline, _ authentication: BoltAuthentication,
        _ deadline: NIODeadline
    ) async throws(BoltError) -> Bool {
        let now = NIODeadline.now()
        let staleBefore = state.withLock { $0.staleBefore }
        guard !connection.isClosed, !isOld(connection, idleSince, now),
            staleBefore.map({ connection.opened >= $0 }) ?? true
        else {
            connection.retire()
            removed(connection)
            return false
        }
        do throws(BoltError) {
            if let limit = configuration.livenessCheckTimeout, now - idleSince > TimeAmount(limit) {
                var writer = connection.writer()
                try writer.plain(.reset)
                _ = try await connection.request(
                    writer, deadline: min(deadline, now + TimeAmount(configuration.connectTimeout)))
            }
            if connection.authentication != authentication {
                guard connection.hasLogon else {
                    connection.retire()
                    removed(connection)
                    return false
                }
                try connection.authenticate(authentication)
            }
        } catch {
            connection.close(error)
            removed(connection)
            if error.code == .cancelled { throw error }
            return false
        }
        return true
    }

    private func isOld(_ connection: BoltConnection, _ idleSince: NIODeadline, _ now: NIODeadline) -> Bool {
        if now - connection.opened > TimeAmount(configuration.maximumConnectionLifetime) { return true }
        guard let limit = configuration.idleTimeout else { return false }
        return now - idleSince > TimeAmount(limit)
    }

    // MARK: Releasing

    /// Takes a connection back; one that is not at rest is reset first, or closed when that cannot help.
    func release(_ connection: BoltConnection) {
        if connection.isIdle { return giveBack(connection) }
        let timeout = connector.group.any().scheduleTask(in: Self.resetTimeout) {
            connection.close(BoltError(.connectionLost, "the server did not answer a reset"))
        }
        connection.reset { result in
            timeout.cancel()
            // When it failed, the connection is closed and out of the pool.
            if case .success = result { self.giveBack(connection) }
        }
    }

    private func giveBack(_ connection: BoltConnection) {
        let (handover, close) = state.withLock { state in state.machine.release(connection.id, at: .now()) }
        if close { connection.retire() }
        // A connection that closed in this moment is found closed by whoever gets it.
        serve(handover)
    }

    /// Notes that a connection is gone.
    private func removed(_ connection: BoltConnection) {
        let handover = state.withLock { state in
            let before = state.machine.idleCount + state.machine.leasedCount
            let handover = state.machine.removed(connection.id)
            if handover != nil || before > state.machine.idleCount + state.machine.leasedCount {
                state.counters.closed += 1
            }
            return handover
        }
        serve(handover)
    }

    private func serve(_ handover: PoolStateMachine<BoltConnection, Waiter>.Handover?) {
        guard let handover else { return }
        handover.waiter.complete(.success(handover.lease))
    }

    // MARK: Upkeep

    /// Closes idle connections that are old, or all of them.
    func closeIdle(all: Bool = false) {
        let now = NIODeadline.now()
        let old = state.withLock { state in
            let old = state.machine.takeIdle { all || $0.isClosed || isOld($0, $1, now) }
            state.counters.closed += old.count
            return old
        }
        for connection in old { connection.retire() }
    }

    /// Uses none of the present connections again.
    func markStale() {
        state.withLock { $0.staleBefore = .now() }
        closeIdle(all: true)
    }

    /// Whether nothing is open, in use or awaited.
    var isUnused: Bool {
        state.withLock { $0.machine.load == 0 && $0.machine.idleCount == 0 && $0.machine.waitingCount == 0 }
    }

    /// Closes every connection and refuses further use.
    func close() {
        let (idle, leased, waiters) = state.withLock { $0.machine.close() }
        let reason = BoltError(.driverClosed, "the driver is closed")
        for waiter in waiters { waiter.complete(.failure(reason)) }
        for connection in idle { connection.retire() }
        for connection in leased { connection.close(reason) }
    }
}
