internal import Synchronization

/// A store in memory: for tests, and for trying things out.
///
/// Everything is gone with the process.
///
/// `submit` does its work before it returns, and calls `completion` on the caller's thread, with no lock held.
public final class MemoryUsageStore: UsageStore {
    private struct State {
        var ledger = MemoryUsageLedger()
        var directory = MemoryDirectory()
        var cursors: [String: ImportCursor] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Creates an empty store.
    public init() {}

    private func withState<Value: Sendable>(
        _ body: (inout State) throws(MeteringError) -> Value
    ) throws(MeteringError) -> Value {
        try state.withLock { state throws(MeteringError) in
            guard !state.isClosed else { throw MeteringError(.storeClosed, "the store was closed") }
            return try body(&state)
        }
    }

    /// See `UsageStore`.
    public func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        let result: Result<[AppendOutcome], MeteringError>
        do {
            for event in events { try event.validate() }
            result = .success(try withState { state throws(MeteringError) in state.ledger.append(events) })
        } catch {
            result = .failure(error)
        }
        completion(result)
    }

    /// See `UsageStore`.
    public func event(id: EventID) async throws(MeteringError) -> StoredEvent? {
        try withState { $0.ledger.event(id: id) }
    }

    /// See `UsageStore`.
    public func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try withState { $0.ledger.events(of: customer, after: sequence, limit: limit) }
    }

    /// See `UsageStore`.
    public func events(appendedAfter position: Int64, limit: Int) async throws(MeteringError) -> [AppendedEvent] {
        try withState { $0.ledger.events(appendedAfter: position, limit: limit) }
    }

    /// See `UsageStore`.
    public func chainHeads() async throws(MeteringError) -> [ChainHead] { try withState { $0.ledger.chainHeads } }

    /// See `UsageStore`.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] {
        try withState { $0.ledger.usage(query) }
    }

    /// See `UsageStore`.
    public func create(_ customer: Customer) async throws(MeteringError) {
        try withState { state throws(MeteringError) in try state.directory.create(customer) }
    }

    /// See `UsageStore`.
    public func update(_ customer: Customer) async throws(MeteringError) {
        try withState { state throws(MeteringError) in try state.directory.update(customer) }
    }

    /// See `UsageStore`.
    public func customers() async throws(MeteringError) -> [Customer] { try withState { $0.directory.sortedCustomers } }

    /// See `UsageStore`.
    public func create(_ key: APIKey) async throws(MeteringError) {
        try withState { state throws(MeteringError) in try state.directory.create(key) }
    }

    /// See `UsageStore`.
    public func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try withState { state throws(MeteringError) in try state.directory.revokeKey(id, at: time) }
    }

    /// See `UsageStore`.
    public func keys() async throws(MeteringError) -> [APIKey] { try withState { $0.directory.sortedKeys } }

    /// See `UsageStore`.
    public func directoryVersion() async throws(MeteringError) -> Int64 { try withState { $0.directory.version } }

    /// See `UsageStore`.
    public func recordBatch(_ batch: BatchRecord) async throws(MeteringError) {
        try withState { $0.directory.record(batch) }
    }

    /// See `UsageStore`.
    public func batch(id: String) async throws(MeteringError) -> BatchRecord? {
        try withState { $0.directory.batches[id] }
    }

    /// See `UsageStore`.
    public func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try withState { Array($0.directory.openBatches.prefix(max(0, limit))) }
    }

    /// See `UsageStore`.
    public func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try withState { Array($0.directory.batches(of: customer).prefix(max(0, limit))) }
    }

    /// See `UsageStore`.
    public func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try withState { state throws(MeteringError) in try state.directory.closeBatch(id: id, at: time) }
    }

    /// See `UsageStore`.
    public func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try withState { $0.cursors[path] }
    }

    /// See `UsageStore`.
    public func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        try withState { for cursor in cursors { $0.cursors[cursor.path] = cursor } }
    }

    /// See `UsageStore`.
    public func close() async throws(MeteringError) { state.withLock { $0.isClosed = true } }
}
