internal import ArgumentParser
internal import Flow

/// `flowmeter flow script`: runs a script.
struct FlowScript: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Run a Cadence script, and print its result as JSON-Cadence.",
        discussion: """
            Imports by name get the network's addresses: standard contracts are known, others come from flow.json. \
            Arguments are written Type:value, or as JSON-Cadence.

            EXAMPLES:
              flowmeter flow script total.cdc UInt64:7
              flowmeter flow script total.cdc 'String?:nil' --network testnet --flow-json flow.json
            """)

    @Argument(help: "The file with the Cadence code.", completion: .file(extensions: ["cdc"]))
    var file: String

    @Argument(help: "The arguments, in order: Type:value, Type?:nil, or JSON-Cadence.")
    var arguments: [String] = []

    @Option(
        help: ArgumentHelp("Run it on the state after this block. Default: the latest sealed.", valueName: "height"))
    var height: UInt64?

    @Option(
        name: .customLong("flow-json"),
        help: ArgumentHelp("A flow.json with the addresses of other contracts.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var flowJSON: String?

    @Flag(help: "Changes nothing: the result is JSON-Cadence on one line in any case.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let network = try FlowOptions.network(settings)
        let source = try FlowSource(file, flowJSON: flowJSON, network: network, context: context)
        let values = try arguments.map { (text) throws(CommandError) in try FlowArgument.value(text) }
        let value = try await FlowOptions.withClient(settings) { client in
            try await client.executeScript(
                source.text, arguments: values, at: height.map { .height($0) } ?? .latestSealed)
        }
        let text: String
        do throws(FlowError) { text = try value.jsonText() } catch { throw CommandError(error) }
        try context.output.writeLine(text)
    }
}
