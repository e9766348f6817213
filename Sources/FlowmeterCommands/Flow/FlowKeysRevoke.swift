internal import ArgumentParser
internal import Flow

/// `flowmeter flow keys revoke`: takes a key of the configured account out of use.
struct FlowKeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a key of the configured account, for good.",
        discussion: """
            The key that signs the transaction, $FLOWMETER_FLOW_KEY_INDEX, is refused: revoke it with another one.

            EXAMPLES:
              flowmeter flow keys revoke 7
            """)

    @Argument(help: "The key's index in the account.")
    var index: UInt32

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let network = try FlowOptions.network(settings)
        let credentials = try FlowCredentials(settings, network: network, context: context)
        guard index != credentials.keyIndex else {
            throw CommandError(
                "key \(index) is the one that signs, and the account could be lost with it",
                fix: "set FLOWMETER_FLOW_KEY_INDEX and FLOWMETER_FLOW_KEY to another key of full weight", status: .usage
            )
        }
        let document = try await FlowOptions.withClient(settings) { client in
            FlowOutcomeDocument(
                try await FlowSubmission(client: client, network: network, credentials: credentials)
                    .submit(TransactionIntent(key: "command", program: .revokeKey(index))))
        }
        try document.write(asJSON: json, to: context.output)
    }
}
