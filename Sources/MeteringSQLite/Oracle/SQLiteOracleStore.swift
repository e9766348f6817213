internal import GRDB
public import Metering
internal import Synchronization

/// The oracle's store: one SQLite file beside the one with the events.
///
/// A file of its own, so that the events' writer never waits for a commitment, and so that either can be backed up by
/// itself. Several processes may open it at the same time.
public final class SQLiteOracleStore: OracleStore {
    /// The path of the database file.
    public let path: String
    private let pool: DatabasePool
    private let isClosed = Mutex(false)

    /// Opens the store at `path`, creating it when it is missing.
    ///
    /// - Throws: `storeUnavailable` when the file cannot be opened, created or written, or was made by a newer version;
    ///   `storeCorrupt` when it is damaged or something else; `notFound` when it is missing and only read.
    public init(path: String, mode: SQLiteUsageStore.Mode = .readWrite) throws(MeteringError) {
        self.path = path
        do {
            try StoreFile.prepare(path, mode: mode)
            pool = try StoreFile.openPool(path, mode: mode, options: SQLiteUsageStore.Options())
            if mode == .readWrite { try StoreFile.migrate(pool, path: path, as: .oracle) }
            try StoreFile.check(pool, path: path, as: .oracle, integrity: false)
        } catch {
            throw MeteringError(storing: error, path: path)
        }
    }

    /// See `OracleStore`.
    public func close() async throws(MeteringError) {
        isClosed.withLock { $0 = true }
        do { try pool.close() } catch { throw MeteringError(storing: error, path: path) }
    }

    /// Runs a query in one read transaction.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(MeteringError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw MeteringError(.storeClosed, "the store was closed") }
        do { return try await pool.read(body) } catch { throw MeteringError(storing: error, path: path) }
    }

    /// Runs a write in a transaction of its own, durable when it returns.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(MeteringError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw MeteringError(.storeClosed, "the store was closed") }
        do { return try await pool.write(body) } catch { throw MeteringError(storing: error, path: path) }
    }
}
