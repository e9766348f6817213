internal import Metering
internal import Oracle

/// The end of the demo: the epoch is closed, settled and proved; and a fraud is planted, and caught.
struct DemoSettlement: Sendable {
    var directory: String
    var usage: any UsageStore
    var catalog: PriceCatalog
    var printer: DemoPrinter
    var context: CommandContext

    /// What each customer pays in.
    private static let deposit = PicoUSD(100 * PicoUSD.dollar.rawValue)
    /// How much the planted receipt charges too much: one cent.
    private static let surplus = PicoUSD(PicoUSD.dollar.rawValue / 100)

    /// Runs all of it, and returns what was checked.
    func run() async throws -> [DemoReport.Check] {
        try await OracleParts.with(
            usage, store: directory + "/oracle.sqlite", ledger: directory + "/ledger.sqlite", context: context
        ) { store, ledger in
            try await run(
                OracleParts(
                    usage: usage, store: store, lease: store, ledger: ledger,
                    keys: OperatorKeyFile(path: directory + "/operator-key.json"), policy: SettlementPolicy(),
                    now: context.now))
        }
    }

    private func run(_ parts: OracleParts) async throws -> [DemoReport.Check] {
        try await subscribe(parts.ledger)
        let settled = try await settle(parts)
        try await printStatements(parts.ledger)
        let folder = EvidenceFolder(path: directory + "/evidence")
        let counts = try await EvidenceWriter(folder: folder, parts: parts, catalog: catalog, customer: nil)
            .write(withInclusion: true)
        let verified = try EvidenceCheck(folder: folder).report()
        return settled + [
            DemoReport.Check(
                what: "receipts and proofs, from files alone", passed: verified.problems.isEmpty,
                detail: verified.problems.first
                    ?? "\(counts.receipts) receipts, \(counts.commitments) commitment, \(counts.proofs) proofs"),
            try caught(folder, signedWith: try parts.keys.loadOrCreate(at: parts.now()).current),
        ]
    }

    private func subscribe(_ ledger: any Ledger) async throws {
        for customer in DemoCustomer.allCases {
            let id = SubscriptionID(rawValue: customer.rawValue)
            _ = try await ledger.subscribe(
                SubscriptionTerms(id: id, customer: CustomerID(rawValue: customer.rawValue)), at: context.now())
            try await ledger.deposit(
                Self.deposit, to: id, reference: TransferReference(rawValue: "demo-\(customer.rawValue)"),
                at: context.now())
        }
    }

    /// Lets the oracle work at the end of the running epoch, for which the demo does not wait.
    private func settle(_ parts: OracleParts) async throws -> [DemoReport.Check] {
        try printer.heading("The oracle, at the end of the epoch")
        let schedule = parts.ledger.schedule
        let end = schedule.end(of: schedule.epoch(at: context.now()))
        let worker = parts.worker()
        for progress in try await worker.run(at: end) { try printer.line(StepDocument(progress).sentence) }
        // Or the lease would hold up whoever looks around in what is kept.
        try await worker.resign()
        let total = try await usage.usage(UsageQuery(by: .total)).first?.sums.charge ?? .zero
        let committed = try await parts.archive.latest()?.cumulativeCharge ?? .zero
        let earned = try await parts.ledger.balance(of: .earnings(.operator))
        let balances = try await parts.ledger.balances()
        return [
            DemoReport.Check(
                what: "the epoch commits to every charge", passed: committed == total,
                detail: "\(committed) USD in its leaves"),
            DemoReport.Check(
                what: "exactly that was settled", passed: earned == total,
                detail: "\(earned) USD moved from escrow to the operator"),
            DemoReport.Check(
                what: "the ledger balances", passed: balances.values.reduce(.zero, +) == .zero,
                detail: "\(balances.count) accounts add up to zero"),
        ]
    }

    private func printStatements(_ ledger: any Ledger) async throws {
        for customer in DemoCustomer.allCases {
            let id = SubscriptionID(rawValue: customer.rawValue)
            guard let subscription = try await ledger.subscription(id) else { continue }
            let statement = Statement(
                of: subscription, journal: try await ledger.journal(of: id, after: 0, limit: .max),
                from: subscription.created, until: Timestamp(milliseconds: .max))
            try printer.heading("Statement of \(customer.name)")
            for line in statement.lines {
                try printer.line("\(line.entry.text): \(line.amount), then \(line.balance) USD")
            }
        }
    }

    /// Signs a receipt that charges one cent too much, and has the audit look at it.
    private func caught(_ honest: EvidenceFolder, signedWith key: OperatorKey) throws -> DemoReport.Check {
        let forged = EvidenceFolder(path: directory + "/forged")
        try forged.create()
        try forged.write(try honest.text(of: honest.keysFile), to: forged.keysFile)
        for (from, to) in [(honest.priceBooks, forged.priceBooks), (honest.commitments, forged.commitments)] {
            for file in try honest.files(in: from) {
                try forged.write(try honest.text(of: file), to: to + "/" + (file.split(separator: "/").last ?? ""))
            }
        }
        var lines = try honest.receiptLines()
        for index in lines.indices {
            var stored = try SignedReceipt(text: lines[index]).stored
            guard case .priced(let charge) = stored.event.charge, charge > .zero else { continue }
            stored.event.charge = .priced(charge + Self.surplus)
            stored.hash = CanonicalReceipt.hash(
                stored.event, sequence: stored.sequence, previousHash: stored.previousHash)
            lines[index] = try SignedReceipt(stored, signedWith: key).text
            break
        }
        try forged.write(lines.map { $0 + "\n" }.joined(), to: forged.receiptsFile)
        let clean = try AuditSource.report(of: honest)
        let found = try AuditSource.report(of: forged)
        try printer.heading("A planted fraud: one receipt charges one cent too much")
        for proof in found.proofs { try printer.line("\(proof.kind): \(proof); credit note of \(proof.credit) USD") }
        let isRight =
            clean.isClean && found.proofs.map(\.kind) == ["overprice"] && found.proofs[0].credit == Self.surplus
        return DemoReport.Check(
            what: "the audit is clean, and catches a planted fraud", passed: isRight,
            detail: isRight
                ? "\(clean.receipts) receipts clean; 1 of 1 frauds proved, \(Self.surplus) USD to be given back"
                : "\(clean.proofs.count + clean.problems.count) false alarms, \(found.proofs.count) of 1 frauds proved")
    }
}
