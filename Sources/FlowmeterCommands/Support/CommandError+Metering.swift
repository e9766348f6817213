internal import Bolt
internal import Metering

extension CommandError {
    /// The error of a store or a rule, with what a person can do about it.
    init(_ error: MeteringError) {
        switch error.code {
        case .storeUnavailable where error.cause is BoltError:
            self.init(error.message, fix: "check that Neo4j runs at NEO4J_URI, or run 'flowmeter doctor'")
        case .storeUnavailable:
            self.init(
                error.message,
                fix: "check that the database's directory is writable and its disk has room, or run "
                    + "'flowmeter doctor'")
        case .storeCorrupt:
            self.init(
                error.message, fix: "run 'flowmeter doctor', and restore the database from a backup if it says so")
        case .insufficientFunds:
            self.init(error.message, fix: "see what there is with 'flowmeter ledger accounts'")
        case .notAllowed:
            self.init(error.message, fix: "see the states of all subscriptions with 'flowmeter ledger list'")
        case .invalidInput:
            self.init(error.message, status: .usage)
        default:
            self.init(error.message)
        }
    }
}
