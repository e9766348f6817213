internal import NIOPosix
internal import Synchronization

/// Keeps records in a file.
///
/// The file is appended to, and written anew when most of what it holds is obsolete. Records that wait at the same time are
/// written and made durable together. A record that was cut off by a crash was never acknowledged, and is dropped when the
/// file is opened again; damage anywhere else is an error. One process at a time can have the file open.
///
/// What has ended is remembered for ever, in memory too, about 240 bytes each: for many millions of intents give the sender
/// an ``OutboxStorage`` on a database.
public final class FileOutbox: OutboxStorage {
    private struct Entry {
        var record: OutboxRecord
        /// How many bytes it takes in the file.
        var size: Int
    }

    private struct Waiter {
        var record: OutboxRecord
        var encoded: [UInt8]
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// How many bytes the entries take.
        var size = 0
        var waiting: [Waiter] = []
        var isWriting = false
        /// After a failed write it is not known what the file holds.
        var failure: FlowError?

        mutating func set(_ record: OutboxRecord, size newSize: Int) {
            size += newSize - (entries.updateValue(Entry(record: record, size: newSize), forKey: record.key)?.size ?? 0)
        }
    }

    /// The file, which only the thread that writes touches.
    private struct Written {
        var file: any OutboxFile
        var size: Int
        /// The file is written anew when it is larger.
        var limit: Int
    }

    /// The most records of a batch.
    private static let batchLimit = 1024
    /// The suffix of the file that is to take the outbox's place.
    static let draftSuffix = ".new"

    private let path: String
    private let disk: any OutboxDisk
    /// Files smaller than that are not written anew.
    private let smallest: Int
    private let state: Mutex<State>
    private let written: Mutex<Written>

    /// Opens the file, and creates it when it is not there.
    ///
    /// - Throws: ``FlowError/Code/storage`` when it cannot be opened, is damaged, or is open in another process.
    public convenience init(path: String) throws(FlowError) {
        try self.init(path: path, on: SystemDisk(), smallest: 4 << 20)
    }

    init(path: String, on disk: any OutboxDisk, smallest: Int) throws(FlowError) {
        self.disk = disk
        self.smallest = smallest
        do {
            let file = try disk.open(path)
            let path = try disk.resolve(path)
            let bytes = try file.content()
            let content = try OutboxFormat.read(bytes)
            if content.end < bytes.count { try file.truncate(to: content.end) }
            if content.end == 0 { try file.append(OutboxFormat.mark) }
            try file.synchronize()
            // The last process may have died before its file's name was durable.
            try disk.synchronizeDirectory(of: path)
            disk.remove(path + Self.draftSuffix)
            var state = State()
            for encoded in content.records {
                state.set(try OutboxRecord(encoded: encoded), size: encoded.count)
            }
            let size = max(content.end, OutboxFormat.mark.count)
            written = Mutex(Written(file: file, size: size, limit: Self.limit(state.size, smallest)))
            self.state = Mutex(state)
            self.path = path
        } catch {
            throw Self.failure(error, path)
        }
    }

