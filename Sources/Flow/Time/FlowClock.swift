/// Time as the client needs it: passing, and waited for.
///
/// Tests give one that they move themselves.
public protocol FlowClock: Sendable {
    /// Time since some fixed moment; it never goes back.
    var now: Duration { get }
    /// Waits; throws `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws(CancellationError)
}

/// The system's continuous clock.
public struct SystemFlowClock: FlowClock {
    private let start = ContinuousClock.now

    /// Creates a clock that starts at zero.
    public init() {}

    /// Time since the clock was made.
    public var now: Duration { ContinuousClock.now - start }

    /// Waits on the continuous clock.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        do { try await Task.sleep(for: duration, clock: .continuous) } catch { throw CancellationError() }
    }
}
