public import Metering

/// Looks for wrongs in receipts and commitments, in whatever order they come.
///
/// Feed it all that is at hand, then ask for the ``report()``. Memory grows with the number of receipts.
public struct Audit: Sendable {
    /// What an audit found.
    public struct Report: Sendable, Hashable {
        /// Wrongs that are proved, each of which gives a credit note.
        public var proofs: [FraudProof] = []
        /// What is wrong or could not be checked, in words; by itself it proves no fraud.
        public var problems: [String] = []
        /// How many different receipts were looked at.
        public var receipts = 0
        /// How many different commitments were looked at.
        public var commitments = 0
        /// Whether nothing at all was found.
        public var isClean: Bool { proofs.isEmpty && problems.isEmpty }
    }

    private let verifier: ReceiptVerifier
    private var problems: [String] = []
    private var receipts: [ReceiptPlace: [SignedReceipt]] = [:]
    private var commitments: [Epoch: [EpochCommitment]] = [:]
    private var entries: [CustomerID: [CustomerEpoch]] = [:]

    /// Begins an audit.
    public init(verifier: ReceiptVerifier) { self.verifier = verifier }

    /// Looks at a receipt in text form.
    public mutating func add(receipt text: String) {
        do { add(try SignedReceipt(text: text)) } catch { problems.append(error.message) }
    }

    /// Looks at a receipt.
    ///
    /// One that the operator did not sign proves nothing about it, and is only reported.
    public mutating func add(_ receipt: SignedReceipt) {
        guard let key = verifier.keys[receipt.key],
            key.isValid(receipt.signature, of: receipt.bytes, as: .receipt)
        else {
            problems.append("\(name(receipt)): not signed by one of the operator's keys")
            return
        }
        let known = receipts[receipt.place] ?? []
        guard !known.contains(where: { $0.stored.hash == receipt.stored.hash }) else { return }
        receipts[receipt.place] = known + [receipt]
    }

    /// Looks at a signed commitment.
    public mutating func add(_ signed: SignedCommitment, keys: OperatorPublicKeys) {
        do { try signed.verify(with: keys) } catch {
            problems.append(error.message)
            return
        }
        let known = commitments[signed.commitment.epoch] ?? []
        if !known.contains(signed.commitment) {
            commitments[signed.commitment.epoch] = known + [signed.commitment]
        }
    }

    /// Looks at a customer's entry with its proof; the commitment has to be there already.
    public mutating func add(_ proof: TotalProof) {
        let matching = commitments[proof.entry.epoch]?.first { $0.hash == proof.commitment }
        guard let matching else {
            problems.append("\(name(proof.entry)): its commitment is not at hand")
            return
        }
        do { try proof.verify(in: matching) } catch {
            problems.append("\(name(proof.entry)): \(error.message)")
            return
        }
        let known = entries[proof.entry.customer] ?? []
        if !known.contains(proof.entry) { entries[proof.entry.customer] = known + [proof.entry] }
    }

    /// What was found.
    public func report() -> Report {
        var report = Report(
            problems: problems, receipts: receipts.values.reduce(0) { $0 + $1.count },
            commitments: commitments.values.reduce(0) { $0 + $1.count })
        var credited: Set<ReceiptHash> = []
        let places = receipts.keys.sorted()
        findEquivocations(places, &report, &credited)
        findDuplicates(places, &report, &credited)
        findWrongPrices(places, &report, &credited)
        findBrokenChains(places, &report)
        checkCommitments(&report)
        checkEntries(&report)
        return report
    }

    // MARK: The three proofs

    private func findEquivocations(
        _ places: [ReceiptPlace], _ report: inout Report, _ credited: inout Set<ReceiptHash>
    ) {
        for place in places {
            // The two highest charges, so that one proof is all there is to say about the place, whoever finds it.
            let sorted = (receipts[place] ?? []).sorted { lhs, rhs in
                lhs.charge == rhs.charge ? lhs.stored.hash.precedes(rhs.stored.hash) : lhs.charge > rhs.charge
            }
            guard sorted.count > 1 else { continue }
            report.proofs.append(.equivocation(sorted[0], sorted[1]))
            credited.formUnion(sorted.map(\.stored.hash))
        }
    }

    private func findDuplicates(
        _ places: [ReceiptPlace], _ report: inout Report, _ credited: inout Set<ReceiptHash>
    ) {
        var byID: [EventID: SignedReceipt] = [:]
        for place in places {
            for receipt in receipts[place] ?? [] {
                guard let first = byID[receipt.stored.event.id] else {
                    byID[receipt.stored.event.id] = receipt
                    continue
                }
                guard first.place != receipt.place, !credited.contains(receipt.stored.hash) else { continue }
                report.proofs.append(.duplicate(first, receipt))
                credited.insert(receipt.stored.hash)
            }
        }
    }

