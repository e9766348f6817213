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
///
/// A process that starts while the remote store is out of reach can go on with what the last one knew:
/// ``remember(today:)`` and ``startOffline()``.
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
        /// Makes the remote store ready, when the process began while it was out of reach.
        public var prepareRemote: @Sendable () async throws(MeteringError) -> Void = {}
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

    let spool: any EventSpool
    let remote: any UsageStore
    private let options: Options
    private let isClosed = Mutex(false)
    /// What is known for a start without the remote store.
    let memory = Mutex(Memory())
    let wakeUp: AsyncStream<Void>.Continuation
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

    /// Forwards everything that waits now, in so many batches at most; throws what the remote store throws.
    ///
    /// Not to be called while ``run()`` runs. A gateway calls it before it starts: what an earlier process had forwarded
    /// and not yet forgotten is in the first batch.
    public func forwardAll(batches: Int = .max) async throws(MeteringError) {
        var count = 0
        while count < batches, try await forwardBatch() > 0 { count += 1 }
    }

    /// Whether the remote store has every event that was submitted before a moment of this process.
    public func hasForwarded(before time: Timestamp) async throws(MeteringError) -> Bool {
        guard let oldest = try await spool.oldest(limit: 1).first else { return true }
        return oldest.event.time >= time
    }

    private func forwardBatch() async throws(MeteringError) -> Int {
        _ = try await recall()
        if memory.withLock({ $0.offline != nil }) {
            try await options.prepareRemote()
            _ = try await remote.directoryVersion()
            memory.withLock { $0.offline = nil }
        }
        let batch = try await spool.oldest(limit: options.batchSize)
        guard let last = batch.last else {
            try await tidyNotes()
            return 0
        }
        let events = batch.map(\.event)
        _ = try await remote.append(events)
        let isRemembering = memory.withLock { $0.known != nil }
        let note = isRemembering ? try SpoolNote(forwarded: events).encoded() : nil
        try await spool.remove(through: last.position, note: note)
        addToKnown(events)
        try await tidyNotes()
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
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] {
        if let rows = memory.withLock({ $0.offline?.rows(for: query) }) { return rows }
        return try await remote.usage(query)
    }

    /// See `UsageStore`.
    public func create(_ customer: Customer) async throws(MeteringError) { try await remote.create(customer) }

    /// See `UsageStore`.
    public func update(_ customer: Customer) async throws(MeteringError) { try await remote.update(customer) }

    /// See `UsageStore`.
    public func customers() async throws(MeteringError) -> [Customer] {
        if let offline = memory.withLock({ $0.offline }) { return offline.customers }
        let customers = try await remote.customers()
        memory.withLock { $0.seen.customers = customers }
        return customers
    }

    /// See `UsageStore`.
    public func create(_ key: APIKey) async throws(MeteringError) { try await remote.create(key) }

    /// See `UsageStore`.
    public func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await remote.revokeKey(id, at: time)
    }

    /// See `UsageStore`.
    public func keys() async throws(MeteringError) -> [APIKey] {
        if let offline = memory.withLock({ $0.offline }) { return offline.keys }
        let keys = try await remote.keys()
        noteDirectory(keys)
        return keys
    }

    /// See `UsageStore`.
    public func directoryVersion() async throws(MeteringError) -> Int64 {
        if let offline = memory.withLock({ $0.offline }) { return offline.version }
        let version = try await remote.directoryVersion()
        memory.withLock { $0.seen.version = version }
        return version
    }

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
