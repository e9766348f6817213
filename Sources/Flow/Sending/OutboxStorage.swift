internal import Synchronization

/// Where a sender keeps what must survive it.
///
/// Three questions, so that a database, a file or a test's memory can answer them.
public protocol OutboxStorage: Sendable {
    /// Stores a record in place of an earlier one with its key.
    ///
    /// It returns when the record is durable: what is sent afterwards can be found again. When it throws, nothing is
    /// sent. It is called from many tasks at once; storages should make waiting records durable together.
    func save(_ record: OutboxRecord) async throws
    /// The record with this key, if there is one.
    func record(_ key: String) async throws -> OutboxRecord?
    /// Every record that is not done.
    func unfinished() async throws -> [OutboxRecord]
}

/// Keeps records in memory: for tests, and for what need not survive.
public final class MemoryOutbox: OutboxStorage {
    private let records = Mutex<[String: OutboxRecord]>([:])

    /// Creates an empty storage.
    public init() {}

    /// Stores a record.
    public func save(_ record: OutboxRecord) async throws { records.withLock { $0[record.key] = record } }

    /// The record with this key.
    public func record(_ key: String) async throws -> OutboxRecord? { records.withLock { $0[key] } }

    /// Every record that is not done.
    public func unfinished() async throws -> [OutboxRecord] {
        records.withLock { records in
            records.values.filter { if case .signed = $0.state { true } else { false } }.sorted { $0.key < $1.key }
        }
    }
}
