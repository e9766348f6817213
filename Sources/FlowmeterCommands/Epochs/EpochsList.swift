internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter epochs list`: closed epochs, latest first.
struct EpochsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List closed epochs, latest first.",
        discussion: """
            EXAMPLES:
              flowmeter epochs list
              flowmeter epochs list --limit 0 --json
            """)

    @Option(help: ArgumentHelp("Only epochs before this one.", valueName: "epoch"))
    var before: Int64?

    @Option(help: ArgumentHelp("At most so many epochs, 0 for all.", valueName: "epochs"))
    var limit = 20

    @Flag(help: "Write JSON lines: one commitment per line, in canonical form.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if limit < 0 { throw ValidationError("--limit must not be negative") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let commitments = try await OracleParts.with(settings: settings, context: context, mode: .read) { parts in
            try await parts.archive.commitments(
                before: before.map { Epoch($0) }, limit: limit == 0 ? .max : limit)
        }
        if json {
            for commitment in commitments { try context.output.writeLine(commitment.json.text) }
            return
        }
        guard !commitments.isEmpty else {
            try context.output.writeLine("no epochs")
            return
        }
        let table = Table(
            columns: [
                Table.Column("EPOCH", .count), Table.Column("CLOSED", .text), Table.Column("CUSTOMERS", .count),
                Table.Column("RECEIPTS", .count), Table.Column("UNPRICED", .count), Table.Column("SUM USD", .money),
                Table.Column("COMMITMENT", .text, minimumWidth: 12),
            ],
            rows: commitments.map { commitment in
                [
                    "\(commitment.epoch)", commitment.closed.description, NumberText.grouped(commitment.customers),
                    NumberText.grouped(commitment.receipts), NumberText.grouped(commitment.unpriced),
                    commitment.total.description, commitment.hash.description,
                ]
            })
        try context.output.write(table.rendered(width: context.output.columns, style: context.style))
    }
}

extension EpochCommitment {
    /// The sum of all charges of the epoch.
    var total: PicoUSD { PicoUSD(Int128(clamping: root.sum)) }
}
