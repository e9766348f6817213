public import Metering

/// Makes the proofs of one epoch.
public struct EpochProver: Sendable {
    private let commitment: EpochCommitment
    private let customers: [CustomerID]
    private let tree: MerkleSumTree
    private let hash: Digest32

    /// Builds the operator's tree.
    ///
    /// - Parameter leaves: What the entries of the epoch put into the tree, in its order.
    /// - Throws: `conflict` when they are not what the commitment commits to.
    public init(_ commitment: EpochCommitment, leaves: [EntryLeaf]) throws(OracleError) {
        tree = try MerkleSumTree(leaves.map { .leaf($0.hash, sum: UInt128(clamping: $0.due.rawValue)) })
        guard tree.root == commitment.root, Int64(leaves.count) == commitment.customers else {
            throw OracleError(.conflict, "the stored entries of epoch \(commitment.epoch) are not what it commits to")
        }
        self.commitment = commitment
        customers = leaves.map(\.customer)
        hash = commitment.hash
    }

    /// The proof of a customer's total.
    ///
    /// - Throws: `notFound` when the customer has no entry; `conflict` when this is not the one that was committed to.
    public func total(_ entry: CustomerEpoch) throws(OracleError) -> TotalProof {
        let index = customers.partitioningIndex { !$0.precedesBytewise(entry.customer) }
        guard index < customers.count, customers[index] == entry.customer else {
            throw OracleError(.notFound, "epoch \(commitment.epoch) has nothing of the customer \(entry.customer)")
        }
        guard entry.leaf == tree.leaves[index] else {
            throw OracleError(
                .conflict, "the stored entry of \(entry.customer) is not what epoch \(commitment.epoch) commits to")
        }
        return TotalProof(commitment: hash, entry: entry, path: try tree.proof(at: index))
    }

    /// The proof that a receipt is in the epoch.
    ///
    /// - Parameters:
    ///   - sequence: The receipt's sequence number.
    ///   - receipts: All receipts of the customer's entry, in sequence order.
    ///   - entry: The entry.
    /// - Throws: `notFound` when it is not in the epoch; `conflict` when the receipts are not those of the entry.
    public func inclusion(
        of sequence: Int64, among receipts: [StoredEvent], in entry: CustomerEpoch
    ) throws(OracleError) -> InclusionProof {
        let total = try total(entry)
        let customer = entry.customer
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

extension Array {
    /// The first index whose element fulfils `condition`, when those that do are all at the end.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
