@testable import Flow

/// Does something before each record is stored.
final class HookedOutbox: OutboxStorage {
    let memory = MemoryOutbox()
    private let hook: @Sendable (String, SignedAttempt) async throws -> Void

    init(_ hook: @escaping @Sendable (String, SignedAttempt) async throws -> Void) { self.hook = hook }

    func save(_ record: OutboxRecord) async throws {
        if case .signed(let attempt) = record.state { try await hook(record.key, attempt) }
        try await memory.save(record)
    }

    func record(_ key: String) async throws -> OutboxRecord? { try await memory.record(key) }
    func unfinished() async throws -> [OutboxRecord] { try await memory.unfinished() }
}
