public import Metering

/// Makes a commitment from the customers' entries, one by one.
public struct EpochCommitmentBuilder: Sendable {
    private let epoch: Epoch
    private let schedule: EpochSchedule
    private let previous: EpochCommitment?
    private var tree = MerkleSumAccumulator()
    private var lastCustomer: CustomerID?
    private var charges = PicoUSD.zero
    private var receipts: Int64 = 0
    private var unpriced: Int64 = 0

    /// Begins a commitment.
    ///
    /// - Parameter previous: The operator's last commitment; `nil` when there is none.
    /// - Throws: `conflict` when that is not of an earlier epoch, or epochs had another length then.
    public init(epoch: Epoch, schedule: EpochSchedule, after previous: EpochCommitment?) throws(OracleError) {
        if let previous {
            guard previous.epoch < epoch else {
                throw OracleError(.conflict, "epoch \(epoch) cannot follow epoch \(previous.epoch)")
            }
            guard previous.epochSeconds == schedule.seconds else {
                throw OracleError(
                    .conflict,
                    "epochs were \(previous.epochSeconds) s long; the length cannot change (it is now "
                        + "\(schedule.seconds) s), because epoch numbers would repeat")
            }
        }
        self.epoch = epoch
        self.schedule = schedule
        self.previous = previous
    }

    /// Appends a customer's entry; customers come in bytewise order of their ids.
    ///
    /// - Throws: `invalidInput` when they do not or the epoch is another; `overflow` when the sum leaves its range.
    public mutating func append(_ entry: CustomerEpoch) throws(OracleError) { try append(entry, hash: entry.hash) }

    /// The same, for an entry whose hash was made before.
    mutating func append(_ entry: CustomerEpoch, hash: Digest32) throws(OracleError) {
        guard entry.epoch == epoch else {
            throw OracleError(.invalidInput, "an entry of epoch \(entry.epoch) cannot be in epoch \(epoch)")
        }
        if let lastCustomer, !lastCustomer.rawValue.utf8.lexicographicallyPrecedes(entry.customer.rawValue.utf8) {
            throw OracleError(
                .invalidInput, "the customers are not in order: \(entry.customer) came after \(lastCustomer)")
        }
        try tree.append(entry.leaf(hash: hash))
        lastCustomer = entry.customer
        do { charges = try charges.adding(PicoUSD(Int128(clamping: entry.root.sum))) } catch {
            throw OracleError(.overflow, error.message)
        }
        receipts += entry.count
        unpriced += entry.unpriced
    }

    /// The commitment, closed at `time`.
    ///
    /// - Throws: `overflow` when the sum leaves its range.
    public func finish(at time: Timestamp) throws(OracleError) -> EpochCommitment {
        let root = try tree.root()
        let (due, overflow) = (previous?.cumulativeDue.rawValue ?? 0)
            .addingReportingOverflow(Int128(clamping: root.sum))
        let (charge, chargeOverflow) = (previous?.cumulativeCharge.rawValue ?? 0)
            .addingReportingOverflow(charges.rawValue)
        guard !overflow, !chargeOverflow, root.sum <= UInt128(Int128.max) else {
            throw OracleError(.overflow, "the operator's total does not fit in 127 bits")
        }
        return EpochCommitment(
            epoch: epoch, epochSeconds: schedule.seconds, closed: time, root: root, customers: Int64(tree.count),
            receipts: receipts, unpriced: unpriced, cumulativeCharge: PicoUSD(charge), cumulativeDue: PicoUSD(due),
            previous: previous?.hash ?? .zero)
    }
}