    /// Stores a record; returns when it is durable.
    public func save(_ record: OutboxRecord) async throws {
        let encoded = record.encoded
        guard encoded.count <= OutboxFormat.recordLimit else {
            throw FlowError(.storage, "the record '\(record.key.prefix(80))' is too large to be stored")
        }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let starts = state.withLock { state in
                state.waiting.append(Waiter(record: record, encoded: encoded, continuation: continuation))
                if state.isWriting { return false }
                state.isWriting = true
                return true
            }
            // The disk may block: not on a thread of Swift's pool.
            guard starts else { return }
            // Who waited may open the file again at once, so nothing holds on to this object when they are told; and it is
            // not asked for again when nobody else waits, for that would hold it for a moment.
            NIOThreadPool.singleton.submit { [weak self] _ in
                while let batch = self?.writeBatch() {
                    batch.tell()
                    if batch.isLast { return }
                }
            }
        }
    }

    /// The record with this key.
    public func record(_ key: String) async throws -> OutboxRecord? { state.withLock { $0.entries[key]?.record } }

    /// Every record that is not done.
    public func unfinished() async throws -> [OutboxRecord] {
        state.withLock { state in
            state.entries.values.map(\.record).filter { if case .signed = $0.state { true } else { false } }
                .sorted { $0.key < $1.key }
        }
    }

    /// Writes what waits.
    ///
    /// - Returns: What tells those who waited, and whether nobody else waits: then the writing has ended.
    private func writeBatch() -> (tell: () -> Void, isLast: Bool) {
        let (batch, failure) = state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            return (batch, state.failure)
        }
        let outcome = write(batch, after: failure)
        let isLast = state.withLock { state in
            state.isWriting = !state.waiting.isEmpty
            return !state.isWriting
        }
        return ({ for waiter in batch { waiter.continuation.resume(with: outcome) } }, isLast)
    }

    private func write(_ batch: [Waiter], after failure: FlowError?) -> Result<Void, any Error> {
        do {
            if let failure { throw failure }
            let bytes = OutboxFormat.batch(batch.map(\.encoded))
            if let refusal = try written.withLock({ (written) throws(OutboxDiskError) in try append(bytes, &written) })
            {
                return .failure(Self.failure(refusal, path))
            }
            state.withLock { state in for waiter in batch { state.set(waiter.record, size: waiter.encoded.count) } }
            try written.withLock { (written) throws(OutboxDiskError) in try compact(&written) }
            return .success(())
        } catch {
            let failure = Self.failure(error, path)
            state.withLock { $0.failure = failure }
            return .failure(failure)
        }
    }

    /// Writes a batch, and makes it durable.
    ///
    /// - Returns: Why it was not written, when nothing of it is left in the file: a full disk may have room the next time.
    /// - Throws: When it is not known what the file holds.
    private func append(_ bytes: [UInt8], _ written: inout Written) throws(OutboxDiskError) -> OutboxDiskError? {
        do throws(OutboxDiskError) { try written.file.append(bytes) } catch {
            try written.file.truncate(to: written.size)
            try written.file.synchronize()
            return error
        }
        try written.file.synchronize()
        written.size += bytes.count
        return nil
    }

    // MARK: Writing the file anew

    /// How large the file may become until most of it is obsolete.
    private static func limit(_ size: Int, _ smallest: Int) -> Int { max(size * 3, smallest) }

    /// Writes the file anew when most of it is obsolete.
    ///
    /// The new file gets the name when all of it is durable, so a crash leaves the one or the other, and both say the same.
    /// It is locked before it has the name: no other process can get in between.
    ///
    /// - Throws: When it is not known which of the files a crash would leave: what came next might be in the other one.
    private func compact(_ written: inout Written) throws(OutboxDiskError) {
        guard written.size > written.limit else { return }
        let (records, size) = state.withLock { ($0.entries.values.map(\.record), $0.size) }
        let draft = path + Self.draftSuffix
        var next: Written
        do throws(OutboxDiskError) {
            next = Written(file: try disk.create(draft), size: 0, limit: Self.limit(size, smallest))
            try write(OutboxFormat.mark, &next)
            for start in stride(from: 0, to: records.count, by: Self.batchLimit) {
                let part = records[start..<min(start + Self.batchLimit, records.count)]
                try write(OutboxFormat.batch(part.map(\.encoded)), &next)
            }
            try next.file.synchronize()
            try disk.rename(draft, to: path)
        } catch {
            // The old file is as it was, and serves on; a full disk may have room the next time.
            disk.remove(draft)
            written.limit = written.size * 2
            return
        }
        try disk.synchronizeDirectory(of: path)
        written = next
    }

    private func write(_ bytes: [UInt8], _ written: inout Written) throws(OutboxDiskError) {
        try written.file.append(bytes)
        written.size += bytes.count
    }

    private static func failure(_ error: any Error, _ path: String) -> FlowError {
        switch error {
        case let error as OutboxDiskError: FlowError(.storage, "\(path) \(error.message)")
        case let error as FlowError where error.message.hasPrefix(path): error
        case let error as FlowError: FlowError(.storage, "\(path) \(error.message)", offset: error.offset, cause: error)
        default: FlowError(.storage, "\(path) cannot be used: \(error)", cause: error)
        }
    }
}
