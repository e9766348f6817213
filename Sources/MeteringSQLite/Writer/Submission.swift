internal import Metering

/// Events that one caller handed over, and how to tell it what became of them.
struct Submission: Sendable {
    let events: [UsageEvent]
    let completion: @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
}
