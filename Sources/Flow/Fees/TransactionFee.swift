/// The fee that a transaction paid, as the event of the fee contract tells it.
public struct TransactionFee: Sendable, Hashable, Decodable {
    /// The fee in FLOW.
    public var amount: UFix64
    /// The effort of inclusion; 1.0 today.
    public var inclusionEffort: UFix64
    /// The effort of execution: a hundred-millionth for each unit of computation.
    public var executionEffort: UFix64

    /// Creates a fee.
    public init(amount: UFix64, inclusionEffort: UFix64, executionEffort: UFix64) {
        self.amount = amount
        self.inclusionEffort = inclusionEffort
        self.executionEffort = executionEffort
    }
}

extension TransactionResult {
    /// The fee with its parts, if the transaction paid one and the node reported it.
    ///
    /// Failed transactions pay, too.
    public var feeEvent: TransactionFee? {
        // Any account may have a contract of this name: only the fee contract's own event counts.
        guard let event = events.last(where: { Self.feeEventTypes.contains($0.type) }) else { return nil }
        do { return try event.decoded(as: TransactionFee.self) } catch { return nil }
    }

    private static let feeEventTypes = Set(
        ContractAliases.standardAddresses(of: "FlowFees").map { "A.\($0.hex).FlowFees.FeesDeducted" })

    /// The fee in FLOW.
    public var fee: UFix64? { feeEvent?.amount }
}
