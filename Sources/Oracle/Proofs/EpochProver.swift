public import Metering

/// Makes the proofs of one epoch from its entries.
public struct EpochProver: Sendable {
    private let commitment: EpochCommitment
    private let entries: [CustomerEpoch]
    private let tree: MerkleSumTree
    private let hash: Digest32

    /// Builds the operator's tree.
    ///
    /// - Parameter entries: All entries of the epoch, in the order of the tree.
    /// - Throws: `conflict` when they are not what the commitment commits to.
    public init(_ commitment: EpochCommitment, entries: [CustomerEpoch]) throws(OracleError) {
        tree = try MerkleSumTree(entries.map(\.leaf))
        guard tree.root == commitment.root, Int64(entries.count) == commitment.customers else {
            throw OracleError(.conflict, "the stored entries of epoch \(commitment.epoch) are not what it commits to")
        }
        self.commitment = commitment
        self.entries = entries
        hash = commitment.hash
    }

    /// The proof of a customer's total.
    ///
    /// - Throws: `notFound` when the customer has no entry.
    public func total(of customer: CustomerID) throws(OracleError) -> TotalProof {
        guard let index = entries.firstIndex(where: { $0.customer == customer }) else {
            throw OracleError(.notFound, "epoch \(commitment.epoch) has nothing of the customer \(customer)")
        }
        return TotalProof(commitment: hash, entry: entries[index], path: try tree.proof(at: index))
    }

    /// The proof that a receipt is in the epoch.
    ///
    /// - Parameters:
    ///   - sequence: The receipt's sequence number.
    ///   - receipts: All receipts of the customer's entry, in sequence order.
    /// - Throws: `notFound` when it is not in the epoch; `conflict` when the receipts are not those of the entry.
    public func inclusion(
        of sequence: Int64, among receipts: [StoredEvent], customer: CustomerID
    ) throws(OracleError) -> InclusionProof {
        let total = try total(of: customer)
        let entry = total.entry
        guard sequence >= entry.firstSequence, sequence <= entry.lastSequence else {
            throw OracleError(
                .notFound,
                "epoch \(entry.epoch) holds the receipts \(entry.firstSequence)–\(entry.lastSequence) of "
                    + "\(customer), not \(sequence)")
        }
        var leaves: [MerkleSumNode] = []
        for stored in receipts { leaves.append(try .receipt(stored)) }
        let tree = try MerkleSumTree(leaves)
        guard tree.root == entry.root, Int64(receipts.count) == entry.count else {
            throw OracleError(.conflict, "the receipts of \(customer) are not what epoch \(entry.epoch) commits to")
        }
        let index = Int(sequence - entry.firstSequence)
        let charge: PicoUSD? = if case .priced(let charge) = receipts[index].event.charge { charge } else { nil }
        return InclusionProof(
            receipt: receipts[index].hash, charge: charge, path: try tree.proof(at: index), total: total)
    }
}
