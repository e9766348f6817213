/// The pauses between tries of a unit of work.
struct Backoff {
    let limit: Duration
    private var delay: Duration
    private var firstFailure: Duration?

    init(initialDelay: Duration, limit: Duration) {
        self.limit = limit
        delay = initialDelay
    }

    /// The pause before the next try; `nil` when the time is up, which is counted from the first failure.
    ///
    /// `elapsed` is the time since any fixed moment. The pause doubles each time and varies by a fifth, so that those who
    /// failed together do not meet again.
    mutating func next(
        after elapsed: Duration, using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        let start = firstFailure ?? elapsed
        firstFailure = start
        guard elapsed - start < limit else { return nil }
        let pause = delay * Int.random(in: 800...1200, using: &generator) / 1000
        delay = delay * 2
        return pause
    }
}
