internal import Synchronization

/// The simulator's time, in whole milliseconds: the system's, or one that a test moves by hand.
public final class SimulatorClock: Sendable {
    /// The time of a manual clock; `nil` for the system's.
    private let manual: Mutex<Int64?>

    private init(manual: Int64?) { self.manual = Mutex(manual) }

    /// The system's time.
    public static let system = SimulatorClock(manual: nil)

    /// A clock that stands at `milliseconds` since the Unix epoch until ``advance(milliseconds:)`` is called.
    public convenience init(milliseconds: Int64) { self.init(manual: milliseconds) }

    /// Milliseconds since the Unix epoch.
    public var now: Int64 { manual.withLock { $0 } ?? Self.systemTime() }

    /// Moves a manual clock forward; the system's is not moved.
    public func advance(milliseconds: Int64) {
        manual.withLock { time in time = time.map { $0 + milliseconds } }
    }
}
