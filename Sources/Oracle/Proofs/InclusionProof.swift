public import Metering

/// Proof that one receipt is in an epoch's commitment, with its charge, in its place.
public struct InclusionProof: Sendable, Hashable {
    /// The hash of the receipt.
    public var receipt: ReceiptHash
    /// Its charge; `nil` when it has no price.
    public var charge: PicoUSD?
    /// The way from the receipt to the customer's root.
    public var path: MerkleSumProof
    /// The customer's entry, and its way to the operator's root.
    public var total: TotalProof

    /// Creates a proof from its parts.
    public init(receipt: ReceiptHash, charge: PicoUSD?, path: MerkleSumProof, total: TotalProof) {
        self.receipt = receipt
        self.charge = charge
        self.path = path
        self.total = total
    }

    /// The document: canonical JSON with `"kind":"inclusion"`.
    public var json: CanonicalJSON {
        .object([
            "charge": charge.map { .number($0.rawValue) } ?? .null, "commitment": .digest(total.commitment),
            "entry": total.entry.json, "entry_path": total.path.json, "kind": .string("inclusion"),
            "path": path.json, "receipt": .digest(receipt), "version": .number(1),
        ])
    }

    /// Reads a document.
    ///
    /// - Throws: `invalidInput`.
    public init(text: String) throws(OracleError) {
        do {
            var members = try CanonicalJSON.Members(
                CanonicalJSON(parsing: Array(text.utf8)), of: "the inclusion proof")
            try members.expectVersion(1)
            guard try members.string("kind") == "inclusion" else { throw members.error("kind", "is not inclusion") }
            receipt = try members.digest("receipt")
            charge = try members.optionalInteger("charge", as: Int128.self).map { PicoUSD($0) }
            path = try MerkleSumProof(try members.value("path"))
            total = TotalProof(
                commitment: try members.digest("commitment"), entry: try CustomerEpoch(try members.value("entry")),
                path: try MerkleSumProof(try members.value("entry_path")))
            try members.finish()
        } catch let error as OracleError { throw error } catch { throw OracleError(.invalidInput, "\(error)") }
    }

    /// Checks that `stored` is in the commitment: in its place, with its charge.
    ///
    /// - Throws: `invalidProof` or `overflow`.
    public func verify(_ stored: StoredEvent, in commitment: EpochCommitment) throws(OracleError) {
        let entry = total.entry
        let hash = stored.actualHash
        let stated: UsageEvent.Charge? = charge.map { .priced($0) }
        let isSameCharge =
            if case .unpriced = stored.event.charge { charge == nil } else { stated == stored.event.charge }
        guard hash == receipt, isSameCharge else {
            throw OracleError(.invalidProof, "the proof is for another receipt")
        }
        guard stored.event.customer == entry.customer, stored.sequence >= entry.firstSequence,
            stored.sequence <= entry.lastSequence, path.index == UInt64(stored.sequence - entry.firstSequence)
        else {
            throw OracleError(
                .invalidProof, "receipt \(stored.sequence) of \(stored.event.customer) is in the wrong place")
        }
        try path.verify(try .receipt(hash, charge: stored.event.charge), in: entry.root, size: UInt64(entry.count))
        try total.verify(in: commitment)
    }
}
