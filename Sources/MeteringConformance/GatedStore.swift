public import Metering
internal import Synchronization

/// A store in memory, for tests of what writes to stores: it keeps appends waiting until a test lets them go, or refuses
/// them as a full disk does.
public final class GatedStore: UsageStore {
    /// Which appends fail.
    public enum Failure: Sendable {
        /// So many first ones.
        case first(Int)
        /// All after so many.
        case after(Int)
    }

    private struct State {
        var isOpen: Bool
        var failure: Failure?
        var count = 0
        var waiting: [@Sendable () -> Void] = []
    }

    /// What holds what was let through.
    public let memory: MemoryUsageStore
    /// How often ``submit(_:completion:)`` was called.
    public let submissions = Watched<Int>(0)
    private let state: Mutex<State>

    /// Creates a store that lets appends go at once, or not before ``open()``.
    public init(
        _ memory: MemoryUsageStore = MemoryUsageStore(), isOpen: Bool = false, failing failure: Failure? = nil
    ) {
        self.memory = memory
        state = Mutex(State(isOpen: isOpen, failure: failure))
    }

    /// Lets all appends go, those that wait and those to come.
    public func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for append in waiting { append() }
    }

    /// Appends, waits or fails.
    public func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        enum Answer { case fail, append, wait }
        let memory = memory
        let answer: Answer = state.withLock { state in
            state.count += 1
            switch state.failure {
            case .first(let count) where state.count <= count: return .fail
            case .after(let count) where state.count > count: return .fail
            default: break
            }
            if state.isOpen { return .append }
            state.waiting.append { memory.submit(events, completion: completion) }
            return .wait
        }
        switch answer {
        case .fail: completion(.failure(MeteringError(.storeUnavailable, "the disk is full")))
        case .append: memory.submit(events, completion: completion)
        case .wait: break
        }
        submissions.update { $0 += 1 }
    }

    // What only reads, or writes something else than events, goes straight to the memory.

    /// As `UsageStore` says.
    public func event(id: EventID) async throws(MeteringError) -> StoredEvent? { try await memory.event(id: id) }
    /// As `UsageStore` says.
    public func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try await memory.events(of: customer, after: sequence, limit: limit)
    }
    /// See `UsageStore`.
    public func events(appendedAfter position: Int64, limit: Int) async throws(MeteringError) -> [AppendedEvent] {
        try await memory.events(appendedAfter: position, limit: limit)
    }
    /// As `UsageStore` says.
    public func chainHeads() async throws(MeteringError) -> [ChainHead] { try await memory.chainHeads() }
    /// As `UsageStore` says.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] { try await memory.usage(query) }
    /// As `UsageStore` says.
    public func create(_ customer: Customer) async throws(MeteringError) { try await memory.create(customer) }
    /// As `UsageStore` says.
    public func update(_ customer: Customer) async throws(MeteringError) { try await memory.update(customer) }
    /// As `UsageStore` says.
    public func customers() async throws(MeteringError) -> [Customer] { try await memory.customers() }
    /// As `UsageStore` says.
    public func create(_ key: APIKey) async throws(MeteringError) { try await memory.create(key) }
    /// As `UsageStore` says.
    public func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await memory.revokeKey(id, at: time)
    }
    /// As `UsageStore` says.
    public func keys() async throws(MeteringError) -> [APIKey] { try await memory.keys() }
    /// As `UsageStore` says.
    public func directoryVersion() async throws(MeteringError) -> Int64 { try await memory.directoryVersion() }
    /// As `UsageStore` says.
    public func recordBatch(_ batch: BatchRecord) async throws(MeteringError) { try await memory.recordBatch(batch) }
    /// As `UsageStore` says.
    public func batch(id: String) async throws(MeteringError) -> BatchRecord? { try await memory.batch(id: id) }
    /// As `UsageStore` says.
    public func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await memory.openBatches(limit: limit)
    }
    /// As `UsageStore` says.
    public func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await memory.batches(of: customer, limit: limit)
    }
    /// As `UsageStore` says.
    public func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await memory.closeBatch(id: id, at: time)
    }
    /// As `UsageStore` says.
    public func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await memory.importCursor(path: path)
    }
    /// As `UsageStore` says.
    public func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        try await memory.saveImportCursors(cursors)
    }
    /// As `UsageStore` says.
    public func close() async throws(MeteringError) { try await memory.close() }
}
