internal import ArgumentParser

/// `flowmeter import`: usage from elsewhere.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Meter usage that did not pass the gateway.",
        discussion: """
            EXAMPLES:
              flowmeter import claude-code
              flowmeter import claude-code ~/.claude --customer alice
            """,
        subcommands: [ImportClaudeCode.self])
}
