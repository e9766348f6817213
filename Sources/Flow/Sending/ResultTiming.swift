internal import Synchronization

/// How long after their sending transactions have lately been executed and sealed.
///
/// A question that comes too early costs the way to the node and back and a pause, one that comes late only the delay. Where
/// the repetition is cheap, an expectation follows the median, so that no key waits long though its transaction was
/// executed; where it takes about as long as the whole thing, it follows the time by which nineteen of twenty are.
final class ResultTiming: Sendable {
    /// What is waited for.
    enum Stage: Int, Sendable {
        case executed
        case sealed
    }

    /// A question that found a stage reached.
    struct Question: Sendable {
        /// How long after the sending it was asked.
        var asked: Duration
        /// When the first one that was expected to find it was asked; the same time if it did.
        var tried: Duration
        /// How long another question takes, its pause included.
        var repetition: Duration
    }

    private struct Expectation {
        var time: Duration
        /// Some first question came too early; until then the time is halved.
        var isSettled = false
    }

    /// No expectation is longer.
    private static let longest = Duration.seconds(30)
    private let expectations = Mutex<[Stage: Expectation]>([:])

    /// Whether any transaction was seen to be executed.
    var isKnown: Bool { expectations.withLock { $0[.executed] != nil } }

    /// How long after its sending a transaction is worth asking for; zero when nothing is known.
    func expectation(_ stage: Stage) -> Duration { expectations.withLock { $0[stage]?.time ?? .zero } }

    /// Notes that a question found the stage reached.
    func record(_ stage: Stage, _ question: Question) {
        expectations.withLock { expectations in
            guard var expectation = expectations[stage] else {
                expectations[stage] = Expectation(time: min(question.asked, Self.longest))
                return
            }
            let time = expectation.time
            let isCheap = question.repetition * 4 < time
            let (down, up) = isCheap ? (time / 500, time / 500) : (time / 2000, time / 2000 * 19)
            if question.tried < question.asked {
                // Transactions on their way together are late together: what tried less than is expected now says nothing.
                guard question.tried * 10 >= time * 9 else { return }
                let later = expectation.isSettled ? time + up : time * 2
                expectation = Expectation(time: min(later, max(question.asked, time), Self.longest), isSettled: true)
            } else if !expectation.isSettled {
                expectation.time = min(time, question.asked / 2)
            } else if question.asked <= time * 2 {
                // One that came much later than expected says nothing.
                expectation.time = time - down
            }
            expectations[stage] = expectation
        }
    }
}
