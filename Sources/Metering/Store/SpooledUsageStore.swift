internal import Synchronization

/// A store that can be out of reach for a while, behind a spool that cannot.
///
/// Events are durable when the spool has them; their outcome is ``AppendOutcome/accepted``. ``run()`` forwards them to
/// the remote store in the order in which they came, so the order within a session is kept, and forgets them when the
/// remote store has confirmed them. What is forwarded twice, after a crash or a lost answer, is charged once: the remote
/// store knows the ids. It also gives out the sequence numbers and receipt hashes, so several gateways with a spool each
/// write one chain for each customer.
///
/// When the spool is full ``hasRoom`` is false until the remote store has caught up. Everything else (queries,
/// customers, keys, batches) goes to the remote store, and fails while that is out of reach.
public final class SpooledUsageStore: UsageStore {
    /// How events are forwarded.
    public struct Options: Sendable {
        /// How many events are forwarded at a time.
        public var batchSize = 1_000
        /// The pause after a failure; it doubles with each further one.
        public var firstDelay: Duration = .milliseconds(100)
        /// The longest pause.
        public var longestDelay: Duration = .seconds(5)
        /// Waits for that long; injected by tests.
        public var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        /// Told when the remote store begins to fail, and when it works again.
        public var onChange: @Sendable (Change) -> Void = { _ in }

        /// The defaults.
        public init() {}
    }

    /// What is worth a line in a log.
    public enum Change: Sendable {
        /// The remote store failed; events wait.
        case interrupted(MeteringError, waiting: SpoolLoad)
        /// The remote store works again.
        case resumed(waiting: SpoolLoad)
    }

    private let spool: any EventSpool
    private let remote: any UsageStore
    private let options: Options
    private let isClosed = Mutex(false)
    private let wakeUp: AsyncStream<Void>.Continuation
    private let wakeUps: AsyncStream<Void>

    /// Puts a spool in front of a store.
    ///
    /// Both are closed with it.
    public init(spool: any EventSpool, remote: any UsageStore, options: Options = Options()) {
        self.spool = spool
        self.remote = remote
        self.options = options
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How much waits to be forwarded.
    public var load: SpoolLoad { spool.load }

    // MARK: Forwarding

    /// Forwards events until cancelled.
    ///
    /// At most one task may run it.
    public func run() async {
        var failures = 0
        var wakes = wakeUps.makeAsyncIterator()
        while !Task.isCancelled {
            do throws(MeteringError) {
                let count = try await forwardBatch()
                if failures > 0 { options.onChange(.resumed(waiting: spool.load)) }
                failures = 0
                if count == 0, await wakes.next() == nil { return }
            } catch {
                if failures == 0 { options.onChange(.interrupted(error, waiting: spool.load)) }
                failures += 1
                do { try await options.sleep(delay(afterFailures: failures)) } catch { return }
            }
        }
    }

    /// Forwards everything that waits now; throws what the remote store throws.
    ///
    /// Not to be called while ``run()`` runs. A gateway calls it before it starts, so that sums read from the remote
    /// store hold everything that was ever accepted.
    public func forwardAll() async throws(MeteringError) {
        while try await forwardBatch() > 0 {}
    }

    private func forwardBatch() async throws(MeteringError) -> Int {
        let batch = try await spool.oldest(limit: options.batchSize)
        guard let last = batch.last else { return 0 }
        _ = try await remote.append(batch.map(\.event))
        try await spool.remove(through: last.position)
        return batch.count
    }

    private func delay(afterFailures failures: Int) -> Duration {
        min(options.firstDelay * (1 << min(failures - 1, 16)), options.longestDelay)
    }

    // MARK: UsageStore

    /// See `UsageStore`.
    ///
    /// Every outcome is ``AppendOutcome/accepted``.
    public func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        do throws(MeteringError) {
            guard !isClosed.withLock({ $0 }) else { throw MeteringError(.storeClosed, "the store was closed") }
            for event in events { try event.validate() }
        } catch {
            return completion(.failure(error))
        }
        let count = events.count
        spool.submit(events) { [wakeUp] result in
            wakeUp.yield()
            completion(result.map { Array(repeating: .accepted, count: count) })
        }
    }

    /// Whether the spool has room.
    public var hasRoom: Bool { !spool.load.isFull }

    /// See `UsageStore`; events that wait are not there yet.
    public func event(id: EventID) async throws(MeteringError) -> StoredEvent? { try await remote.event(id: id) }

    /// See `UsageStore`; events that wait are not there yet.
    public func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try await remote.events(of: customer, after: sequence, limit: limit)
    }

    /// See `UsageStore`; events that wait are not there yet.
    public func events(
        appendedAfter position: Int64, limit: Int
    ) async throws(MeteringError) -> [AppendedEvent] {
        try await remote.events(appendedAfter: position, limit: limit)
    }

    /// See `UsageStore`; events that wait are not there yet.
    public func chainHeads() async throws(MeteringError) -> [ChainHead] { try await remote.chainHeads() }

    /// See `UsageStore`; events that wait are not there yet.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] { try await remote.usage(query) }

    /// See `UsageStore`.
    public func create(_ customer: Customer) async throws(MeteringError) { try await remote.create(customer) }

    /// See `UsageStore`.
    public func update(_ customer: Customer) async throws(MeteringError) { try await remote.update(customer) }

    /// See `UsageStore`.
    public func customers() async throws(MeteringError) -> [Customer] { try await remote.customers() }

    /// See `UsageStore`.
    public func create(_ key: APIKey) async throws(MeteringError) { try await remote.create(key) }

    /// See `UsageStore`.
    public func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await remote.revokeKey(id, at: time)
    }

    /// See `UsageStore`.
    public func keys() async throws(MeteringError) -> [APIKey] { try await remote.keys() }

    /// See `UsageStore`.
    public func directoryVersion() async throws(MeteringError) -> Int64 { try await remote.directoryVersion() }

    /// See `UsageStore`.
    public func recordBatch(_ batch: BatchRecord) async throws(MeteringError) { try await remote.recordBatch(batch) }

    /// See `UsageStore`.
    public func batch(id: String) async throws(MeteringError) -> BatchRecord? { try await remote.batch(id: id) }

    /// See `UsageStore`.
    public func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await remote.openBatches(limit: limit)
    }

    /// See `UsageStore`.
    public func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await remote.batches(of: customer, limit: limit)
    }

    /// See `UsageStore`.
    public func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await remote.closeBatch(id: id, at: time)
    }

    /// See `UsageStore`.
    public func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await remote.importCursor(path: path)
    }

    /// See `UsageStore`.
    public func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        try await remote.saveImportCursors(cursors)
    }

    /// Closes the spool and the remote store.
    ///
    /// Events that wait stay in the spool, and are forwarded when it is opened again.
    public func close() async throws(MeteringError) {
        isClosed.withLock { $0 = true }
        wakeUp.finish()
        try await spool.close()
        try await remote.close()
    }
}
