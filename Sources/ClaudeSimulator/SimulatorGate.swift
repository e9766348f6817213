internal import Synchronization

/// A gate that responses wait at until a test opens it: the way to stop time at a point of a stream without sleeping.
public final class SimulatorGate: Sendable {
    private struct State {
        var isOpen = false
        var permits = 0
        var arrivals = 0
        var nextID: UInt64 = 0
        /// Responses that wait.
        var held: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        /// Tests that wait for responses to arrive.
        var observers: [(id: UInt64, count: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    /// The gate's name.
    public let name: String
    private let state = Mutex(State())

    init(name: String) { self.name = name }

    /// How many responses have arrived here so far.
    public var arrivals: Int { state.withLock { $0.arrivals } }

    /// Returns when at least `count` responses have arrived.
    ///
    /// Throws when the task is cancelled.
    public func waitForArrivals(_ count: Int = 1) async throws(CancellationError) {
        let id = newID()
        let reached = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.arrivals >= count { return true }
                    if Task.isCancelled { return false }
                    state.observers.append((id, count, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(id)
        }
        guard reached else { throw CancellationError() }
    }

    /// Lets every response through, those that wait and those to come.
    public func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.held = [] }
            return state.held
        }
        for waiter in waiting { waiter.continuation.resume(returning: true) }
    }

    /// Lets one response through: the one that waits longest, or else the next to come.
    public func release() {
        let waiter = state.withLock { state in
            if state.held.isEmpty {
                state.permits += 1
                return Optional<(id: UInt64, continuation: CheckedContinuation<Bool, Never>)>.none
            }
            return state.held.removeFirst()
        }
        waiter?.continuation.resume(returning: true)
    }

    /// Waits at the gate.
    ///
    /// Throws when the task is cancelled.
    func pass() async throws(CancellationError) {
        let id = newID()
        let passed = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, observers) = state.withLock { state in arrive(id, continuation, &state) }
                for observer in observers { observer.resume(returning: true) }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(id)
        }
        guard passed else { throw CancellationError() }
    }

    private func arrive(
        _ id: UInt64, _ continuation: CheckedContinuation<Bool, Never>, _ state: inout State
    ) -> (Bool?, [CheckedContinuation<Bool, Never>]) {
        let satisfied = countArrival(&state)
        if state.isOpen { return (true, satisfied) }
        if state.permits > 0 {
            state.permits -= 1
            return (true, satisfied)
        }
        if Task.isCancelled { return (false, satisfied) }
        state.held.append((id, continuation))
        return (nil, satisfied)
    }

    /// Counts an arrival that does not wait.
    func recordArrival() {
        let observers = state.withLock { state in countArrival(&state) }
        for observer in observers { observer.resume(returning: true) }
    }

    private func countArrival(_ state: inout State) -> [CheckedContinuation<Bool, Never>] {
        state.arrivals += 1
        let arrivals = state.arrivals
        let satisfied = state.observers.filter { $0.count <= arrivals }.map(\.continuation)
        state.observers.removeAll { $0.count <= arrivals }
        return satisfied
    }

    private func newID() -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }

    private func cancel(_ id: UInt64) {
        let waiters = state.withLock { state in
            let waiters =
                state.held.filter { $0.id == id }.map(\.continuation)
                + state.observers.filter { $0.id == id }.map(\.continuation)
            state.held.removeAll { $0.id == id }
            state.observers.removeAll { $0.id == id }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }
}
