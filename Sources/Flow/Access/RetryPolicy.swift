/// How often and how patiently a request is repeated.
public struct RetryPolicy: Sendable, Hashable {
    /// How many times a request is sent at most.
    public var attempts: Int
    /// The longest pause before the first repetition; it doubles with each further one.
    public var firstPause: Duration
    /// The longest pause of all.
    public var longestPause: Duration
    /// How long an answer may take.
    public var timeout: Duration

    /// Creates a policy.
    public init(
        attempts: Int = 6, firstPause: Duration = .milliseconds(200), longestPause: Duration = .seconds(10),
        timeout: Duration = .seconds(15)
    ) {
        self.attempts = max(attempts, 1)
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.timeout = timeout
    }

    /// The pause before repetition `number`, counted from 1: anything up to the doubled limit ("full jitter"), so that
    /// clients that failed together do not come back together, but never less than the node asked for.
    func pause(
        before number: Int, asked: Duration?, using random: inout some RandomNumberGenerator
    ) -> Duration {
        var limit = firstPause
        for _ in 1..<max(number, 1) where limit < longestPause { limit = limit * 2 }
        limit = min(limit, longestPause)
        let whole = limit.components.seconds * 1_000_000 + limit.components.attoseconds / 1_000_000_000_000
        let jittered = Duration.microseconds(Int64.random(in: 0...max(whole, 0), using: &random))
        return max(jittered, min(asked ?? .zero, .seconds(60)))
    }
}
