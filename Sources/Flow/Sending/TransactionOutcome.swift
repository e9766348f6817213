/// How an intent ended, for good.
public enum TransactionOutcome: Sendable, Hashable {
    /// Why an intent did not happen.
    public struct Failure: Sendable, Hashable {
        /// What kind of failure it is.
        public enum Reason: String, Sendable, CaseIterable {
            /// The transaction was executed and failed.
            case executed
            /// The access node refused it; it was never in a block.
            case refused
            /// It expired as often as it may; none of its transactions was ever in a block, nor can be.
            case expired
            /// Someone else used the proposal key, and no node knows the transaction: look before trying again.
            case indeterminate
        }

        /// What kind of failure it is.
        public var reason: Reason
        /// The last transaction's id, if one was made.
        public var id: FlowIdentifier?
        /// The virtual machine's code, if it was executed.
        public var code: ExecutionFailure.Code?
        /// What the node said.
        public var message: String

        /// Creates a failure.
        public init(
            _ reason: Reason, id: FlowIdentifier?, code: ExecutionFailure.Code? = nil, message: String
        ) {
            self.reason = reason
            self.id = id
            self.code = code
            self.message = message
        }
    }

    /// What is known of a transaction that happened.
    public struct Success: Sendable, Hashable {
        /// The transaction's id.
        public var id: FlowIdentifier
        /// The block it is in, if the node said.
        public var blockID: FlowIdentifier?
        /// How much computation it used.
        public var computationUsed: UInt64
        /// The fee that was paid in FLOW, if the node reported its event.
        public var fee: UFix64?

        /// Creates a success.
        public init(id: FlowIdentifier, blockID: FlowIdentifier?, computationUsed: UInt64, fee: UFix64?) {
            self.id = id
            self.blockID = blockID
            self.computationUsed = computationUsed
            self.fee = fee
        }
    }

    /// It happened: executed without an error, and sealed.
    case succeeded(Success)
    /// It did not happen, and will not.
    case failed(Failure)
}
