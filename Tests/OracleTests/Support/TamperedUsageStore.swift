import Metering

/// A store that gives back something else than what was appended, as one does that somebody edited.
final class TamperedUsageStore: UsageStore {
    private let memory = MemoryUsageStore()
    private let tamper: @Sendable (inout [AppendedEvent]) -> Void

    init(_ tamper: @escaping @Sendable (inout [AppendedEvent]) -> Void) { self.tamper = tamper }

    func events(appendedAfter position: Int64, limit: Int) async throws(MeteringError) -> [AppendedEvent] {
        var events = try await memory.events(appendedAfter: position, limit: limit)
        tamper(&events)
        return events
    }
    func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) { memory.submit(events, completion: completion) }
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
