internal import Crypto
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Keeps records in a file that is only appended to.
///
/// Records that wait at the same time are written and made durable together. A record that was cut off by a crash was
/// never acknowledged, and is dropped when the file is opened again; damage anywhere else is an error. One process at a
/// time can have the file open.
public final class FileOutbox: OutboxStorage {
    private struct Waiter {
        var record: OutboxRecord
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var records: [String: OutboxRecord] = [:]
        var waiting: [Waiter] = []
        var isWriting = false
        /// After a failed write it is not known what the file holds.
        var failure: FlowError?
    }

    private let descriptor: Int32
    private let path: String
    private let state: Mutex<State>

    /// Opens the file, and creates it when it is not there.
    ///
    /// - Throws: ``FlowError/Code/storage`` when it cannot be opened, is damaged, or is open in another process.
    public init(path: String) throws(FlowError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("cannot be opened", path) }
        do throws(FlowError) {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw Self.failure("is open in another process", path)
            }
            let content = try Self.content(descriptor, path)
            let (records, end) = try Self.parse(content, path)
            if end < content.count, ftruncate(descriptor, off_t(end)) != 0 {
                throw Self.failure("cannot be cut to its last whole record", path)
            }
            guard lseek(descriptor, 0, SEEK_END) >= 0 else { throw Self.failure("cannot be appended to", path) }
            state = Mutex(State(records: records))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Appends a record; returns when it is durable.
    public func save(_ record: OutboxRecord) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let starts = state.withLock { state in
                state.waiting.append(Waiter(record: record, continuation: continuation))
                if state.isWriting { return false }
                state.isWriting = true
                return true
            }
            // The disk may block: not on a thread of Swift's pool.
            guard starts else { return }
            // Who waited may open the file again at once, so nothing holds on to this object when they are told.
            NIOThreadPool.singleton.submit { [weak self] _ in while let tell = self?.writeBatch() { tell() } }
        }
    }

    /// The record with this key.
    public func record(_ key: String) async throws -> OutboxRecord? { state.withLock { $0.records[key] } }

    /// Every record that is not done.
    public func unfinished() async throws -> [OutboxRecord] {
        state.withLock { state in
            state.records.values.filter { if case .signed = $0.state { true } else { false } }.sorted {
                $0.key < $1.key
            }
        }
    }

    /// Writes what waits, and returns what tells those who waited; `nil` when nothing waits.
    private func writeBatch() -> (() -> Void)? {
        let (batch, failure) = state.withLock { state in
            let batch = state.waiting
            state.waiting = []
            if batch.isEmpty { state.isWriting = false }
            return (batch, state.failure)
        }
        if batch.isEmpty { return nil }
        do throws(FlowError) {
            if let failure { throw failure }
            try append(batch.flatMap { Self.frame($0.record.encoded) })
            state.withLock { state in for waiter in batch { state.records[waiter.record.key] = waiter.record } }
            return { for waiter in batch { waiter.continuation.resume() } }
        } catch {
            state.withLock { $0.failure = error }
            return { [error] in for waiter in batch { waiter.continuation.resume(throwing: error) } }
        }
    }

    private func append(_ bytes: [UInt8]) throws(FlowError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Self.failure("cannot be written", path)
            }
        }
        guard synchronize(descriptor) == 0 else { throw Self.failure("cannot be made durable", path) }
    }

    // MARK: The file's form: length, the first 4 bytes of SHA-256, record

    private static func frame(_ record: [UInt8]) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: record.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) } + checksum(record[...]) + record
    }

    private static func checksum(_ record: ArraySlice<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: record).prefix(4))
    }

    private static func parse(
        _ content: [UInt8], _ path: String
    ) throws(FlowError) -> (records: [String: OutboxRecord], end: Int) {
        var records: [String: OutboxRecord] = [:]
        var offset = 0
        while content.count - offset >= 8 {
            let length = content[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
            let start = offset + 8
            guard content.count - start >= length else { break }
            let body = content[start..<(start + length)]
            guard checksum(body) == Array(content[(offset + 4)..<start]) else {
                // The last record may have been torn; one in the middle was damaged.
                if start + length == content.count { break }
                throw FlowError(.storage, "\(path) is damaged at byte \(offset): restore it from a backup")
            }
            let record = try OutboxRecord(encoded: Array(body))
            records[record.key] = record
            offset = start + length
        }
        return (records, offset)
    }

    private static func content(_ descriptor: Int32, _ path: String) throws(FlowError) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                content += buffer[..<count]
            } else if count == 0 {
                return content
            } else if errno != EINTR {
                throw failure("cannot be read", path)
            }
        }
    }

    private static func failure(_ what: String, _ path: String) -> FlowError {
        FlowError(.storage, "\(path) \(what): \(String(cString: strerror(errno)))")
    }
}

/// Makes a file's content and length durable; its times do not matter.
private func synchronize(_ descriptor: Int32) -> Int32 {
    #if canImport(Darwin)
        fsync(descriptor)
    #else
        fdatasync(descriptor)
    #endif
}

/// `write(2)`, named apart from the method.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    guard let bytes else { return 0 }
    return write(descriptor, bytes, count)
}
