internal import ArgumentParser
internal import Claude
internal import Metering

/// `flowmeter import claude-code`: meters the transcripts of Claude Code.
struct ImportClaudeCode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claude-code",
        abstract: "Meter the transcripts that Claude Code keeps.",
        discussion: """
            Reads every *.jsonl below the given places, subagents' too; by default those of $CLAUDE_CONFIG_DIR or \
            ~/.claude. A response that is stored already, from a transcript or from the gateway, is not charged again, \
            so an import can be repeated and interrupted at will; later imports read only what is new. Responses that \
            may still grow are left for the next import.

            Malformed lines are reported as FILE:LINE and passed over; everything else is kept, and the exit status is \
            2. Later imports do not read those lines again.

            Transcripts know no compaction requests, titles and aborted streams: only the gateway meters those.

            EXAMPLES:
              flowmeter import claude-code
              flowmeter import claude-code ~/.claude/projects/-home-me-project --customer alice
              flowmeter import claude-code backup/ --dry-run --json
            """)

    @Argument(
        help: ArgumentHelp("Transcripts, or directories that hold some.", valueName: "path"), completion: .directory)
    var paths: [String] = []

    @Option(help: ArgumentHelp("Whom the calls are billed to.", valueName: "id"))
    var customer: String = CustomerID.default.rawValue

    @Option(help: ArgumentHelp("Events per transaction, from 1 to 100000.", valueName: "events"))
    var batch: Int = 5_000

    @Flag(help: "Store nothing, only say what an import would do.")
    var dryRun = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if !(1...100_000).contains(batch) { throw ValidationError("--batch must be from 1 to 100000") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customer = try CustomerID(validating: customer)
        let catalog = try PriceDirectory(settings: settings, context: context).catalog()
        let directory = try search(context)
        let mode: StoreAccess.Mode = dryRun ? .readIfPresent : .write
        let summary = try await StoreAccess.withStore(settings: settings, context: context, mode: mode) { store in
            try await TranscriptImport(
                directory: directory, customer: customer, catalog: catalog, batch: batch, isDryRun: dryRun,
                progress: ProgressReporter(context: context, isQuiet: global.quiet)
            ).run(store: store, context: context)
        }
        for problem in summary.problems.prefix(global.console.verbose > 0 ? .max : 20) {
            try context.errorOutput.writeLine(TerminalText.printable(problem.description))
        }
        if summary.malformed > 20, global.console.verbose == 0 {
            try global.note("note: use --verbose to see all \(summary.malformed)", context: context)
        }
        try context.output.write(json ? try JSONText.document(summary) : summary.text(context.style))
        if summary.malformed > 0 { throw ExitRequest(status: .attention) }
    }

    private func search(_ context: CommandContext) throws(CommandError) -> TranscriptDirectory {
        var places = paths.map(context.path)
        if places.isEmpty {
            places = TranscriptDirectory.standardPaths(environment: context.environment)
            if places.isEmpty {
                try global.note(
                    "note: Claude Code has left no transcripts in $CLAUDE_CONFIG_DIR or ~/.claude; name another place "
                        + "with 'flowmeter import claude-code DIR'",
                    context: context)
            }
        }
        do { return try TranscriptDirectory(searching: places) } catch {
            throw CommandError(error.message, fix: "check the path; it may be a transcript or a directory")
        }
    }
}
