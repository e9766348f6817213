internal import ArgumentParser
internal import Metering

/// `flowmeter demo`: the main job, end to end, with no key, no server and no network.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See everything work: simulated calls, metered, priced, settled, proved and audited.",
        discussion: """
            Starts a simulator of the Claude API and a gateway on loopback, with a database in a temporary directory; \
            sends calls of every kind over HTTP, some of which go wrong; imports sample transcripts of Claude Code; \
            prints the usage tables; and checks every charge against a recomputation that shares no code with the \
            metering: from what the simulator says it served, and the published prices, in rational arithmetic. Then \
            the oracle closes the epoch and settles it on a ledger, every receipt and proof is verified from files \
            alone, and a planted fraud has to be caught. Exit status 2 means that something does not add up.

            EXAMPLES:
              flowmeter demo
              flowmeter demo --keep ./flowmeter-demo
              flowmeter demo --json | jq '.audit'
            """)

    @Flag(help: "Write JSON.")
    var json = false

    @Option(
        help: ArgumentHelp("Keep databases, transcripts and evidence in this directory.", valueName: "directory"),
        completion: .directory)
    var keep: String?

    @Option(help: "The seed of the simulated answers.")
    var seed: UInt64 = 1

    @Flag(name: [.short, .long], help: "Log what the gateway says.")
    var verbose = false

    func run() async throws {
        let context = CommandContext.current
        let printer = DemoPrinter(context: context, isSilent: json)
        let report = try await DemoDirectory.with(keep.map(context.path), context: context) { directory in
            try await DemoRun(directory: directory, seed: seed, isVerbose: verbose, printer: printer, context: context)
                .run()
        }
        if json {
            try context.output.write(try JSONText.document(report))
        } else {
            try printer.tables(report.tables)
            try printer.audit(report)
            try context.output.writeLine(
                keep.map { "kept: look around with 'flowmeter usage --database \($0)/demo.sqlite --by session'" }
                    ?? "next: put CLAUDE_API_KEY=… into .env, run 'flowmeter serve', and point ANTHROPIC_BASE_URL at it"
            )
        }
        if !report.passed { throw ExitRequest(status: .attention) }
    }
}
