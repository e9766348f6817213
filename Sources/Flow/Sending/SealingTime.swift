internal import Synchronization

/// How long after their sending the results of transactions have lately been asked for with success.
///
/// Asking before that is mostly in vain, so the first question waits for nearly as long.
final class SealingTime: Sendable {
    private let average = Mutex<Duration?>(nil)

    /// Whether any transaction was noted.
    var isKnown: Bool { average.withLock { $0 != nil } }

    /// Notes a transaction; each counts an eighth.
    func record(_ duration: Duration) {
        average.withLock { average in average = average.map { ($0 * 7 + duration) / 8 } ?? duration }
    }

    /// The pause before the first question: never less than `least`, and at most half a minute.
    func firstPause(atLeast least: Duration) -> Duration {
        let expected = average.withLock { $0 } ?? .zero
        return max(min(expected * 7 / 8, .seconds(30)), least)
    }
}
