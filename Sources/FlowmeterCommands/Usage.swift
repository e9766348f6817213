internal import ArgumentParser
internal import Metering

/// `flowmeter usage`: what was used, and what it costs.
struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what was used, and what it costs.",
        discussion: """
            Charges are exact, in US dollars. Days are UTC days. Calls whose model has no price are counted and marked, \
            never taken as free.

            EXAMPLES:
              flowmeter usage                                    everything, by day
              flowmeter usage --by model --since this-month
              flowmeter usage --by session --since 7d --limit 10
              flowmeter usage --by customer --since last-month --until last-month --csv > november.csv
              flowmeter usage --by total --since today --watch
              flowmeter usage --by day --json | jq '.total.charge_usd'
            """)

    @Option(name: .customLong("by"), help: "What a row stands for.")
    var grouping: GroupingArgument = .day

    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Option(
        help: ArgumentHelp(
            "At most so many rows: the latest days or months, else those with the highest charge. A terminal shows 50 "
                + "sessions without it, everything else all.", valueName: "rows"))
    var limit: Int?

    @OptionGroup(title: "Output") var format: FormatOptions

    @Flag(help: "Keep watching until interrupted; with --json, one document per line.")
    var watch = false

    @Option(help: ArgumentHelp("Seconds between two looks of --watch.", valueName: "seconds"))
    var interval: Int = 2

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
        if !(1...86_400).contains(interval) { throw ValidationError("--interval must be from 1 to 86400 seconds") }
        if watch && format.csv { throw ValidationError("--watch and --csv exclude each other") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let limit = limit ?? defaultLimit(context)
        let query = try filter.query(by: grouping.grouping, limit: limit, today: context.now().day)
        try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            guard watch else {
                try context.output.write(try text(of: try await UsageReport.make(query, store: store), context))
                return
            }
            try await Interrupt.race {
                try await UsageWatch(
                    interval: .seconds(interval), format: format,
                    query: { () throws(CommandError) in
                        try filter.query(by: grouping.grouping, limit: limit, today: context.now().day)
                    }
                ).run(store: store, context: context)
            }
        }
    }

    /// Nobody reads thousands of sessions on a screen; the table sums up the others.
    private func defaultLimit(_ context: CommandContext) -> Int? {
        grouping == .session && context.output.isTerminal && !format.json && !format.csv ? 50 : nil
    }

    private func text(of report: UsageReport, _ context: CommandContext) throws(CommandError) -> String {
        if format.json { return try JSONText.document(report) }
        if format.csv { return report.csv }
        if report.rows.isEmpty { return "no usage in this range\n" }
        return report.table(width: context.output.columns, style: context.style)
    }
}
