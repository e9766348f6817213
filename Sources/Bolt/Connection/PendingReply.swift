internal import Synchronization

/// An answer that is awaited by one task.
final class PendingReply<Value: Sendable>: Sendable {
    private enum State {
        case pending
        case awaited(CheckedContinuation<Result<Value, BoltError>, Never>)
        case done(Result<Value, BoltError>)
    }

    private let state = Mutex(State.pending)

    /// Gives the answer; only the first one counts.
    func complete(_ result: Result<Value, BoltError>) {
        let waiter = state.withLock { state -> CheckedContinuation<Result<Value, BoltError>, Never>? in
            switch state {
            case .pending:
                state = .done(result)
                return nil
            case .awaited(let waiter):
                state = .done(result)
                return waiter
            case .done: return nil
            }
        }
        waiter?.resume(returning: result)
    }

    /// Waits for the answer; when the task is cancelled, `cancel` must see to it that there is one.
    func value(onCancel cancel: @Sendable () -> Void) async throws(BoltError) -> Value {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> Result<Value, BoltError>? in
                    switch state {
                    case .done(let result): return result
                    case .pending, .awaited:
                        state = .awaited(continuation)
                        return nil
                    }
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }
}
