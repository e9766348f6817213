internal import DequeModule
internal import NIOCore
internal import Synchronization

/// The records of one query between the connection, which fills it, and the reader, who empties it.
///
/// Both sides pass batches, so that the lock is taken per read of the socket, not per record. The stream decides when the
/// next records are asked for (few are left) and when the socket is left alone (many bytes wait).
final class ResultStream: Sendable {
    /// How many records and bytes may wait.
    struct Limits: Sendable {
        /// Records per `PULL`; -1 for all.
        var fetchSize: Int
        /// Bytes that wait before the socket is no longer read.
        var highWaterBytes = 1 << 20

        /// The next records are asked for at once when no more than these wait.
        var highWaterRecords: Int { fetchSize < 0 ? 0 : fetchSize * 7 / 10 }
        /// The next records are asked for when the reader has come down to these.
        var lowWaterRecords: Int { fetchSize < 0 ? 0 : fetchSize * 3 / 10 }
    }

    /// What the connection does next.
    enum Demand: Equatable {
        case none
        /// Ask for so many records.
        case pull(count: Int, qid: Int64?)
        /// Have the server drop the rest.
        case discard(qid: Int64?)
    }

    /// A result's end.
    struct End: Sendable {
        var run: BoltMap
        var pull: BoltMap
        /// Whether there was a record at all.
        var hadRecords: Bool
    }

    /// What becomes of records.
    private enum Mode {
        /// They come as fast as they are read.
        case streaming
        /// All of them are kept, as fast as they come.
        case keepingAll
        /// They are dropped.
        case discarding
    }

    private struct State {
        var limits: Limits
        var mode = Mode.streaming
        var run: BoltMap?
        var keys: RecordKeys?
        var qid: Int64?
        var batches = Deque<[ByteBuffer]>()
        /// Records that were received and not yet reported as read.
        var records = 0
        var bytes = 0
        /// The server waits for the next `PULL`.
        var isHeld = false
        var hadRecords = false
        var isReadingPaused = false
        var outcome: Result<End, BoltError>?
        var waiters: [CheckedContinuation<Bool, Never>] = []

        func isReached(_ event: Event) -> Bool {
            switch event {
            case .began: keys != nil || outcome != nil
            case .records: !batches.isEmpty || outcome != nil
            case .end: outcome != nil
            }
        }

        /// What the server must be told when it waits; `limit` is how many records may be left unread.
        mutating func demand(atMost limit: Int) -> Demand {
            guard isHeld, outcome == nil else { return .none }
            switch mode {
            case .streaming:
                guard records <= limit else { return .none }
                isHeld = false
                return .pull(count: limits.fetchSize, qid: qid)
            case .keepingAll:
                isHeld = false
                return .pull(count: -1, qid: qid)
            case .discarding:
                isHeld = false
                return .discard(qid: qid)
            }
        }
    }

    private let state: Mutex<State>

    init(limits: Limits) { state = Mutex(State(limits: limits)) }

    /// Records per `PULL`.
    var fetchSize: Int { state.withLock { $0.limits.fetchSize } }

    /// Lets the reader look at what has changed.
    ///
    /// The connection calls it once for all that one read of the socket brought, for each wake-up costs as much as
    /// handling a few messages.
    func wakeReader() {
        let waiters = state.withLock { state in
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }
}

// MARK: The connection's side

// Nothing here but a failure wakes the reader: see `wakeReader`.
extension ResultStream {
    /// The query runs.
    func began(_ metadata: BoltMap) {
        state.withLock { state in
            state.run = metadata
            state.keys = RecordKeys(metadata["fields"]?.list?.compactMap(\.string) ?? [])
            state.qid = metadata["qid"]?.integer
        }
    }

    /// Takes records; returns whether the socket may be read on.
    func receive(_ batch: [ByteBuffer], bytes: Int) -> Bool {
        state.withLock { state in
            state.hadRecords = true
            guard state.mode != .discarding else { return true }
            state.records += batch.count
            state.bytes += bytes
            state.batches.append(batch)
            // Once paused, only the reader resumes it, at half as much: in between more may come from the same read.
            if state.mode == .streaming, state.bytes > state.limits.highWaterBytes { state.isReadingPaused = true }
            return !state.isReadingPaused
        }
    }

