/// Waits until a condition holds.
///
/// It ends with the test when that is cancelled, as by its time limit.
func until(_ condition: () -> Bool) async throws(CancellationError) {
    while !condition() {
        if Task.isCancelled { throw CancellationError() }
        await Task.yield()
    }
}

extension Task where Failure == any Error {
    /// Waits for the task, and cancels it when the waiting is cancelled: a test's time limit ends both.
    func end() async throws -> Success {
        try await withTaskCancellationHandler {
            try await value
        } onCancel: {
            cancel()
        }
    }
}
