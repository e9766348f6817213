internal import Dispatch
internal import GRDBSQLite
internal import Synchronization

/// Brings the log into the file beside the writer, on a connection of its own.
///
/// Copying pages and waiting for the disk would stop the writer for as long as many commits take. Only when the log grows
/// faster than it is copied, the writer waits.
final class Checkpointer: Sendable {
    /// Pages in the log after which it is brought into the file, 16 MB of them.
    static let due: Int32 = 4_000
    /// Pages in the log after which the writer waits for that.
    static let limit: Int32 = 24_000

    private let due: Int32
    private let limit: Int32
    private let connection: Mutex<StoreConnection?>
    private let logged: LogLength
    private let isRunning = Atomic(false)
    private let queue = DispatchQueue(label: "flowmeter.store.checkpoint")

    init(
        path: String, writer: borrowing StoreConnection, due: Int32 = Checkpointer.due,
        limit: Int32 = Checkpointer.limit
    ) throws(SQLiteFailure) {
        self.due = due
        self.limit = limit
        logged = LogLength()
        try writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.reportLogLength(to: logged)
        let own = try StoreConnection(path: path, busyTimeout: 0)
        // SQLite opens the log with a connection's first read. Before that a checkpoint does nothing, and succeeds.
        try own.execute("PRAGMA schema_version")
        connection = Mutex(own)
    }

    /// Starts a checkpoint when one is due; called by the writer after its commits.
    func checkpointIfDue() {
        let pages = logged.pages.load(ordering: .relaxed)
        guard pages >= due else { return }
        if pages >= limit {
            run()
        } else if !isRunning.exchange(true, ordering: .relaxed) {
            queue.async {
                self.run()
                self.isRunning.store(false, ordering: .relaxed)
            }
        }
    }

    /// Closes the connection.
    func disconnect() { connection.withLock { $0 = nil } }

    /// What cannot be copied now, because somebody still reads an older state, is copied the next time.
    private func run() {
        connection.withLock { connection in
            _ = connection.map { sqlite3_wal_checkpoint_v2($0.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) }
        }
    }
}

/// How many pages the log has after the last commit of a connection.
final class LogLength: Sendable {
    let pages = Atomic<Int32>(0)
}
