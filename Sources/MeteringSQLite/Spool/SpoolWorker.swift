internal import Dispatch
internal import Foundation
internal import Metering
internal import Synchronization

/// The thread that owns a spool's file.
///
/// A thread of its own, because a commit waits for the disk, and a waiting task would hold one of the few threads that
/// tasks share.
final class SpoolWorker: Sendable {
    private struct State {
        var jobs: [SpoolJob] = []
        var isClosed = false
        var isWaiting = false
        var load: SpoolLoad
        var end: Result<Void, MeteringError>?
        var endWaiters: [@Sendable (Result<Void, MeteringError>) -> Void] = []
    }

    private let state: Mutex<State>
    /// Used by the thread alone; `nil` when it has ended.
    private let file: Mutex<SpoolFile?>
    private let wakeUp = DispatchSemaphore(value: 0)
    private let path: String
    private let capacity: Int64

    init(path: String, options: SQLiteEventSpool.Options) throws(SQLiteFailure) {
        self.path = path
        let file = try SpoolFile(path: path, options: options)
        let size = try file.size(through: .max)
        self.file = Mutex(file)
        capacity = options.limit + options.reserve
        state = Mutex(State(load: SpoolLoad(events: size.events, bytes: size.bytes, limit: options.limit)))
    }

    var load: SpoolLoad { state.withLock { $0.load } }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "event-spool"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Queues a job; `false` after ``close()``.
    func add(_ job: SpoolJob) -> Bool {
        let (isAccepted, isWakeUpDue) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.jobs.append(job)
            defer { state.isWaiting = false }
            return (true, state.isWaiting)
        }
        if isWakeUpDue { wakeUp.signal() }
        return isAccepted
    }

    /// Takes no more jobs, and lets the thread end when those queued are done.
    func close() {
        let isWakeUpDue = state.withLock { state in
            state.isClosed = true
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if isWakeUpDue { wakeUp.signal() }
    }

    /// Waits until the thread has ended and the file is closed.
    func waitForEnd() async -> Result<Void, MeteringError> {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.end == nil { state.endWaiters.append { continuation.resume(returning: $0) } }
                return state.end
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    // MARK: The thread

    private func run() {
        while let jobs = take() { perform(jobs) }
        file.withLock { $0 = nil }
        let waiters = state.withLock { state in
            state.end = .success(())
            defer { state.endWaiters = [] }
            return state.endWaiters
        }
        for waiter in waiters { waiter(.success(())) }
    }

    private func take() -> [SpoolJob]? {
        while true {
            let (jobs, isClosed) = state.withLock { state in
                state.isWaiting = state.jobs.isEmpty && !state.isClosed
                defer { state.jobs = [] }
                return (state.jobs, state.isClosed)
            }
            if !jobs.isEmpty { return jobs }
            if isClosed { return nil }
            wakeUp.wait()
        }
    }

    /// Does everything that writes in one transaction; then tells the callers; then reads.
    private func perform(_ jobs: [SpoolJob]) {
        var accepted: [@Sendable (Result<Void, MeteringError>) -> Void] = []
        var refused: [@Sendable (Result<Void, MeteringError>) -> Void] = []
        var work = SpoolFile.Work()
        var bytes = load.bytes
        for job in jobs {
            switch job {
            case .append(let new, let completion):
                let size = new.reduce(0) { $0 + Int64($1.count) }
                guard bytes + size <= capacity else {
                    refused.append(completion)
                    continue
                }
                bytes += size
                work.rows += new
                accepted.append(completion)
            case .remove(let position, let note, let completion):
                work.removal = max(work.removal ?? 0, position)
                if let note { work.notes.append(note) }
                accepted.append(completion)
            case .replaceNotes(let note, let completion):
                (work.notes, work.replacesNotes) = ([note], true)
                accepted.append(completion)
            case .read, .readNotes: break
            }
        }
        for completion in refused { completion(.failure(fullError)) }
        if !accepted.isEmpty {
            let result = write(work)
            for completion in accepted { completion(result) }
        }
        for job in jobs {
            switch job {
            case .read(let position, let limit, let completion):
                completion(read { file throws(SQLiteFailure) in try file.oldest(after: position, limit: limit) })
            case .readNotes(let completion):
                completion(read { file throws(SQLiteFailure) in try file.notes() })
            default: break
            }
        }
    }

    private func write(_ work: SpoolFile.Work) -> Result<Void, MeteringError> {
        let change: SpoolFile.Change?
        do throws(SQLiteFailure) {
            change = try file.withLock { file throws(SQLiteFailure) in try file?.write(work) }
        } catch {
            return .failure(error.error(path: path))
        }
        guard let change else { return .failure(closedError) }
        state.withLock { state in
            state.load.events += change.events
            state.load.bytes += change.bytes
        }
        return .success(())
    }

    private func read<Value: Sendable>(
        _ body: (SpoolFile) throws(SQLiteFailure) -> Value
    ) -> Result<Value, MeteringError> {
        do throws(SQLiteFailure) {
            let value = try file.withLock { file throws(SQLiteFailure) -> Value? in
                guard let file else { return nil }
                return try body(file)
            }
            return value.map { .success($0) } ?? .failure(closedError)
        } catch {
            return .failure(error.error(path: path))
        }
    }

    private var closedError: MeteringError { MeteringError(.storeClosed, "the spool was closed") }

    private var fullError: MeteringError {
        MeteringError(
            .storeUnavailable,
            "the spool \(path) is full, its reserve too; make the remote store reachable again, or raise its limit")
    }
}
