internal import Metering

/// Events of one `submit`, and whom to tell.
struct Submission: Sendable {
    var events: [UsageEvent]
    var completion: @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
}
