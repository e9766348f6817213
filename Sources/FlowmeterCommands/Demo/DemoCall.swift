internal import ClaudeSimulator

/// One call of the demo.
struct DemoCall: Sendable {
    /// What the client does with the answer.
    enum Conduct: Sendable, Hashable {
        /// It reads to the end.
        case reads
        /// It leaves in the middle of the stream, which then waits for it at a gate of this name.
        case leaves(gate: String)
        /// It makes a message batch and reads the results.
        case batches
    }

    /// What it shows.
    var title: String
    var customer: DemoCustomer
    var session: String
    var path = "/v1/messages"
    var body: JSONValue
    /// What the simulator is told to do; `nil` for a plain answer.
    var scenario: JSONValue?
    var conduct = Conduct.reads
}

/// The customers of the demo.
enum DemoCustomer: String, Sendable, CaseIterable {
    case aurora, borealis

    /// The name for people.
    var name: String {
        switch self {
        case .aurora: "Aurora Research"
        case .borealis: "Borealis Studio"
        }
    }
}
