internal import Dispatch
internal import Metering
internal import Synchronization

/// Prepares groups: one ahead, on a thread of its own, while the group before is being written.
///
/// Hashing receipts costs about as much as writing rows, so the two share the work. Called by the writer's thread only.
final class Preparation: Sendable {
    fileprivate struct State {
        var heads: ChainHeads?
        /// The group that was prepared last and is not known to be written.
        var ahead: Result<PreparedGroup, SQLiteFailure>?
    }

    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "flowmeter.store.preparation")
    private let isRunning = Mutex(false)
    private let done = DispatchSemaphore(value: 0)

    init(_ heads: sending ChainHeads) { state = Mutex(State(heads: heads, ahead: nil)) }

    /// Starts to prepare a group that follows the one which is about to be written.
    func start(_ submissions: ArraySlice<Submission>) {
        isRunning.withLock { $0 = true }
        queue.async {
            self.state.withLock { state in
                do throws(SQLiteFailure) { state.ahead = .success(try state.preparing(submissions)) } catch {
                    // It is tried again, and reported, when the group's turn comes.
                    state.ahead = .failure(error)
                }
            }
            self.done.signal()
        }
    }

    /// Waits for what ``start(_:)`` has started; `nil` when it was discarded or could not be done.
    func take() -> PreparedGroup? {
        wait()
        return state.withLock { state in
            defer { state.ahead = nil }
            guard case .success(let group) = state.ahead else { return nil }
            return group
        }
    }

    /// Prepares a group that follows everything that is committed; what was prepared ahead is discarded.
    func prepareNow(_ submissions: ArraySlice<Submission>) throws(SQLiteFailure) -> PreparedGroup {
        wait()
        return try state.withLock { state throws(SQLiteFailure) in
            state.discardAhead()
            return try state.preparing(submissions)
        }
    }

    /// Takes back a group that was not written because an id in it is stored already.
    func rejected(_ group: PreparedGroup) {
        wait()
        state.withLock { state in
            state.discardAhead()
            state.heads?.takeBack(group)
            state.heads?.expectDuplicates()
        }
    }

    /// Takes back what was prepared ahead, and then the group before it, if any.
    func discard(_ group: PreparedGroup?) {
        wait()
        state.withLock { state in
            state.discardAhead()
            if let group { state.heads?.takeBack(group) }
        }
    }

    /// Forgets everything.
    func reset() {
        wait()
        state.withLock { state in
            state.ahead = nil
            state.heads?.reset()
        }
    }

    /// Takes note of events that are stored; call ``discard(_:)`` before.
    func learn(_ heads: [CustomerID: ChainHeads.Head]) {
        state.withLock { state in
            for (customer, head) in heads { state.heads?.note(head, of: customer) }
        }
    }

    /// Closes the connection.
    func disconnect() {
        wait()
        state.withLock { $0.heads = nil }
    }

    private func wait() {
        guard isRunning.withLock({ $0 }) else { return }
        done.wait()
        isRunning.withLock { $0 = false }
    }
}

extension Preparation.State {
    fileprivate mutating func preparing(
        _ submissions: ArraySlice<Submission>
    ) throws(SQLiteFailure) -> PreparedGroup {
        guard let heads else { throw SQLiteFailure(code: 21, message: "the connection is closed") }
        return try heads.prepare(submissions)
    }

    fileprivate mutating func discardAhead() {
        if case .success(let group) = ahead { heads?.takeBack(group) }
        ahead = nil
    }
}
