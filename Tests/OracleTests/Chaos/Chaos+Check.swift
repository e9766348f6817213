import Metering
import Testing

@testable import Oracle

/// Money neither appears nor disappears: Σ served = Σ events = Σ receipts = Σ leaves, what plans make due of it is settled
/// or owed, and every payment is in escrow, earned or given back; for each customer, to the last 10⁻¹² USD.
extension Chaos {
    func check(_ seed: Comment) async throws {
        var entries: [CustomerID: [CustomerEpoch]] = [:]
        for commitment in try await world.archive.commitments(before: nil, limit: .max).reversed() {
            for entry in try await world.archive.entries(of: commitment.epoch) {
                entries[entry.customer, default: []].append(entry)
            }
        }
        var (allLeaves, allDue) = (PicoUSD.zero, PicoUSD.zero)
        for customer in factory.customers {
            let receipts = try await world.receipts(customer)
            let leaves = try await checkLeaves(entries[customer] ?? [], receipts, of: customer, seed)
            let due = try checkDues(entries[customer] ?? [], receipts, of: customer, seed)
            try await checkSettled(due, of: customer, seed)
            allLeaves += leaves
            allDue += due
        }
        #expect(try await world.archive.latest()?.cumulativeCharge ?? .zero == allLeaves, seed)
        #expect(try await world.archive.latest()?.cumulativeDue ?? .zero == allDue, seed)
        try await checkLedger(seed)
        try await checkPapers(seed)
    }

    /// Σ served = Σ events = Σ receipts = Σ leaves of all epochs, each receipt in one of them.
    private func checkLeaves(
        _ entries: [CustomerEpoch], _ receipts: [StoredEvent], of customer: CustomerID, _ seed: Comment
    ) async throws -> PicoUSD {
        let served = served[customer] ?? .zero
        let row = try await world.usage.usage(UsageQuery(by: .total, customer: customer)).first
        #expect(row?.sums.charge ?? .zero == served, seed)
        // Signed receipts, read again from their text.
        var signed = PicoUSD.zero
        for stored in receipts {
            signed += try SignedReceipt(text: try SignedReceipt(stored, signedWith: world.key).text).charge
        }
        #expect(signed == served, seed)
        var (leaves, next) = (PicoUSD.zero, Int64(1))
        for entry in entries {
            #expect(entry.firstSequence == next, seed)
            next = entry.lastSequence + 1
            leaves += PicoUSD(try #require(Int128(exactly: entry.root.sum)))
            #expect(entry.cumulativeCharge == leaves, seed)
        }
        #expect(next == Int64(receipts.count) + 1, seed)
        #expect(leaves == served, seed)
        return leaves
    }

    /// What the entries make due is what the plan makes of the receipts, computed anew.
    private func checkDues(
        _ entries: [CustomerEpoch], _ receipts: [StoredEvent], of customer: CustomerID, _ seed: Comment
    ) throws -> PicoUSD {
        var due = PicoUSD.zero
        for entry in entries {
            due += entry.due
            #expect(entry.cumulativeDue == due, seed)
        }
        let plans = world.plans.history(of: customer)
        var meter = PlanMeter(plans: plans)
        for stored in receipts { try meter.add(stored.event.amount, at: stored.event.time) }
        #expect(meter.due == due, seed)
        if plans.isList { #expect(due == served[customer] ?? .zero, seed) }
        return due
    }

    /// Σ due = Σ settled + unsettled, over all subscriptions that the customer had, but for what is too little to settle.
    private func checkSettled(_ due: PicoUSD, of customer: CustomerID, _ seed: Comment) async throws {
        var stated = PicoUSD.zero
        var settled = PicoUSD.zero
        for id in money.subscriptions[customer] ?? [] {
            let subscription = try #require(try await world.ledger.subscription(id), seed)
            #expect(subscription.opening == settled, seed)
            settled += subscription.settled
            stated = settled + subscription.unsettled
            #expect(subscription.position?.item.cumulativeCharge ?? subscription.opening == stated, seed)
            #expect(subscription.escrow >= .zero && subscription.unsettled >= .zero, seed)
        }
        guard money.subscriptions[customer] != nil else { return }
        let waiting = due - stated
        #expect(waiting >= .zero, seed)
        #expect(waiting < world.policy.minimumAmount, seed)
    }

    /// Every payment is in escrow, earned, or given back: counted from the journal, and from what was done.
    private func checkLedger(_ seed: Comment) async throws {
        let journal = try await world.ledger.journal(of: nil, after: 0, limit: .max)
        for (index, entry) in journal.enumerated() { #expect(entry.number == Int64(index) + 1, seed) }
        var balances: [LedgerAccount: PicoUSD] = [:]
        var refunded: [SubscriptionID: PicoUSD] = [:]
        var creditedToEscrow: [SubscriptionID: PicoUSD] = [:]
        var credits = PicoUSD.zero
        for entry in journal {
            #expect(entry.isBalanced, seed)
            for posting in entry.postings { balances[posting.account, default: .zero] += posting.amount }
            guard let posting = entry.postings.first(where: { $0.amount > .zero }) else { continue }
            switch entry.kind {
            case .refund: refunded[try #require(entry.subscription), default: .zero] += posting.amount
            case .credit, .creditPaid:
                credits += posting.amount
                if case .escrow(let id) = posting.account { creditedToEscrow[id, default: .zero] += posting.amount }
            default: break
            }
        }
        let stated = try await world.ledger.balances()
        #expect(stated.values.reduce(.zero, +) == .zero, seed)
        #expect(stated.filter { $0.value != .zero } == balances.filter { $0.value != .zero }, seed)
        var (settled, creditOwed) = (PicoUSD.zero, PicoUSD.zero)
        for id in money.subscriptions.values.joined() {
            let subscription = try #require(try await world.ledger.subscription(id), seed)
            let paid = (money.paid[id] ?? .zero) + (creditedToEscrow[id] ?? .zero)
            let isAt = subscription.escrow + subscription.settled + (refunded[id] ?? .zero)
            #expect(isAt == paid, seed)
            settled += subscription.settled
            creditOwed += subscription.creditOwed
        }
        #expect(credits + creditOwed == money.credited, seed)
        #expect(stated[.earnings(.operator)] ?? .zero == settled - credits - money.withdrawn, seed)
        #expect(try await world.ledger.settlements().reduce(.zero) { $0 + $1.moved } == settled, seed)
    }

    /// The audit has nothing against the operator, and what it proves holds.
    private func checkPapers(_ seed: Comment) async throws {
        let keys = try world.keys()
        var audit = Audit(verifier: ReceiptVerifier(keys: keys, priceBooks: CallFactory.books))
        for commitment in try await world.archive.commitments(before: nil, limit: .max) {
            audit.add(try SignedCommitment(commitment, signedWith: world.key), keys: keys)
        }
        for customer in factory.customers {
            for stored in try await world.receipts(customer) {
                audit.add(try SignedReceipt(stored, signedWith: world.key))
            }
        }
        let report = audit.report()
        #expect(report.isClean, "\(seed): \(report.proofs) \(report.problems)")
    }
}
