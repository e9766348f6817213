public import Metering

/// Proof that a customer's entry of an epoch is what the operator committed to: its receipts, what they cost, and what
/// the customer's plan makes due of that.
public struct TotalProof: Sendable, Hashable {
    /// The hash of the commitment.
    public var commitment: Digest32
    /// The customer's entry.
    public var entry: CustomerEpoch
    /// The way from the entry to the operator's root.
    public var path: MerkleSumProof

    /// Creates a proof from its parts.
    public init(commitment: Digest32, entry: CustomerEpoch, path: MerkleSumProof) {
        self.commitment = commitment
        self.entry = entry
        self.path = path
    }

    /// The document: canonical JSON with `"kind":"total"`.
    public var json: CanonicalJSON {
        .object([
            "commitment": .digest(commitment), "entry": entry.json, "entry_path": path.json, "kind": .string("total"),
            "version": .number(1),
        ])
    }

    /// Reads a document.
    ///
    /// - Throws: `invalidInput`.
    public init(text: String) throws(OracleError) {
        do {
            var members = try CanonicalJSON.Members(CanonicalJSON(parsing: Array(text.utf8)), of: "the total proof")
            try members.expectVersion(1)
            guard try members.string("kind") == "total" else { throw members.error("kind", "is not total") }
            commitment = try members.digest("commitment")
            entry = try CustomerEpoch(try members.value("entry"))
            path = try MerkleSumProof(try members.value("entry_path"))
            try members.finish()
        } catch let error as OracleError { throw error } catch { throw OracleError(.invalidInput, "\(error)") }
    }

    /// Checks that the entry is in the commitment.
    ///
    /// The commitment's signature is checked by `SignedCommitment.verify(with:)`.
    ///
    /// - Throws: `invalidProof` or `overflow`.
    public func verify(in commitment: EpochCommitment) throws(OracleError) {
        guard self.commitment == commitment.hash, entry.epoch == commitment.epoch else {
            throw OracleError(.invalidProof, "the proof is for another commitment, of epoch \(entry.epoch)")
        }
        guard let size = UInt64(exactly: commitment.customers) else {
            throw OracleError(.invalidProof, "the commitment has \(commitment.customers) customers")
        }
        try path.verify(entry.leaf, in: commitment.root, size: size)
    }

    /// Checks that these are the receipts of the entry, all of them and no others, that they cost what it says, and that
    /// the plans which it names make due of them what it says.
    ///
    /// - Parameters:
    ///   - receipts: The receipts, in sequence order.
    ///   - previous: The customer's entry before this one, if at hand: then the cumulative totals are checked too.
    /// - Throws: `invalidProof` or `overflow`.
    public func verify(_ receipts: [StoredEvent], after previous: CustomerEpoch? = nil) throws(OracleError) {
        var tree = MerkleSumAccumulator()
        var (sequence, hash) = (entry.firstSequence - 1, entry.previousHash)
        var (priceBooks, unpriced): (Set<PriceBookHash>, Int64) = ([], 0)
        for stored in receipts {
            guard stored.event.customer == entry.customer, stored.sequence == sequence + 1,
                stored.previousHash == hash
            else {
                throw OracleError(.invalidProof, "receipt \(sequence + 1) of \(entry.customer) is missing or replaced")
            }
            let actual = stored.actualHash
            try tree.append(try .receipt(actual, charge: stored.event.charge))
            priceBooks.insert(stored.event.priceBook)
            if case .unpriced = stored.event.charge { unpriced += 1 }
            (sequence, hash) = (stored.sequence, actual)
        }
        guard sequence == entry.lastSequence, hash == entry.lastHash, try tree.root() == entry.root else {
            throw OracleError(
                .invalidProof,
                "the receipts do not give the root that epoch \(entry.epoch) states for \(entry.customer)")
        }
        guard unpriced == entry.unpriced, priceBooks == Set(entry.priceBooks) else {
            throw OracleError(.invalidProof, "the entry of \(entry.customer) misstates prices of its receipts")
        }
        try verifyDue(receipts)
        if let previous { try verify(follows: previous) } else if entry.firstSequence == 1 { try verifyFirst() }
    }

    /// Checks what is due: the sums of the months, taken back receipt by receipt, tell those of before.
    private func verifyDue(_ receipts: [StoredEvent]) throws(OracleError) {
        let before = try monthsBefore(receipts)
        var meter = PlanMeter(plans: entry.plans, months: before)
        let start = meter.due
        do throws(MeteringError) {
            for stored in receipts {
                if case .priced(let charge) = stored.event.charge { try meter.add(charge, at: stored.event.time) }
            }
        } catch { throw OracleError(.invalidProof, error.message) }
        guard meter.months == entry.months, meter.due - start == entry.due else {
            throw OracleError(
                .invalidProof, "the plan of \(entry.customer) does not make \(entry.due) USD due of the receipts")
        }
    }

    /// The sums of the entry's months before its receipts.
    ///
    /// Since a plan's cost depends only on where in the month's sum a charge lies, it can be taken back.
    ///
    /// - Throws: `invalidProof` when the receipts are of other months, or come to more than the sums.
    public func monthsBefore(_ receipts: [StoredEvent]) throws(OracleError) -> [Month: PlanMeter.MonthSums] {
        var months = entry.months
        var touched: Set<Month> = []
        for stored in receipts.reversed() {
            guard case .priced(let charge) = stored.event.charge else { continue }
            let month = stored.event.time.day.month
            touched.insert(month)
            guard var sums = months[month], charge >= .zero, sums.list >= charge else { throw wrongMonths }
            let list = sums.list - charge
            do throws(MeteringError) {
                let cost = try entry.plans.plan(at: stored.event.time).cost(from: list, to: sums.list)
                sums.exact = try sums.exact.adding(ExactAmount(-cost.rawValue))
            } catch { throw OracleError(.invalidProof, error.message) }
            guard sums.exact >= .zero else { throw wrongMonths }
            sums.list = list
            months[month] = sums
        }
        guard touched == Set(entry.months.keys) else { throw wrongMonths }
        return months
    }

    private var wrongMonths: OracleError {
        OracleError(.invalidProof, "the entry of \(entry.customer) misstates the sums of its months")
    }

    /// Checks that the customer's entry before is `previous`, without a gap in receipts or money.
    public func verify(follows previous: CustomerEpoch) throws(OracleError) {
        guard previous.customer == entry.customer, previous.epoch < entry.epoch, entry.previousEntry == previous.hash,
            entry.firstSequence == previous.lastSequence + 1, entry.previousHash == previous.lastHash,
            let sum = Int128(exactly: entry.root.sum),
            entry.cumulativeCharge - previous.cumulativeCharge == PicoUSD(sum),
            entry.cumulativeDue - previous.cumulativeDue == entry.due
        else {
            throw OracleError(
                .invalidProof, "epoch \(entry.epoch) of \(entry.customer) does not continue epoch \(previous.epoch)")
        }
    }

    private func verifyFirst() throws(OracleError) {
        guard entry.previousEntry == .zero, entry.previousHash == .zero,
            Int128(exactly: entry.root.sum) == entry.cumulativeCharge.rawValue, entry.due == entry.cumulativeDue
        else { throw OracleError(.invalidProof, "the first entry of \(entry.customer) does not begin at zero") }
    }
}
