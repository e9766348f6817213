/// The name of a batch: its epoch, and its place among the epoch's batches from 0.
public struct OutboxBatchID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The epoch.
    public var epoch: Epoch
    /// The place.
    public var index: Int
    /// Creates a name.
    public init(epoch: Epoch, index: Int) {
        self.epoch = epoch
        self.index = index
    }
    /// The epoch and the place.
    public var description: String { "\(epoch)/\(index)" }
    /// In the order of settling.
    public static func < (lhs: OutboxBatchID, rhs: OutboxBatchID) -> Bool {
        (lhs.epoch, lhs.index) < (rhs.epoch, rhs.index)
    }
}

/// A batch that is to be settled, and how far that is.
public struct OutboxBatch: Sendable, Hashable {
    /// How far settling is.
    public enum State: Sendable, Hashable {
        /// To be sent.
        ///
        /// It may have been sent, if a crash came between.
        case pending
        /// Sent; the ledger calls it by this name and has not confirmed it.
        case submitted(String)
        /// The ledger confirmed it.
        case confirmed([SettlementOutcome])
    }
    /// Its name.
    public var id: OutboxBatchID
    /// What is settled.
    public var batch: SettlementBatch
    /// How far it is.
    public var state: State
    /// Creates a batch.
    public init(id: OutboxBatchID, batch: SettlementBatch, state: State = .pending) {
        self.id = id
        self.batch = batch
        self.state = state
    }

    /// Whether the ledger confirmed it.
    public var isConfirmed: Bool { if case .confirmed = state { true } else { false } }
}
