internal import Dispatch
internal import Foundation
internal import GRDB
public import Metering
internal import Synchronization

/// The embedded store: one SQLite file.
///
/// Events go through one writer thread that commits everything queued at once (group commit); queries run beside it on
/// connections of their own and see the last commit. Several processes may open one file at the same time, for writing
/// too: they take turns, and each sees what the others wrote. See docs/storage.md.
public final class SQLiteUsageStore: UsageStore {
    /// The path of the database file.
    public let path: String
    /// Queries, and the rare writes: directory, batches, cursors.
    private let pool: DatabasePool
    /// `nil` when the store is open for reading only.
    private let writer: WriterThread?
    private let isClosed = Mutex(false)
    /// Names that the reader of arrivals met, for its next page.
    let arrivalNames = Mutex(ArrivalNames())

    /// Opens the store at `path`, creating it when it is missing.
    ///
    /// - Throws: `storeUnavailable` when the file cannot be opened, created or written, or was made by a newer version;
    ///   `storeCorrupt` when it is damaged or something else than a store.
    public init(path: String, mode: Mode = .readWrite, options: Options = Options()) throws(MeteringError) {
        self.path = path
        do {
            try StoreFile.prepare(path, mode: mode)
            pool = try StoreFile.openPool(path, mode: mode, options: options)
            if mode == .readWrite { try StoreFile.migrate(pool, path: path) }
            try StoreFile.check(pool, path: path, integrity: options.checksIntegrity)
            writer = mode == .readWrite ? try WriterThread(path: path, options: options) : nil
        } catch {
            throw MeteringError(storing: error, path: path)
        }
        writer?.start()
    }

    deinit { writer?.close() }

    /// Opens the store at `path`; the same as ``init(path:mode:options:)``.
    public static func open(
        path: String, mode: Mode = .readWrite, options: Options = Options()
    ) throws(MeteringError) -> SQLiteUsageStore {
        try SQLiteUsageStore(path: path, mode: mode, options: options)
    }

    /// See `UsageStore`.
    public func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        do throws(MeteringError) {
            guard !isClosed.withLock({ $0 }) else { throw Self.closedError }
            guard let writer else { throw readOnlyError }
            for index in events.indices { try events[index].validate() }
            guard writer.add(Submission(events: events, completion: completion)) else { throw Self.closedError }
        } catch {
            // Not on the caller's thread: it may hold a lock that the completion takes.
            DispatchQueue.global().async { completion(.failure(error)) }
        }
    }

    /// See `UsageStore`.
    public func close() async throws(MeteringError) {
        isClosed.withLock { $0 = true }
        let written: Result<Void, MeteringError>
        do throws(MeteringError) {
            writer?.close()
            try await writer?.waitForEnd()
            written = .success(())
        } catch {
            written = .failure(error)
        }
        // GRDB's readers first: a connection for reading only cannot empty the log when it is the last.
        do { try pool.close() } catch { throw MeteringError(storing: error, path: path) }
        writer?.disconnect()
        try written.get()
    }

    // MARK: Access for the extensions

    /// Runs a query in one read transaction: everything it sees belongs to one moment.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(MeteringError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw Self.closedError }
        do { return try await pool.read(body) } catch { throw MeteringError(storing: error, path: path) }
    }

    /// Runs one of the rare writes in a transaction of its own, durable when it returns.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(MeteringError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw Self.closedError }
        guard writer != nil else { throw readOnlyError }
        do { return try await pool.write(body) } catch { throw MeteringError(storing: error, path: path) }
    }

    private static let closedError = MeteringError(.storeClosed, "the store was closed")

    private var readOnlyError: MeteringError {
        MeteringError(.storeUnavailable, "the store \(path) was opened for reading only")
    }
}