    private func findWrongPrices(
        _ places: [ReceiptPlace], _ report: inout Report, _ credited: inout Set<ReceiptHash>
    ) {
        for place in places {
            for receipt in receipts[place] ?? [] {
                for finding in verifier.findings(in: receipt) {
                    guard case .overcharged(_, let due) = finding else {
                        report.problems.append("\(name(receipt)): \(finding)")
                        continue
                    }
                    // What is given back as a whole is not given back again in part.
                    if !credited.contains(receipt.stored.hash) {
                        report.proofs.append(.overprice(receipt, due: due))
                    }
                }
            }
        }
    }

    // MARK: What does not fit together

    private func findBrokenChains(_ places: [ReceiptPlace], _ report: inout Report) {
        for place in places where place.sequence > 1 {
            let before = receipts[ReceiptPlace(customer: place.customer, sequence: place.sequence - 1)] ?? []
            guard !before.isEmpty else { continue }
            for receipt in receipts[place] ?? []
            where !before.contains(where: { $0.stored.hash == receipt.stored.previousHash }) {
                report.problems.append("\(name(receipt)): it does not follow the receipt before it")
            }
        }
    }

    private func checkCommitments(_ report: inout Report) {
        var previous: EpochCommitment?
        for (epoch, stated) in commitments.sorted(by: { $0.key < $1.key }) {
            if stated.count > 1 {
                report.problems.append("epoch \(epoch): the operator signed \(stated.count) different commitments")
            }
            for commitment in stated {
                guard let previous, commitment.previous == previous.hash else { continue }
                let sum = PicoUSD(Int128(clamping: commitment.root.sum))
                if commitment.cumulativeDue - previous.cumulativeDue != sum
                    || listPrice(of: commitment) ?? commitment.cumulativeCharge - previous.cumulativeCharge
                        != commitment.cumulativeCharge - previous.cumulativeCharge
                {
                    report.problems.append("epoch \(epoch): the cumulative total does not add up")
                }
            }
            if let previous, !stated.contains(where: { $0.previous == previous.hash }) {
                report.problems.append("epoch \(epoch): it does not follow the commitment of epoch \(previous.epoch)")
            }
            previous = stated.first
        }
    }

    /// The list prices of all entries of an epoch; `nil` when some are not at hand.
    private func listPrice(of commitment: EpochCommitment) -> PicoUSD? {
        let own = entries.values.joined().filter { $0.epoch == commitment.epoch }
        guard Int64(own.count) == commitment.customers else { return nil }
        return own.reduce(PicoUSD.zero) { $0 + PicoUSD(Int128(clamping: $1.root.sum)) }
    }

    private func checkEntries(_ report: inout Report) {
        for (_, all) in entries.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            var previous: CustomerEpoch?
            // The months' sums so far; whole as long as no entry is missing.
            var months: [Month: PlanMeter.MonthSums] = [:]
            var isWhole = true
            for entry in all.sorted(by: { $0.epoch < $1.epoch }) {
                let proof = TotalProof(
                    commitment: .zero, entry: entry, path: MerkleSumProof(index: 0, size: 1, path: []))
                do {
                    if let previous, previous.lastSequence + 1 >= entry.firstSequence {
                        try proof.verify(follows: previous)
                    }
                    isWhole = isWhole && entry.firstSequence == (previous?.lastSequence ?? 0) + 1
                    if let own = try committedReceipts(of: entry) {
                        try proof.verify(own)
                        if isWhole { try checkMonths(try proof.monthsBefore(own), months, of: entry) }
                    }
                    months.merge(entry.months) { _, new in new }
                } catch { report.problems.append("\(name(entry)): \(error.message)") }
                previous = entry
            }
        }
    }

    /// Checks that a customer's months go on from the sums that earlier entries state.
    private func checkMonths(
        _ before: [Month: PlanMeter.MonthSums], _ stated: [Month: PlanMeter.MonthSums], of entry: CustomerEpoch
    ) throws(OracleError) {
        for (month, sums) in before where sums != stated[month] ?? PlanMeter.MonthSums() {
            throw OracleError(.invalidProof, "the sums of \(month) do not go on from those of the entries before")
        }
    }

    /// The receipts of an entry, found backwards from the last hash that it states; `nil` when some are not at hand,
    /// which is no fault.
    ///
    /// - Throws: `invalidProof` when others are at hand in their place.
    private func committedReceipts(of entry: CustomerEpoch) throws(OracleError) -> [StoredEvent]? {
        var found: [StoredEvent] = []
        var expected = entry.lastHash
        for sequence in (entry.firstSequence...entry.lastSequence).reversed() {
            let known = receipts[ReceiptPlace(customer: entry.customer, sequence: sequence)] ?? []
            guard !known.isEmpty else { return nil }
            guard let receipt = known.first(where: { $0.stored.hash == expected }) else {
                throw OracleError(.invalidProof, "receipt \(sequence) is not the one that was committed to")
            }
            found.append(receipt.stored)
            expected = receipt.stored.previousHash
        }
        return found.reversed()
    }

    private func name(_ receipt: SignedReceipt) -> String {
        "receipt \(receipt.stored.sequence) of \(receipt.stored.event.customer)"
    }

    private func name(_ entry: CustomerEpoch) -> String { "epoch \(entry.epoch) of \(entry.customer)" }
}
