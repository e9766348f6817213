internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter epochs show`: one epoch, with what it says about each customer.
struct EpochsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an epoch and what it says about each customer.",
        discussion: """
            EXAMPLES:
              flowmeter epochs show
              flowmeter epochs show 5984532 --json
            """)

    @Argument(help: "The epoch. Default: the latest.")
    var epoch: Int64?

    @Flag(help: "Write JSON: the signed commitment and the entries, in canonical form.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let text = try await OracleParts.with(settings: settings, context: context, mode: .read) { parts in
            let found =
                if let epoch { try await parts.archive.commitment(of: Epoch(epoch)) } else {
                    try await parts.archive.latest()
                }
            guard let commitment = found else {
                throw CommandError(
                    epoch.map { "epoch \($0) is not closed" } ?? "no epoch was closed yet",
                    fix: "see 'flowmeter epochs list', or run 'flowmeter oracle step --all'")
            }
            let entries = try await parts.archive.entries(of: commitment.epoch)
            let attestation = try await parts.archive.attestation(of: commitment.epoch)
            if json {
                return CanonicalJSON.object([
                    "commitment": commitment.json, "entries": .array(entries.map(\.json)),
                    "signed": attestation?.evidence ?? .null,
                ]).text + "\n"
            }
            return header(commitment, isSigned: attestation != nil) + table(entries, context)
        }
        try context.output.write(text)
    }

    private func header(_ commitment: EpochCommitment, isSigned: Bool) -> String {
        """
        epoch        \(commitment.epoch), of \(commitment.epochSeconds) s, closed \(commitment.closed)
        commitment   \(commitment.hash)\(isSigned ? ", signed" : ", not signed yet")
        previous     \(commitment.previous)
        root         \(commitment.root.hash)
        due          \(commitment.total) USD, \(commitment.cumulativeDue) USD in all
        list price   \(commitment.cumulativeCharge) USD in all


        """
    }

    private func table(_ entries: [CustomerEpoch], _ context: CommandContext) -> String {
        guard !entries.isEmpty else { return "no receipts\n" }
        let table = Table(
            columns: [
                Table.Column("CUSTOMER", .text, minimumWidth: 8), Table.Column("RECEIPTS", .text),
                Table.Column("UNPRICED", .count), Table.Column("LIST USD", .money),
                Table.Column("DUE USD", .money), Table.Column("DUE IN ALL USD", .money),
                Table.Column("ROOT", .text, minimumWidth: 12),
            ],
            rows: entries.map { entry in
                [
                    entry.customer.rawValue, "\(entry.firstSequence)–\(entry.lastSequence)",
                    NumberText.grouped(entry.unpriced), PicoUSD(Int128(clamping: entry.root.sum)).description,
                    entry.due.description, entry.cumulativeDue.description, entry.root.hash.description,
                ]
            })
        return table.rendered(width: context.output.columns, style: context.style)
    }
}
