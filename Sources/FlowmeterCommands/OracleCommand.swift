internal import ArgumentParser

/// `flowmeter oracle`: closes epochs and settles them.
struct OracleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oracle",
        abstract: "Close epochs, sign them and settle them on the ledger.",
        discussion: """
            'flowmeter serve' runs the oracle beside the gateway. Run it by itself when several gateways share a \
            database, or to look at single steps. Of several oracles one works at a time; each can be killed at any \
            moment and goes on from where it was.

            EXAMPLES:
              flowmeter oracle status
              flowmeter oracle step --all
              flowmeter oracle run
            """,
        subcommands: [OracleRun.self, OracleStatus.self, OracleStep.self])
}
