import Metering
import Synchronization

extension SpooledUsageStore.Options {
    /// Small batches, and pauses that take no time.
    static func eager() -> Self {
        var options = Self()
        options.batchSize = 7
        options.sleep = { _ in
            try Task.checkCancellation()
            await Task.yield()
        }
        return options
    }
}

/// A spool in memory; its limit counts events.
final class MemorySpool: EventSpool {
    private struct State {
        var waiting: [SpooledEvent] = []
        var notes: [[UInt8]] = []
        var next: Int64 = 1
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int64

    init(limit: Int64 = 1_000_000) { self.limit = limit }

    func submit(_ events: [UsageEvent], completion: @escaping @Sendable (Result<Void, MeteringError>) -> Void) {
        state.withLock { state in
            for event in events {
                state.waiting.append(SpooledEvent(position: state.next, event: event))
                state.next += 1
            }
        }
        completion(.success(()))
    }

    func oldest(after position: Int64, limit: Int) async throws(MeteringError) -> [SpooledEvent] {
        state.withLock { Array($0.waiting.drop { $0.position <= position }.prefix(limit)) }
    }

    func remove(through position: Int64, note: [UInt8]?) async throws(MeteringError) {
        state.withLock { state in
            state.waiting.removeAll { $0.position <= position }
            if let note { state.notes.append(note) }
        }
    }

    func notes() async throws(MeteringError) -> [[UInt8]] { state.withLock { $0.notes } }

    func replaceNotes(with note: [UInt8]) async throws(MeteringError) { state.withLock { $0.notes = [note] } }

    var load: SpoolLoad {
        let count = state.withLock { Int64($0.waiting.count) }
        return SpoolLoad(events: count, bytes: count, limit: limit)
    }

    func close() async throws(MeteringError) { state.withLock { $0.isClosed = true } }
}

/// A store in memory that can be out of reach, and lose answers.
final class UnreliableStore: UsageStore {
    private struct State {
        var isAway: Bool
        var losesAnswers = 0
        var count = 0
        var waiters: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    let memory = MemoryUsageStore()
    private let state: Mutex<State>

    init(isAway: Bool = false) { state = Mutex(State(isAway: isAway)) }

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// How many more calls are kept, and reported as failed.
    var losesAnswers: Int {
        get { state.withLock { $0.losesAnswers } }
        set { state.withLock { $0.losesAnswers = newValue } }
    }

    /// Returns when so many events were kept.
    func waitFor(events count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.count < count { state.waiters.append((count, continuation)) }
                return state.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    private static let error = MeteringError(.storeUnavailable, "away")

    func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        guard !isAway else { return completion(.failure(Self.error)) }
        memory.submit(events) { [self] result in
            let isLost = state.withLock { state in
                defer { state.losesAnswers = max(0, state.losesAnswers - 1) }
                return state.losesAnswers > 0
            }
            completion(isLost ? .failure(Self.error) : result)
            guard case .success(let outcomes) = result else { return }
            let ready = state.withLock { state in
                state.count += outcomes.count { $0 != .duplicate }
                let count = state.count
                let ready = state.waiters.filter { $0.0 <= count }
                state.waiters.removeAll { $0.0 <= count }
                return ready.map(\.1)
            }
            for waiter in ready { waiter.resume() }
        }
    }

    func event(id: EventID) async throws(MeteringError) -> StoredEvent? { try await memory.event(id: id) }
    func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try await memory.events(of: customer, after: sequence, limit: limit)
    }
    func events(
        appendedAfter position: Int64, limit: Int
    ) async throws(MeteringError) -> [AppendedEvent] {
        try await memory.events(appendedAfter: position, limit: limit)
    }
    func chainHeads() async throws(MeteringError) -> [ChainHead] { try await memory.chainHeads() }
    func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] {
        guard !isAway else { throw Self.error }
        return try await memory.usage(query)
    }
    func create(_ customer: Customer) async throws(MeteringError) { try await memory.create(customer) }
    func update(_ customer: Customer) async throws(MeteringError) { try await memory.update(customer) }
    func customers() async throws(MeteringError) -> [Customer] {
        guard !isAway else { throw Self.error }
        return try await memory.customers()
    }
    func create(_ key: APIKey) async throws(MeteringError) { try await memory.create(key) }
    func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await memory.revokeKey(id, at: time)
    }
    func keys() async throws(MeteringError) -> [APIKey] {
        guard !isAway else { throw Self.error }
        return try await memory.keys()
    }
    func directoryVersion() async throws(MeteringError) -> Int64 {
        guard !isAway else { throw Self.error }
        return try await memory.directoryVersion()
    }
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
