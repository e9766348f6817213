internal import ArgumentParser
internal import Flow

/// `flowmeter flow account`: an account with its keys and contracts.
struct FlowAccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Show an account: balance, keys and contracts.",
        discussion: """
            EXAMPLES:
              flowmeter flow account 0xf8d6e0586b0a20c7
              flowmeter flow account 0x8c5303eaa26202d6 --network testnet --json | jq .contracts
            """)

    @Argument(help: "The account's address.")
    var address: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    private struct Document: Encodable {
        var address: String
        var balance: String
        var keys: [FlowKeyDocument]
        var contracts: [String]
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let address = try FlowOptions.address(address, on: try FlowOptions.network(settings))
        let account = try await FlowOptions.withClient(settings) {
            try await $0.account(address, withKeys: true, withContracts: true)
        }
        let document = Document(
            address: account.address.description, balance: account.balance.description,
            keys: account.keys.map(FlowKeyDocument.init), contracts: account.contracts.keys.sorted())
        if json {
            try context.output.write(try JSONText.document(document))
            return
        }
        try context.output.write(
            "address    \(document.address)\nbalance    \(document.balance) FLOW\n"
                + "contracts  \(document.contracts.isEmpty ? "none" : document.contracts.joined(separator: ", "))\n\n"
                + FlowKeyDocument.table(document.keys).rendered(width: context.output.columns, style: context.style))
    }
}
