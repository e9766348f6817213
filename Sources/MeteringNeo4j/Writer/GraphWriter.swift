internal import Metering
internal import Synchronization

/// Writes submissions in the order in which they come: all that are queued while one transaction is under way share the
/// next (group commit).
final class GraphWriter: Sendable {
    private struct State {
        var queue: [Submission] = []
        var isWriting = false
        var isClosed = false
        /// Whether anything was ever written.
        var hasWritten = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let appender: Appender
    private let batchLimit: Int
    private let state = Mutex(State())

    init(_ database: GraphDatabase) {
        appender = Appender(database)
        batchLimit = database.options.batchLimit
    }

    /// Queues a submission; `false` after ``close()``.
    func add(_ submission: Submission) -> Bool {
        let (isAccepted, isStartDue) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.queue.append(submission)
            defer { state.isWriting = true }
            return (true, !state.isWriting)
        }
        guard isStartDue else { return isAccepted }
        // Unstructured: a submission outlives the call that made it, and its caller's cancellation. The task ends when
        // nothing is queued, and `close()` waits for it.
        Task { await writeAll() }
        return isAccepted
    }

    /// Whether the store was closed.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Accepts no more submissions, and waits until those that came are written.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isWriting { state.waiters.append(continuation) }
                return !state.isWriting
            }
            if isIdle { continuation.resume() }
        }
        guard state.withLock({ $0.hasWritten.exchange(false) }) else { return }
        do throws(MeteringError) { try await appender.forget() } catch {
            // lint: dropped. A small node stays behind; the schema's preparation removes old ones.
        }
    }

    private func writeAll() async {
        while let group = next() { await write(group) }
    }

    /// Takes what is queued, up to the limit; a submission is never divided.
    private func next() -> ArraySlice<Submission>? {
        let (group, waiters) = state.withLock {
            state -> (ArraySlice<Submission>?, [CheckedContinuation<Void, Never>]) in
            guard !state.queue.isEmpty else {
                state.isWriting = false
                defer { state.waiters = [] }
                return (nil, state.waiters)
            }
            state.hasWritten = true
            var count = state.queue[0].events.count
            var end = 1
            while end < state.queue.count, count + state.queue[end].events.count <= batchLimit {
                count += state.queue[end].events.count
                end += 1
            }
            let group = state.queue[..<end]
            state.queue = Array(state.queue[end...])
            return (group, [])
        }
        for waiter in waiters { waiter.resume() }
        return group
    }

    private func write(_ group: ArraySlice<Submission>) async {
        do throws(MeteringError) {
            let outcomes = try await appender.append(group)
            for (submission, outcomes) in zip(group, outcomes) { submission.completion(.success(outcomes)) }
        } catch {
            guard error.isOfTheEvents, group.count > 1 else {
                for submission in group { submission.completion(.failure(error)) }
                return
            }
            // The database refuses one of them. Each for itself, so that the others are kept.
            for index in group.indices { await write(group[index...index]) }
        }
    }
}

extension Bool {
    /// Sets the value and returns the one before.
    fileprivate mutating func exchange(_ value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
