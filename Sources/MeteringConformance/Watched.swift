internal import Synchronization

/// A value that tests wait for: ``wait(until:)`` returns as soon as it fits.
public final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        var fits: @Sendable (Value) -> Bool
        var continuation: CheckedContinuation<Value, Never>
    }
    private struct State {
        var value: Value
        var waiters: [Waiter] = []
    }

    private let state: Mutex<State>

    /// Creates a value.
    public init(_ value: Value) { state = Mutex(State(value: value)) }

    /// The value now.
    public var value: Value { state.withLock { $0.value } }

    /// Changes the value and lets those go on that waited for it.
    @discardableResult
    public func update<R: Sendable>(_ change: @Sendable (inout Value) -> R) -> R {
        let (result, ready, value) = state.withLock { state in
            let result = change(&state.value)
            let value = state.value
            let ready = state.waiters.filter { $0.fits(value) }
            state.waiters.removeAll { $0.fits(value) }
            return (result, ready, value)
        }
        for waiter in ready { waiter.continuation.resume(returning: value) }
        return result
    }

    /// Waits until the value fits, and returns it.
    @discardableResult
    public func wait(until fits: @escaping @Sendable (Value) -> Bool) async -> Value {
        await withCheckedContinuation { continuation in
            let value: Value? = state.withLock { state in
                if fits(state.value) { return state.value }
                state.waiters.append(Waiter(fits: fits, continuation: continuation))
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
