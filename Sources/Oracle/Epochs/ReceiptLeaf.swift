public import Metering

extension MerkleSumNode {
    /// A receipt as a leaf of its customer's tree: with its charge, or as one that has no price.
    ///
    /// - Throws: `overflow` when the charge is negative, which no valid event has.
    public static func receipt(
        _ hash: ReceiptHash, charge: UsageEvent.Charge
    ) throws(OracleError) -> MerkleSumNode {
        switch charge {
        case .priced(let charge):
            guard let sum = UInt128(exactly: charge.rawValue) else {
                throw OracleError(.overflow, "a receipt has the negative charge \(charge)")
            }
            return .leaf(hash, sum: sum)
        case .unpriced: return .unpricedLeaf(hash)
        }
    }

    /// The leaf of a receipt whose hash is made of what it says: a hash that comes with an event is never believed.
    static func receipt(_ stored: StoredEvent) throws(OracleError) -> MerkleSumNode {
        try .receipt(stored.actualHash, charge: stored.event.charge)
    }
}

extension StoredEvent {
    /// The hash made of what the receipt says.
    var actualHash: ReceiptHash {
        CanonicalReceipt.hash(event, sequence: sequence, previousHash: previousHash)
    }
}
