internal import Dispatch
internal import GRDBSQLite
internal import Synchronization

/// Brings the log into the file beside the writer, on a connection of its own.
///
/// Copying pages and waiting for the disk would stop the writer for as long as many commits take. Only when the log grows
/// faster than it is copied, the writer waits.
final class Checkpointer: Sendable {
    /// How many more pages in the log make it due to be brought into the file: 64 MB of them.
    ///
    /// Commits change the same pages again and again, and each is copied once.
    static let due: Int32 = 16_000
    /// Pages in the log after which the writer waits for that, so that the log begins anew: 128 MB.
    static let limit: Int32 = 32_000

    private let due: Int32
    private let limit: Int32
    private let connection: Mutex<StoreConnection?>
    private let logged: LogLength
    /// Pages that the log had when the last checkpoint began.
    private let copied = Atomic<Int32>(0)
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
        // A log that has become shorter has begun anew.
        if pages < copied.load(ordering: .relaxed) { copied.store(0, ordering: .relaxed) }
        guard pages - copied.load(ordering: .relaxed) >= due else { return }
        if pages >= limit {
            copied.store(0, ordering: .relaxed)
            run()
        } else if !isRunning.exchange(true, ordering: .relaxed) {
            copied.store(pages, ordering: .relaxed)
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
