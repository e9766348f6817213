internal import Synchronization

/// A connection on loan; it goes back once, at the latest when nobody holds the lease any more.
final class ConnectionLease: Sendable {
    let connection: BoltConnection
    private let pool: ConnectionPool
    private let isReleased = Mutex(false)
    /// Tells the router about a failure.
    private let onFailure: @Sendable (BoltError, BoltAddress) -> Void

    init(
        _ connection: BoltConnection, of pool: ConnectionPool,
        onFailure: @escaping @Sendable (BoltError, BoltAddress) -> Void
    ) {
        self.connection = connection
        self.pool = pool
        self.onFailure = onFailure
    }

    deinit { release() }

    func release() {
        let isFirst = isReleased.withLock { isReleased in
            defer { isReleased = true }
            return !isReleased
        }
        if isFirst { pool.release(connection) }
    }

    /// Notes that work on the connection failed.
    func failed(_ error: BoltError) { onFailure(error, connection.address) }
}
