/// What transactions cost (FLIP 351; the contract `FlowFees`).
///
/// fee = surge × (inclusion effort × inclusion cost + execution effort × execution cost), where a unit of computation is an
/// effort of 0.00000001.
public struct FeeSchedule: Sendable, Hashable, Decodable {
    /// Grows when the network is full (FLIP 336); 1.0 otherwise.
    public var surgeFactor: UFix64
    /// FLOW for an inclusion effort of 1.0.
    public var inclusionEffortCost: UFix64
    /// FLOW for an execution effort of 1.0.
    public var executionEffortCost: UFix64

    /// Creates a schedule.
    public init(surgeFactor: UFix64, inclusionEffortCost: UFix64, executionEffortCost: UFix64) {
        self.surgeFactor = surgeFactor
        self.inclusionEffortCost = inclusionEffortCost
        self.executionEffortCost = executionEffortCost
    }

    /// The prices of FLIP 351: 0.0001 FLOW a transaction and 0.00004 FLOW a unit of computation.
    ///
    /// The ones in force are read with ``FlowClient/feeSchedule(on:)``.
    public static let flip351 = FeeSchedule(
        surgeFactor: UFix64(scaled: 100_000_000), inclusionEffortCost: UFix64(scaled: 10_000),
        executionEffortCost: UFix64(scaled: 400_000_000_000))

    /// The fee of a transaction that uses so much computation.
    public func fee(computation: UInt64) throws(FlowError) -> UFix64 {
        let execution = try UFix64(scaled: computation).multiplied(by: executionEffortCost)
        return try inclusionEffortCost.adding(execution).multiplied(by: surgeFactor)
    }

    /// The most that a transaction with this gas limit can cost.
    ///
    /// Its payer must have that, besides the balance that its account keeps for storage, at least 0.001 FLOW.
    public func highestFee(gasLimit: UInt64) throws(FlowError) -> UFix64 { try fee(computation: gasLimit) }

    /// A gas limit that is close to what a transaction used before, so that its payer needs to hold less.
    ///
    /// - Parameter percent: How much of the computation it may be; 130 leaves room for a third more.
    public static func tightGasLimit(computationUsed: UInt64, percent: UInt64 = 130) -> UInt64 {
        let (product, overflow) = computationUsed.multipliedReportingOverflow(by: percent)
        let limit = overflow ? FlowTransaction.maximumGasLimit : product / 100 + (product % 100 == 0 ? 0 : 1)
        return min(max(limit, 1), FlowTransaction.maximumGasLimit)
    }
}

extension FlowClient {
    /// The prices in force on a chain, as its fee contract has them.
    public func feeSchedule(on chain: FlowChain) async throws(FlowError) -> FeeSchedule {
        let source = """
            import "FlowFees"
            access(all) fun main(): FlowFees.FeeParameters { return FlowFees.getFeeParameters() }
            """
        let script = try ContractAliases.standard(on: chain).rewriteImports(of: source)
        return try await executeScript(script).decoded(as: FeeSchedule.self)
    }
}
