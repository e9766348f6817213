/// When to ask for the result of one transaction.
///
/// It does nothing by itself. The first question for a stage is asked when the stage is to be expected, and each further one
/// an interval after the last answer.
struct ResultQuestions: Sendable {
    private let timing: ResultTiming
    /// When the transaction was sent; `nil` when that was long ago.
    private let start: Duration?
    private let interval: Duration
    private var stage = ResultTiming.Stage.executed
    /// When the first question for the stage was asked, after the start.
    private var tried: Duration?

    init(_ timing: ResultTiming, since start: Duration?, interval: Duration) {
        self.timing = timing
        self.start = start
        self.interval = interval
    }

    /// The pause before the next question.
    func pause(now: Duration) -> Duration {
        guard let start, tried == nil else { return interval }
        return max(timing.expectation(stage) - (now - start), interval)
    }

    /// Notes what a question has found.
    ///
    /// The answer's own time does not count, or expecting it would make the next one later still.
    mutating func found(_ status: TransactionStatus?, asked: Duration, now: Duration) {
        let reached: ResultTiming.Stage? =
            switch status {
            case .executed?: .executed
            case .sealed?: .sealed
            default: nil
            }
        guard let start else { return }
        let first = tried ?? asked - start
        guard let reached, reached.rawValue >= stage.rawValue else {
            tried = first
            return
        }
        let question = ResultTiming.Question(asked: asked - start, tried: first, repetition: now - asked + interval)
        if stage == .executed { timing.record(.executed, question) }
        if reached == .sealed { timing.record(.sealed, question) }
        stage = .sealed
        tried = nil
    }
}
