internal import GRDBSQLite
internal import Synchronization

/// A connection to SQLite without its locks: it belongs to one thread at a time.
///
/// The hot path uses SQLite's C interface through it, because that costs a third of what a general wrapper costs.
final class StoreConnection {
    let handle: OpaquePointer
    private let ownsHandle: Bool
    /// Kept as long as SQLite may write to it.
    private var logLength: LogLength?

    /// Opens an existing database for reading and writing.
    init(path: String, busyTimeout: Int32) throws(SQLiteFailure) {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let message = String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw SQLiteFailure(code: code, message: message)
        }
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, busyTimeout)
        self.handle = handle
        ownsHandle = true
    }

    /// Borrows a connection that someone else opened and closes.
    init(borrowing handle: OpaquePointer) {
        self.handle = handle
        ownsHandle = false
    }

    deinit { if ownsHandle { sqlite3_close_v2(handle) } }

    /// Runs statements that return nothing of interest.
    func execute(_ sql: String) throws(SQLiteFailure) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw failure(code) }
    }

    /// Prepares one statement, to be used many times.
    func prepare(_ sql: String) throws(SQLiteFailure) -> StoreStatement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code) }
        return StoreStatement(statement, of: self)
    }

    /// Keeps `length` up to date with this connection's commits.
    func reportLogLength(to length: LogLength) {
        logLength = length
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<LogLength>.fromOpaque(context).takeUnretainedValue().pages.store(pages, ordering: .relaxed)
                return SQLITE_OK
            }, Unmanaged.passUnretained(length).toOpaque())
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func failure(_ code: Int32) -> SQLiteFailure {
        SQLiteFailure(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}
