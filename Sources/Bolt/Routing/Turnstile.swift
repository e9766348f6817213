internal import DequeModule
internal import Synchronization

/// Lets one task in at a time, in the order they came.
final class Turnstile: Sendable {
    private struct State {
        var isTaken = false
        var nextNumber = 0
        var waiters = Deque<(number: Int, reply: PendingReply<Void>)>()
    }

    private let state = Mutex(State())

    /// Runs the body when everybody who came before is through.
    ///
    /// Throws ``BoltError/Code/cancelled`` when the task is cancelled before its turn.
    func pass<T>(_ body: () async throws(BoltError) -> T) async throws(BoltError) -> T {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws(BoltError) {
        let reply = PendingReply<Void>()
        let number = state.withLock { state -> Int? in
            guard state.isTaken else {
                state.isTaken = true
                return nil
            }
            state.nextNumber += 1
            state.waiters.append((state.nextNumber, reply))
            return state.nextNumber
        }
        guard let number else { return }
        try await reply.value {
            let waiter = self.state.withLock { state -> PendingReply<Void>? in
                guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiters.remove(at: index).reply
            }
            waiter?.complete(
                .failure(BoltError(.cancelled, "the task was cancelled while it waited for a routing table")))
        }
    }

    private func leave() {
        let next = state.withLock { state -> PendingReply<Void>? in
            guard let next = state.waiters.popFirst() else {
                state.isTaken = false
                return nil
            }
            return next.reply
        }
        next?.complete(.success(()))
    }
}
