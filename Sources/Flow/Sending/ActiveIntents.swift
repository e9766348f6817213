internal import Synchronization

/// The intents that are being worked on and who else waits for their ends, and those that were left on their way.
final class ActiveIntents: Sendable {
    private typealias Outcome = Result<TransactionOutcome, FlowError>

    private struct Waiter {
        var ticket: UInt64
        /// Given the end; `nil` when the waiting is over without one.
        var continuation: CheckedContinuation<End?, Never>
    }

    /// An intent that is worked on.
    private struct Activity {
        /// What it asks for, once that is certain.
        var content: IntentDigest?
        /// Nobody had followed it before.
        var wasLeft: Bool
        var waiters: [Waiter] = []
    }

    private struct End {
        var content: IntentDigest?
        var outcome: Outcome
    }

    private struct State {
        var active: [String: Activity] = [:]
        var tickets: UInt64 = 0
        /// The intents that nobody follows though a transaction may be on its way.
        var left = LeftIntents()
    }

    private let state = Mutex(State())

    // MARK: One at a time

    /// Runs `work` unless the intent is worked on already; then its end is waited for.
    ///
    /// When the one who works on it is cancelled, one of those who wait goes on with it.
    ///
    /// - Parameter content: What the caller wants; `nil` for whatever the intent asks for.
    /// - Throws: ``FlowError/Code/intentConflict`` when the one who works on it wants something else.
    func once(
        _ key: String, as content: IntentDigest?, _ work: () async throws(FlowError) -> TransactionOutcome
    ) async throws(FlowError) -> TransactionOutcome {
        while !(try begin(key, as: content)) {
            guard let end = await wait(for: key) else {
                if Task.isCancelled { throw FlowError(.closed, "waiting for the intent was cancelled") }
                continue
            }
            if let content { try end.content?.check(content, key: key) }
            return try end.outcome.get()
        }
        let result: Outcome
        do throws(FlowError) { result = .success(try await work()) } catch { result = .failure(error) }
        end(key, result)
        return try result.get()
    }

    /// Notes what the intent asks for that is worked on.
    func identify(_ key: String, as content: IntentDigest) {
        state.withLock { $0.active[key]?.content = content }
    }

    /// How many intents are worked on, and how many are left on their way.
    var counts: (active: Int, left: Int) { state.withLock { ($0.active.count, $0.left.count) } }

    private func begin(_ key: String, as content: IntentDigest?) throws(FlowError) -> Bool {
        let (isBegun, other) = state.withLock { state -> (Bool, IntentDigest?) in
            if let activity = state.active[key] { return (false, activity.content) }
            state.active[key] = Activity(wasLeft: state.left.remove(key))
            return (true, nil)
        }
        if let content { try other?.check(content, key: key) }
        return isBegun
    }

    private func end(_ key: String, _ outcome: Outcome) {
        // Cancellation is the fate of the one who worked, and so is a wish that does not fit: not of those who waited.
        let (isForAll, isFailure) =
            switch outcome {
            case .success: (true, false)
            case .failure(let error): (error.code != .closed && error.code != .intentConflict, true)
            }
        guard let activity = state.withLock({ $0.active.removeValue(forKey: key) }) else { return }
        if isFailure, activity.wasLeft { leave(key) }
        let end = isForAll ? End(content: activity.content, outcome: outcome) : nil
        for waiter in activity.waiters { waiter.continuation.resume(returning: end) }
    }

    /// The end of the work on an intent; `nil` when it ended without one, or the waiting was cancelled.
    private func wait(for key: String) async -> End? {
        let ticket = nextTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard !Task.isCancelled, state.active[key] != nil else { return false }
                    state.active[key]?.waiters.append(Waiter(ticket: ticket, continuation: continuation))
                    return true
                }
                if !isWaiting { continuation.resume(returning: nil) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let position = state.active[key]?.waiters.firstIndex(where: { $0.ticket == ticket }) else {
                    return nil
                }
                return state.active[key]?.waiters.remove(at: position)
            }
            waiter?.continuation.resume(returning: nil)
        }
    }

    private func nextTicket() -> UInt64 {
        state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
    }

    // MARK: Intents that were left on their way

    /// Whether there are intents that nobody follows.
    var hasLeft: Bool { state.withLock { $0.left.count > 0 } }

    /// Notes that nobody follows an intent any more, though a transaction of it may be on its way.
    func leave(_ key: String) {
        let follower = state.withLock { $0.left.add(key) }
        follower?.resume(returning: key)
    }

    /// An intent that was left, for the caller to follow; waits until there is one, and is `nil` when cancelled.
    ///
    /// Who is given one follows it or leaves it again.
    func nextLeft() async -> String? {
        let ticket = nextTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isWaiting, key) = state.withLock { state -> (Bool, String?) in
                    if Task.isCancelled { return (false, nil) }
                    if let key = state.left.next() { return (false, key) }
                    state.left.wait(ticket, continuation)
                    return (true, nil)
                }
                if !isWaiting { continuation.resume(returning: key) }
            }
        } onCancel: {
            let follower = state.withLock { $0.left.stopWaiting(ticket) }
            follower?.resume(returning: nil)
        }
    }
}
