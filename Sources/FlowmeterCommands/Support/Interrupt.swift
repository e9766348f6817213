internal import UnixSignals

/// Ends work that goes on for ever when a person or a supervisor asks for it.
enum Interrupt {
    /// Runs `work` until it returns or SIGINT or SIGTERM comes; then `work` is cancelled and awaited.
    ///
    /// - Returns: What `work` returned; `nil` when it was cancelled.
    @discardableResult
    static func race<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            // Work that is done waits for no signal.
            defer { group.cancelAll() }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            group.addTask { try await work() }
            if let first = try await group.next(), let value = first { return value }
            group.cancelAll()
            do { return try await group.next() ?? nil } catch is CancellationError { return nil }
        }
    }
}
