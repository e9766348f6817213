internal import Dispatch
public import Metering

/// A spool in a SQLite file of its own.
///
/// One thread owns the file: it commits everything that is queued at once (group commit, `synchronous=FULL`), then tells
/// the callers. An event waits as its canonical receipt without a place in a chain, so its bytes are checked when they
/// are read back. The space of forwarded events is used again; the file never grows beyond the limit and its reserve.
public final class SQLiteEventSpool: EventSpool {
    /// Settings of a spool.
    public struct Options: Sendable, Hashable {
        /// The bytes of events that may wait before ``SpoolLoad/isFull``; an event takes some 700.
        public var limit: Int64 = 1 << 30
        /// The bytes beyond the limit that are kept for calls already under way.
        public var reserve: Int64 = 64 << 20
        /// When a commit counts as durable.
        public var durability = SQLiteUsageStore.Durability.full
        /// How long to wait while another process writes, in milliseconds.
        public var busyTimeoutMilliseconds: Int32 = 10_000

        /// The defaults: 1 GiB, some 1.5 million events.
        public init() {}
    }

    /// The path of the file.
    public let path: String
    private let worker: SpoolWorker

    /// Opens the spool at `path`, creating it when it is missing; what waited in it still waits.
    ///
    /// - Throws: `storeUnavailable` when the file cannot be opened, created or written; `storeCorrupt` when it is
    ///   damaged or something else than a spool.
    public init(path: String, options: Options = Options()) throws(MeteringError) {
        self.path = path
        try StoreFile.prepare(path, mode: .readWrite)
        do throws(SQLiteFailure) {
            worker = try SpoolWorker(path: path, options: options)
        } catch {
            throw error.error(path: path)
        }
        worker.start()
    }

    deinit { worker.close() }

    /// See `EventSpool`.
    public func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<Void, MeteringError>) -> Void
    ) {
        let rows = events.map { CanonicalReceipt.encode($0, sequence: 1, previousHash: .zero) }
        guard worker.add(.append(rows, completion)) else {
            // Not on the caller's thread: it may hold a lock that the completion takes.
            DispatchQueue.global().async { completion(.failure(Self.closedError)) }
            return
        }
    }

    /// See `EventSpool`.
    public func oldest(after position: Int64, limit: Int) async throws(MeteringError) -> [SpooledEvent] {
        let rows = try await perform { .read(position, max(0, limit), $0) }
        var events: [SpooledEvent] = []
        events.reserveCapacity(rows.count)
        for row in rows {
            do throws(MeteringError) {
                events.append(
                    SpooledEvent(position: row.position, event: try CanonicalReceipt.parse(row.bytes).event))
            } catch {
                throw MeteringError(
                    .storeCorrupt, "event \(row.position) of the spool \(path) is damaged: \(error.message)",
                    cause: error)
            }
        }
        return events
    }

    /// See `EventSpool`.
    public func remove(through position: Int64, note: [UInt8]?) async throws(MeteringError) {
        try await perform { .remove(position, note: note, $0) }
    }

    /// See `EventSpool`.
    public func notes() async throws(MeteringError) -> [[UInt8]] { try await perform { .readNotes($0) } }

    /// See `EventSpool`.
    public func replaceNotes(with note: [UInt8]) async throws(MeteringError) {
        try await perform { .replaceNotes(note, $0) }
    }

    /// See `EventSpool`.
    public var load: SpoolLoad { worker.load }

    /// See `EventSpool`.
    public func close() async throws(MeteringError) {
        worker.close()
        try await worker.waitForEnd().get()
    }

    private func perform<Value: Sendable>(
        _ job: (@escaping @Sendable (Result<Value, MeteringError>) -> Void) -> SpoolJob
    ) async throws(MeteringError) -> Value {
        let result = await withCheckedContinuation { continuation in
            let job = job { continuation.resume(returning: $0) }
            if !worker.add(job) { continuation.resume(returning: .failure(Self.closedError)) }
        }
        return try result.get()
    }

    private static let closedError = MeteringError(.storeClosed, "the spool was closed")
}
