internal import ArgumentParser
internal import Flow

/// `flowmeter flow balance`: an account's FLOW.
struct FlowBalance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "Show how much FLOW an account has.",
        discussion: """
            EXAMPLES:
              flowmeter flow balance 0xf8d6e0586b0a20c7
              flowmeter flow balance 0xe467b9dd11fa00df --network mainnet --json
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
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let address = try FlowOptions.address(address, on: try FlowOptions.network(settings))
        let balance = try await FlowOptions.withClient(settings) { try await $0.balance(of: address) }
        if json {
            try context.output.write(
                try JSONText.document(Document(address: address.description, balance: balance.description)))
        } else {
            try context.output.writeLine("\(balance) FLOW")
        }
    }
}
