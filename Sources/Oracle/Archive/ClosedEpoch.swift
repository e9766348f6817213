/// An epoch that is closed: its commitment, and the customers' entries that it commits to.
public struct ClosedEpoch: Sendable, Hashable {
    /// The commitment.
    public var commitment: EpochCommitment
    /// The entries, in the order of the tree: by the bytes of the customers' ids.
    public var entries: [CustomerEpoch]
    /// How far the usage store was read for it.
    public var position: Int64

    /// Creates a closed epoch from its parts.
    public init(commitment: EpochCommitment, entries: [CustomerEpoch], position: Int64) {
        self.commitment = commitment
        self.entries = entries
        self.position = position
    }
}
