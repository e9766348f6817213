internal import Metering

/// Decides what is settled with an epoch, and compares the ledger with it afterwards.
struct SettlementPlanner {
    let archive: CommitmentArchive
    let outbox: any Outbox
    let ledger: any Ledger
    let policy: SettlementPolicy
    let schedule: EpochSchedule

    private static let pageSize = 1_000

    /// The items to settle with an epoch, in batches.
    func batches(for epoch: Epoch) async throws(OracleError) -> [SettlementBatch] {
        var items: [SettlementItem] = []
        var after: CustomerID?
        while true {
            let page = try await archive.lastEntries(after: after, limit: Self.pageSize)
            guard let last = page.last else { break }
            items += try await self.items(settling: page, with: epoch)
            after = last.customer
        }
        return stride(from: 0, to: items.count, by: SettlementBatch.sizeLimit).map { start in
            let end = min(start + SettlementBatch.sizeLimit, items.count)
            return SettlementBatch(epoch: epoch, items: Array(items[start..<end]))
        }
    }

    /// Whether something would be settled with an epoch.
    func hasDues(at epoch: Epoch) async throws(OracleError) -> Bool { try await !batches(for: epoch).isEmpty }

    private func items(
        settling entries: [CustomerEpoch], with epoch: Epoch
    ) async throws(OracleError) -> [SettlementItem] {
        let subscriptions: [CustomerID: Subscription]
        do { subscriptions = try await ledger.openSubscriptions(of: entries.map(\.customer)) } catch {
            throw OracleError(ledger: error)
        }
        var items: [SettlementItem] = []
        for entry in entries {
            guard let subscription = subscriptions[entry.customer] else { continue }
            let item = policy.item(
                settling: entry, with: epoch, of: subscription, newTokens: try await newTokens(entry, subscription),
                unit: ledger.unit, schedule: schedule)
            if let item { items.append(item) }
        }
        return items
    }

    /// What a customer used since the entry that its subscription settled last; looked up only when it matters.
    private func newTokens(_ entry: CustomerEpoch, _ subscription: Subscription) async throws(OracleError) -> Int64 {
        let new = policy.newCharge(entry, subscription)
        guard new > .zero, !policy.isWorthSettling(new, of: subscription) else { return 0 }
        guard let position = subscription.position else { return entry.cumulativeTokens }
        let settled = try await archive.entry(of: entry.customer, notAfter: position.epoch)
        return entry.cumulativeTokens - (settled?.cumulativeTokens ?? 0)
    }

    /// Compares the ledger with what was sent.
    func reconcile(_ epoch: Epoch) async throws(OracleError) -> ReconciliationReport {
        var report = ReconciliationReport(epoch: epoch, items: 0, moved: .zero, unsettled: .zero, findings: [])
        let batches: [OutboxBatch]
        do { batches = try await outbox.batches(of: epoch) } catch { throw OracleError(store: error) }
        for batch in batches {
            guard case .confirmed(let outcomes) = batch.state, outcomes.count == batch.batch.items.count else {
                report.findings.append("batch \(batch.id) is not confirmed item by item")
                continue
            }
            for (item, outcome) in zip(batch.batch.items, outcomes) {
                report.items += 1
                if case .settled(let settled) = outcome { report.moved += settled.moved }
                if case .refused(let refusal) = outcome {
                    report.findings.append("\(item.subscription): the ledger refused the item: \(refusal.rawValue)")
                    continue
                }
                try await check(item, epoch, &report)
            }
        }
        return report
    }

    private func check(
        _ item: SettlementItem, _ epoch: Epoch, _ report: inout ReconciliationReport
    ) async throws(OracleError) {
        let found: Subscription?
        do { found = try await ledger.subscription(item.subscription) } catch { throw OracleError(ledger: error) }
        guard let subscription = found, let position = subscription.position else {
            report.findings.append("\(item.subscription): the ledger has no settlement of it")
            return
        }
        report.unsettled += subscription.unsettled
        if position.epoch < epoch || (position.epoch == epoch && position.item != item) {
            report.findings.append("\(item.subscription): the ledger stands at epoch \(position.epoch), not \(epoch)")
        }
        if subscription.unsettled < .zero {
            report.findings.append("\(item.subscription): more was settled than charged")
        }
    }
}
