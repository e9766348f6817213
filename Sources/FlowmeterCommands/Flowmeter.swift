public import ArgumentParser

/// The command `flowmeter`: meters Claude API traffic exactly.
public struct Flowmeter: AsyncParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "flowmeter",
        abstract: "Meter Claude API traffic exactly: every call, every token, to the last digit.",
        discussion: """
            EXAMPLES:
              flowmeter demo                              see everything work, without a key or a network
              CLAUDE_API_KEY=… flowmeter serve            run the gateway on http://127.0.0.1:8080
              ANTHROPIC_BASE_URL=http://127.0.0.1:8080 claude    point a client at it
              flowmeter usage --by day --since 7d         what was used, and what it costs
              flowmeter import claude-code                meter the transcripts of Claude Code
              flowmeter doctor                            check the installation, and say what to do

            EXIT STATUS:
              0   everything that was asked for was done
              1   it could not be done; standard error says why
              2   it was done, and something needs attention: skipped lines, a failed check, a broken chain
              64  the command line or a setting is wrong

            Data goes to standard output; logs, progress and errors to standard error. Settings come from flags, then \
            the environment, then .env in the working directory (see .env.example).
            """,
        version: FlowmeterVersion.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Metering", subcommands: [Serve.self, Usage.self, Events.self, Import.self, GraphCommand.self]),
            CommandGroup(
                name: "Billing", subcommands: [Receipts.self, LedgerCommand.self, InvoiceCommand.self]),
            CommandGroup(name: "Settlement", subcommands: [OracleCommand.self, Epochs.self, AuditCommand.self]),
            CommandGroup(name: "Administration", subcommands: [Prices.self, Customers.self, Keys.self]),
            CommandGroup(name: "Chains", subcommands: [FlowCommands.self]),
            CommandGroup(name: "Help", subcommands: [Demo.self, Doctor.self, Completion.self]),
            CommandGroup(name: "Development", subcommands: [Simulate.self, Healthcheck.self]),
        ])

    /// Creates the command; the parser fills it.
    public init() {}
}
