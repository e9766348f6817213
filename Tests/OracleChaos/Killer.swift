package import Metering
internal import Synchronization

/// What a process does that was killed: nothing any more.
package struct Killed: Error {}

/// Counts durable writes, and kills the oracle before or after one of them.
package final class Killer: Sendable {
    private struct State {
        var countdown: Int?
        var writes = 0
        var isDead = false
    }
    private let state = Mutex(State())
    private let atHalfStep: @Sendable (_ isLast: Bool) -> Void

    /// Creates a killer.
    ///
    /// - Parameter atHalfStep: Is called before and after each write; whether the oracle dies now. When it returns then, the
    ///   write fails, and all after it: the death of a process as its tasks would see it.
    package init(atHalfStep: @escaping @Sendable (_ isLast: Bool) -> Void = { _ in }) { self.atHalfStep = atHalfStep }

    /// How many writes came so far.
    package var writes: Int { state.withLock { $0.writes } }

    /// Kills at the `point`th half step from now: even ones are before a write, odd ones just after it.
    package func arm(_ point: Int?) {
        state.withLock { state in
            state.countdown = point
            state.isDead = false
        }
    }

    package func write<Value>(
        _ body: () async throws(MeteringError) -> Value
    ) async throws(MeteringError) -> Value {
        try halfStep()
        let value = try await body()
        state.withLock { $0.writes += 1 }
        try halfStep()
        return value
    }

    private func halfStep() throws(MeteringError) {
        let isDead = state.withLock { state in
            if let countdown = state.countdown {
                state.isDead = state.isDead || countdown == 0
                state.countdown = countdown - 1
            }
            return state.isDead
        }
        atHalfStep(isDead)
        if isDead { throw MeteringError(.storeUnavailable, "killed", cause: Killed()) }
    }
}
