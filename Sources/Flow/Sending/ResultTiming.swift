internal import Synchronization

/// How long after their sending transactions have lately been executed and sealed.
///
/// A question that comes too early costs a whole round trip to the node, one that comes late only the delay. So each
/// expectation follows the time by which nineteen of twenty questions are answered with what was hoped for: one that was
/// too early moves it up by nineteen steps, one that was not moves it down by one.
final class ResultTiming: Sendable {
    /// What is waited for.
    enum Stage: Int, Sendable {
        case executed
        case sealed
    }

    /// No expectation is longer.
    private static let longest = Duration.seconds(30)
    private let expected = Mutex<[Stage: Duration]>([:])

    /// Whether any transaction was seen to be executed.
    var isKnown: Bool { expected.withLock { $0[.executed] != nil } }

    /// How long after its sending a transaction is worth asking for; zero when nothing is known.
    func expectation(_ stage: Stage) -> Duration { expected.withLock { $0[stage] ?? .zero } }

    /// Notes that a question, asked so long after the sending, found the stage reached.
    ///
    /// - Parameter isFirst: Whether it was the first one that was expected to.
    func record(_ stage: Stage, asked: Duration, isFirst: Bool) {
        expected.withLock { expected in
            guard let last = expected[stage] else {
                expected[stage] = min(asked, Self.longest)
                return
            }
            let step = last / 1000
            expected[stage] = isFirst ? last - step : min(last + step * 19, max(asked, last), Self.longest)
        }
    }
}

/// When to ask for the result of one transaction.
struct ResultQuestions: Sendable {
    private let timing: ResultTiming
    /// When the transaction was sent; `nil` when that was long ago.
    private let start: Duration?
    private let interval: Duration
    private var stage = ResultTiming.Stage.executed
    private var isFirst = true

    init(_ timing: ResultTiming, since start: Duration?, interval: Duration) {
        self.timing = timing
        self.start = start
        self.interval = interval
    }

    /// The pause before the next question.
    func pause(now: Duration) -> Duration {
        guard let start, isFirst else { return interval }
        return max(timing.expectation(stage) - (now - start), interval)
    }

    /// Notes what a question has found.
    ///
    /// The answer's own time does not count, or expecting it would make the next one later still.
    mutating func found(_ status: TransactionStatus?, asked: Duration) {
        let reached: ResultTiming.Stage? =
            switch status {
            case .executed?: .executed
            case .sealed?: .sealed
            default: nil
            }
        guard let reached, reached.rawValue >= stage.rawValue else {
            isFirst = false
            return
        }
        if let start {
            if stage == .executed { timing.record(.executed, asked: asked - start, isFirst: isFirst) }
            if reached == .sealed { timing.record(.sealed, asked: asked - start, isFirst: isFirst) }
        }
        stage = .sealed
        isFirst = true
    }
}
