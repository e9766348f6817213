internal import Metering

/// An epoch that is closed: its commitment, and the customers' entries that it commits to.
public struct ClosedEpoch: Sendable, Hashable {
    /// The commitment.
    public let commitment: EpochCommitment
    /// The entries, in the order of the tree: by the bytes of the customers' ids.
    public let entries: [CustomerEpoch]
    /// How far the usage store was read for it.
    public let position: Int64
    /// The entries as they are hashed and kept.
    let documents: [[UInt8]]

    /// Creates a closed epoch from its parts.
    public init(commitment: EpochCommitment, entries: [CustomerEpoch], position: Int64) {
        self.init(
            commitment: commitment, entries: entries, documents: entries.map(\.json.bytes), position: position)
    }

    init(commitment: EpochCommitment, entries: [CustomerEpoch], documents: [[UInt8]], position: Int64) {
        self.commitment = commitment
        self.entries = entries
        self.documents = documents
        self.position = position
    }
}
