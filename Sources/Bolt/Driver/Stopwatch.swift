/// Tells the time since it was made, by a clock of any kind.
struct Stopwatch: Sendable {
    /// The time since it was made.
    let elapsed: @Sendable () -> Duration

    init<C: Clock<Duration>>(_ clock: C) {
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
    }
}
