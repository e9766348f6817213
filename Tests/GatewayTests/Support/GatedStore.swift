import Metering
import Synchronization

/// A store in memory that keeps appends waiting until a test lets them go, or refuses them.
final class GatedStore: UsageStore {
    private struct State {
        var isOpen = false
        var failures = 0
        var waiting: [@Sendable () -> Void] = []
    }

    let memory = MemoryUsageStore()
    /// How often `submit` was called.
    let submissions = Watched<Int>(0)
    private let state = Mutex(State())

    init(isOpen: Bool = false, failures: Int = 0) {
        state.withLock { state in
            state.isOpen = isOpen
            state.failures = failures
        }
    }

    /// Lets all appends go, those that wait and those to come.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for append in waiting { append() }
    }

    func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        let memory = memory
        enum Answer { case fail, append, wait }
        let answer: Answer = state.withLock { state in
            if state.failures > 0 {
                state.failures -= 1
                return .fail
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

    func event(id: EventID) async throws(MeteringError) -> StoredEvent? { try await memory.event(id: id) }
    func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try await memory.events(of: customer, after: sequence, limit: limit)
    }
    func chainHeads() async throws(MeteringError) -> [ChainHead] { try await memory.chainHeads() }
    func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] { try await memory.usage(query) }
    func create(_ customer: Customer) async throws(MeteringError) { try await memory.create(customer) }
    func update(_ customer: Customer) async throws(MeteringError) { try await memory.update(customer) }
    func customers() async throws(MeteringError) -> [Customer] { try await memory.customers() }
    func create(_ key: APIKey) async throws(MeteringError) { try await memory.create(key) }
    func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await memory.revokeKey(id, at: time)
    }
    func keys() async throws(MeteringError) -> [APIKey] { try await memory.keys() }
    func directoryVersion() async throws(MeteringError) -> Int64 { try await memory.directoryVersion() }
    func recordBatch(_ batch: BatchRecord) async throws(MeteringError) { try await memory.recordBatch(batch) }
    func batch(id: String) async throws(MeteringError) -> BatchRecord? { try await memory.batch(id: id) }
    func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await memory.openBatches(limit: limit)
    }
    func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await memory.batches(of: customer, limit: limit)
    }
    func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await memory.closeBatch(id: id, at: time)
    }
    func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await memory.importCursor(path: path)
    }
    func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        try await memory.saveImportCursors(cursors)
    }
    func close() async throws(MeteringError) { try await memory.close() }
}
