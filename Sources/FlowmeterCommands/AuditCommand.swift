internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter audit`: looks for wrongs that the operator's own signatures prove.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Look for fraud in receipts and commitments: each is proved, and gives a credit note.",
        discussion: """
            Three wrongs are proved by the operator's own signatures: two receipts for one place in a customer's chain, \
            a charge above what its lines cost, and one event charged twice. An operator that follows the rules is \
            never caught. What proves no fraud and is wrong all the same is listed as a problem. Exit status 2 means \
            that something was found.

            EXAMPLES:
              flowmeter audit evidence
              flowmeter audit --json
              flowmeter audit evidence --credit
            """)

    @Argument(
        help: "A directory that 'flowmeter epochs export' wrote. Default: the database.", completion: .directory)
    var directory: String?

    @Flag(help: "Book the credit notes on the ledger; each is booked once, however often it is found.")
    var credit = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let report: AuditReport
        if let directory, !credit {
            report = AuditReport(
                try AuditSource.report(of: EvidenceFolder(path: context.path(directory))), credits: [:])
        } else {
            let catalog = try PriceDirectory(settings: settings, context: context).catalog()
            report = try await OracleParts.with(
                settings: settings, context: context, mode: credit ? .write : .read
            ) { parts in
                let found =
                    if let directory {
                        try AuditSource.report(of: EvidenceFolder(path: context.path(directory)))
                    } else {
                        try await AuditSource.report(
                            of: parts, catalog: catalog,
                            progress: WalkProgress("auditing receipts", context: context, isQuiet: global.quiet))
                    }
                return AuditReport(found, credits: credit ? try await book(found.proofs, parts) : [:])
            }
        }
        try context.output.write(json ? try JSONText.document(report) : report.text(context.style))
        if !report.isClean { throw ExitRequest(status: .attention) }
    }

    /// Books the credit notes, and says by proof what became of each.
    private func book(_ proofs: [FraudProof], _ parts: OracleParts) async throws -> [Digest32: String] {
        var results: [Digest32: String] = [:]
        let subscriptions = try await parts.ledger.openSubscriptions(of: Array(Set(proofs.map(\.customer))))
        for proof in proofs {
            guard let subscription = subscriptions[proof.customer] else {
                results[proof.hash] = "the customer has no subscription"
                continue
            }
            guard let note = proof.creditNote(for: subscription.id, unit: parts.ledger.unit) else {
                results[proof.hash] = "nothing was charged"
                continue
            }
            results[proof.hash] = try await book(note, parts)
        }
        return results
    }

    /// Books a credit note; one that was booked with another amount stays as it is.
    private func book(_ note: CreditNote, _ parts: OracleParts) async throws(MeteringError) -> String {
        do {
            try await parts.ledger.credit(note, at: parts.now())
        } catch {
            guard error.code == .conflict else { throw error }
            return "credited before"
        }
        return "credited \(note.amount) USD to \(note.subscription)"
    }
}
