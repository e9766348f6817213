/// The result of one request of a message batch: a line of the batch's results file (reference §1.7).
public struct BatchResult: Sendable, Hashable {
    /// How a request of a batch ended.
    public enum Outcome: Sendable, Hashable {
        /// It was answered; only these are billed.
        case succeeded(MessageRecord)
        /// It failed; the error's type, such as `invalid_request_error`.
        case errored(type: String)
        /// The batch was canceled before the request was sent to the model.
        case canceled
        /// The batch expired before the request was sent to the model.
        case expired
    }

    /// The caller's id of the request, unique inside the batch.
    public var customID: String
    /// How the request ended.
    public var outcome: Outcome

    /// Creates a result.
    public init(customID: String, outcome: Outcome) {
        self.customID = customID
        self.outcome = outcome
    }
}
