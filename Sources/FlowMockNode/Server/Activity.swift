internal import Synchronization

/// Counts what happens at the node, and lets tests wait for it.
final class Activity: Sendable {
    enum Event: Hashable, Sendable {
        case started
        case request(MockRoute)
        case connection, disconnection, subscription, message, pong
    }

    private struct Observer {
        var id: UInt64
        var event: Event
        var count: Int
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var counts: [Event: Int] = [:]
        var observers: [Observer] = []
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    func count(_ event: Event) -> Int { state.withLock { $0.counts[event] ?? 0 } }

    func record(_ event: Event) {
        let satisfied = state.withLock { state in
            let count = (state.counts[event] ?? 0) + 1
            state.counts[event] = count
            let satisfied = state.observers.filter { $0.event == event && $0.count <= count }
            state.observers.removeAll { $0.event == event && $0.count <= count }
            return satisfied
        }
        for observer in satisfied { observer.continuation.resume(returning: true) }
    }

    /// Returns when `event` has happened `count` times.
    func wait(for event: Event, count: Int = 1) async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let happened = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.counts[event] ?? 0 >= count { return true }
                    if Task.isCancelled { return false }
                    state.observers.append(
                        Observer(id: id, event: event, count: count, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                defer { state.observers.removeAll { $0.id == id } }
                return state.observers.filter { $0.id == id }
            }
            for observer in cancelled { observer.continuation.resume(returning: false) }
        }
        guard happened else { throw CancellationError() }
    }
}
