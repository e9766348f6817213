internal import Claude
internal import ClaudeSimulator
internal import Metering

/// Compares what is on record with what should be.
struct DemoAudit: Sendable {
    var served: [ServedResponse]
    var imported: [String: MessageRecord]
    var store: any UsageStore
    var catalog: PriceCatalog

    private let auditor = DemoAuditor()

    init(
        served: [ServedResponse], imported: [String: MessageRecord], store: any UsageStore, catalog: PriceCatalog
    ) {
        self.served = served
        self.imported = imported
        self.store = store
        self.catalog = catalog
    }

    /// All checks, in the order in which they are shown.
    func checks(tables: [UsageReport]) async throws -> [DemoReport.Check] {
        var events: [StoredEvent] = []
        var checks: [DemoReport.Check] = []
        for head in try await store.chainHeads() {
            var pages = EventPages(head: head)
            while let page = try await pages.next(store) { events += page }
        }
        let expected = expectedCosts()
        checks.append(completeness(events, expected))
        checks.append(chargeByCharge(events, expected))
        checks += perModel(events, expected)
        checks.append(unpriced(events, expected))
        checks.append(agreement(of: tables, events))
        checks.append(try await chains())
        return checks
    }

    /// What every response costs, by event id: of the simulator's record and of the transcripts.
    private func expectedCosts() -> [String: (record: MessageRecord, cost: DemoAuditor.Cost)] {
        var records = imported
        for response in served where response.kind != .other {
            if let id = Self.eventID(of: response), let record = response.told { records[id] = record }
        }
        return records.mapValues { ($0, auditor.cost(of: $0)) }
    }

    /// What a response is stored under: its message id, and in a batch its place there.
    private static func eventID(of response: ServedResponse) -> String? {
        if let batch = response.batchID, let custom = response.customID { return "batch:\(batch):\(custom)" }
        return response.messageID
    }

    private typealias Expected = [String: (record: MessageRecord, cost: DemoAuditor.Cost)]

    private func completeness(_ events: [StoredEvent], _ expected: Expected) -> DemoReport.Check {
        let ids = Set(events.map(\.event.id.rawValue))
        let missing = Set(expected.keys).subtracting(ids).count
        let surplus = ids.subtracting(expected.keys).count
        let isRight = missing == 0 && surplus == 0 && ids.count == events.count
        return DemoReport.Check(
            what: "every response is on record, once", passed: isRight,
            detail: isRight
                ? "\(expected.count) responses, \(events.count) events"
                : "\(missing) missing, \(surplus) too many, \(events.count - ids.count) twice")
    }

    private func chargeByCharge(_ events: [StoredEvent], _ expected: Expected) -> DemoReport.Check {
        let wrong = events.filter { stored in
            guard let cost = expected[stored.event.id.rawValue]?.cost else { return true }
            return !Self.equal(stored.event.charge, cost)
        }
        return DemoReport.Check(
            what: "each charge, to the last digit", passed: wrong.isEmpty,
            detail: wrong.isEmpty
                ? "\(events.count) of \(events.count) equal"
                : "different: " + wrong.map(\.event.id.rawValue).joined(separator: ", "))
    }

    private func perModel(_ events: [StoredEvent], _ expected: Expected) -> [DemoReport.Check] {
        Set(events.map(\.event.model)).sorted().compactMap { model in
            let metered = events.filter { $0.event.model == model }.reduce(PicoUSD.zero) { sum, stored in
                if case .priced(let charge) = stored.event.charge { return sum + charge }
                return sum
            }
            var recomputed = Fraction.zero
            var isKnown = false
            for (record, cost) in expected.values where record.model == model {
                guard case .dollars(let dollars) = cost else { continue }
                recomputed = recomputed + dollars
                isKnown = true
            }
            guard isKnown else { return nil }
            return DemoReport.Check(
                what: model, passed: Self.equal(metered, recomputed),
                detail: "metered \(metered) USD, recomputed \(recomputed) USD")
        }
    }

    private func unpriced(_ events: [StoredEvent], _ expected: Expected) -> DemoReport.Check {
        let found = events.filter {
            if case .unpriced = $0.event.charge { return true }
            return false
        }.count
        let wanted = expected.values.filter { $0.cost == .unknown }.count
        return DemoReport.Check(
            what: "what has no price is shown, not free", passed: found == wanted && wanted > 0,
            detail: "\(found) unpriced, \(wanted) expected")
    }

    /// Every table must say the same total, and that total must be the sum of the events.
    private func agreement(of tables: [UsageReport], _ events: [StoredEvent]) -> DemoReport.Check {
        let sum = events.reduce(UsageSums()) { $0 + UsageSums($1.event) }
        return DemoReport.Check(
            what: "all tables have the same total", passed: tables.allSatisfy { $0.total == sum },
            detail: "\(sum.charge) USD in each of \(tables.count)")
    }

    private func chains() async throws(MeteringError) -> DemoReport.Check {
        var reports: [ChainReport] = []
        for head in try await store.chainHeads() {
            reports.append(try await ChainReport.make(of: head, store: store, catalog: catalog))
        }
        let faults = reports.compactMap { report in report.fault.map { "\(report.customer): \($0)" } }
        return DemoReport.Check(
            what: "receipt chains", passed: faults.isEmpty,
            detail: faults.isEmpty ? "\(reports.count) customers' chains are whole" : faults.joined(separator: "; "))
    }

    // MARK: Comparing

    private static func equal(_ charge: UsageEvent.Charge, _ cost: DemoAuditor.Cost) -> Bool {
        switch (charge, cost) {
        case (.priced(let amount), .dollars(let dollars)): equal(amount, dollars)
        case (.unpriced, .unknown): true
        default: false
        }
    }

    /// Whether an amount in 10⁻¹² USD is exactly that many dollars.
    private static func equal(_ amount: PicoUSD, _ dollars: Fraction) -> Bool {
        Fraction(amount.rawValue, 1_000_000_000_000) == dollars
    }
}