    /// The server sent the asked-for records, or the last one.
    func finished(_ metadata: BoltMap, hasMore: Bool) -> Demand {
        state.withLock { state in
            guard hasMore else {
                if state.outcome == nil {
                    state.outcome = .success(
                        End(run: state.run ?? .empty, pull: metadata, hadRecords: state.hadRecords))
                }
                return .none
            }
            state.isHeld = true
            return state.demand(atMost: state.limits.highWaterRecords)
        }
    }

    /// The query failed, or its connection.
    func failed(_ error: BoltError) {
        state.withLock { state in if state.outcome == nil { state.outcome = .failure(error) } }
        wakeReader()
    }
}

// MARK: The reader's side

extension ResultStream {
    /// What there is to read.
    enum Delivery: Sendable {
        case records([[ByteBuffer]])
        case end(End)
    }

    /// What can be waited for; a failure ends every wait.
    enum Event: Sendable {
        /// The query runs.
        case began
        /// Records wait, or it has ended.
        case records
        /// It has ended.
        case end
    }

    /// What waits now, or `nil` when nothing does.
    ///
    /// A failure comes behind the records before it.
    func take() throws(BoltError) -> Delivery? {
        let taken = state.withLock { state -> Result<Delivery, BoltError>? in
            if !state.batches.isEmpty {
                let batches = Array(state.batches)
                state.batches.removeAll(keepingCapacity: true)
                return .success(.records(batches))
            }
            return state.outcome?.map { .end($0) }
        }
        return try taken?.get()
    }

    /// Notes that records were read, so that others may come; returns what the connection must do.
    func consumed(records: Int, bytes: Int) -> (demand: Demand, resumesReading: Bool) {
        state.withLock { state in
            state.records -= records
            state.bytes -= bytes
            let resumes = state.isReadingPaused && state.bytes <= state.limits.highWaterBytes / 2
            if resumes { state.isReadingPaused = false }
            return (state.demand(atMost: state.limits.lowWaterRecords), resumes)
        }
    }

    /// Drops what waits and all that comes; returns what the connection must do.
    func discard() -> (demand: Demand, resumesReading: Bool) {
        state.withLock { state in
            state.mode = .discarding
            state.batches.removeAll()
            state.records = 0
            state.bytes = 0
            let resumes = state.isReadingPaused
            state.isReadingPaused = false
            return (state.demand(atMost: 0), resumes)
        }
    }

    /// Keeps all that comes, so that the connection becomes free; returns what the connection must do.
    func keepAll() -> (demand: Demand, resumesReading: Bool) {
        state.withLock { state in
            if state.mode == .streaming { state.mode = .keepingAll }
            let resumes = state.isReadingPaused
            state.isReadingPaused = false
            return (state.demand(atMost: .max), resumes)
        }
    }

    /// The answer to `RUN`, once the query runs.
    var run: BoltMap? { state.withLock { $0.run } }

    /// The names of the columns, once the query runs.
    var keys: RecordKeys? { state.withLock { $0.keys } }

    /// How it ended, once it has.
    var outcome: Result<End, BoltError>? { state.withLock { $0.outcome } }

    /// Waits for an event; when the task is cancelled, `cancel` must see to it that the stream fails.
    func wait(for event: Event, onCancel cancel: @Sendable () -> Void) async {
        if state.withLock({ $0.isReached(event) }) { return }
        await withTaskCancellationHandler {
            while await !isReached(event) {}
        } onCancel: {
            cancel()
        }
    }

    /// Whether the event has come; if not, waits for the next change.
    private func isReached(_ event: Event) async -> Bool {
        await withCheckedContinuation { (waiter: CheckedContinuation<Bool, Never>) in
            let isReached = state.withLock { state in
                let isReached = state.isReached(event)
                if !isReached { state.waiters.append(waiter) }
                return isReached
            }
            if isReached { waiter.resume(returning: true) }
        }
    }
}
