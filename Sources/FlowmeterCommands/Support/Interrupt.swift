internal import UnixSignals

/// Ends work that goes on for ever when a person or a supervisor asks for it.
enum Interrupt {
    /// Runs `work` until it returns or SIGINT or SIGTERM comes; then `work` is cancelled and awaited.
    static func race(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            group.addTask { try await work() }
            try await group.next()
            group.cancelAll()
            do { try await group.next() } catch is CancellationError {
                // lint: dropped. It was cancelled above.
            }
        }
    }
}
