internal import Synchronization

/// The intents that are being worked on and who else waits for their ends, and those that were left on their way.
final class ActiveIntents: Sendable {
    private struct Waiter {
        var ticket: UInt64
        /// Given the end; `nil` when the waiting is over without one.
        var continuation: CheckedContinuation<Result<TransactionOutcome, FlowError>?, Never>
    }

    private struct State {
        var active: [String: [Waiter]] = [:]
        var tickets: UInt64 = 0
        /// The keys of intents that nobody follows though a transaction may be on its way, oldest first.
        var left: [String] = []
        /// Who wants to follow one.
        var followers: [(ticket: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// Runs `work` unless the intent is worked on already; then its end is waited for.
    ///
    /// When the one who works on it is cancelled, one of those who wait goes on with it.
    func once(
        _ key: String, _ work: () async throws(FlowError) -> TransactionOutcome
    ) async throws(FlowError) -> TransactionOutcome {
        while !begin(key) {
            guard let end = await wait(for: key) else {
                if Task.isCancelled { throw FlowError(.closed, "waiting for the intent was cancelled") }
                continue
            }
            return try end.get()
        }
        let result: Result<TransactionOutcome, FlowError>
        do throws(FlowError) { result = .success(try await work()) } catch { result = .failure(error) }
        end(key, result)
        return try result.get()
    }

    private func begin(_ key: String) -> Bool {
        state.withLock { state in
            if state.active[key] != nil { return false }
            state.active[key] = []
            state.left.removeAll { $0 == key }
            return true
        }
    }

    private func end(_ key: String, _ result: Result<TransactionOutcome, FlowError>) {
        // Cancellation is the fate of the one who worked, not of those who waited.
        let told: Result<TransactionOutcome, FlowError>? =
            if case .failure(let error) = result, error.code == .closed { nil } else { result }
        let waiters = state.withLock { $0.active.removeValue(forKey: key) } ?? []
        for waiter in waiters { waiter.continuation.resume(returning: told) }
    }

    /// The end of the work on an intent; `nil` when it ended without one, or the waiting was cancelled.
    private func wait(for key: String) async -> Result<TransactionOutcome, FlowError>? {
        let ticket = nextTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard !Task.isCancelled, state.active[key] != nil else { return false }
                    state.active[key]?.append(Waiter(ticket: ticket, continuation: continuation))
                    return true
                }
                if !isWaiting { continuation.resume(returning: nil) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let position = state.active[key]?.firstIndex(where: { $0.ticket == ticket }) else { return nil }
                return state.active[key]?.remove(at: position)
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

    /// Notes that nobody follows an intent any more, though a transaction of it may be on its way.
    func leave(_ key: String) {
        // All of them: the first may just have got what it wanted.
        let followers = state.withLock { state in
            if !state.left.contains(key) { state.left.append(key) }
            defer { state.followers = [] }
            return state.followers
        }
        for follower in followers { follower.continuation.resume() }
    }

    /// An intent that was left, for the caller to follow; waits until there is one, and is `nil` when cancelled.
    func nextLeft() async -> String? {
        while !Task.isCancelled {
            let ticket = nextTicket()
            let key = state.withLock { state in state.left.isEmpty ? nil : state.left.removeFirst() }
            if let key { return key }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isWaiting = state.withLock { state in
                        guard !Task.isCancelled, state.left.isEmpty else { return false }
                        state.followers.append((ticket, continuation))
                        return true
                    }
                    if !isWaiting { continuation.resume() }
                }
            } onCancel: {
                let follower = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    guard let position = state.followers.firstIndex(where: { $0.ticket == ticket }) else { return nil }
                    return state.followers.remove(at: position).continuation
                }
                follower?.resume()
            }
        }
        return nil
    }
}
