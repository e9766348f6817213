internal import Synchronization

/// Learns how much computation scripts use, and suggests limits and fees for the next time.
///
/// It remembers so many scripts, and forgets the one that was recorded longest ago for a new one.
public final class GasEstimator: Sendable {
    private struct Entry {
        var highest: UInt64
        /// The number of the record that spoke of it last.
        var lastRecord: UInt64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var records: UInt64 = 0
    }

    /// How many scripts are remembered.
    public static let capacity = 1000

    private let state = Mutex(State())

    /// Creates an estimator that knows nothing yet.
    public init() {}

    /// Notes what a transaction with this script used.
    public func record(script: String, computationUsed: UInt64) {
        state.withLock { state in
            state.records += 1
            let highest = max(state.entries[script]?.highest ?? 0, computationUsed)
            state.entries[script] = Entry(highest: highest, lastRecord: state.records)
            guard state.entries.count > Self.capacity,
                let oldest = state.entries.min(by: { $0.value.lastRecord < $1.value.lastRecord })
            else { return }
            state.entries[oldest.key] = nil
        }
    }

    /// The most that the script has used; `nil` for a script that was not seen.
    public func computation(of script: String) -> UInt64? { state.withLock { $0.entries[script]?.highest } }

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
