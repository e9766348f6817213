internal import Synchronization

/// Learns how much computation scripts use, and suggests limits and fees for the next time.
public final class GasEstimator: Sendable {
    private let highest = Mutex<[String: UInt64]>([:])

    /// Creates an estimator that knows nothing yet.
    public init() {}

    /// Notes what a transaction with this script used.
    public func record(script: String, computationUsed: UInt64) {
        highest.withLock { $0[script] = max($0[script] ?? 0, computationUsed) }
    }

    /// The most that the script has used; `nil` for a script that was not seen.
    public func computation(of script: String) -> UInt64? { highest.withLock { $0[script] } }

    /// A tight limit for the script; the highest one for a script that was not seen.
    public func gasLimit(for script: String, percent: UInt64 = 130) -> UInt64 {
        computation(of: script).map { FeeSchedule.tightGasLimit(computationUsed: $0, percent: percent) }
            ?? FlowTransaction.maximumGasLimit
    }

    /// What the script will probably cost; the most it could cost for a script that was not seen.
    public func fee(of script: String, schedule: FeeSchedule) throws(FlowError) -> UFix64 {
        try schedule.fee(computation: computation(of: script) ?? FlowTransaction.maximumGasLimit)
    }
}
