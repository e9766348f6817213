internal import ArgumentParser
internal import Flow

/// `flowmeter flow send`: signs and sends a transaction.
struct FlowSend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Sign a transaction with the configured account, send it, and wait for its result.",
        discussion: """
            The account $FLOWMETER_FLOW_ADDRESS proposes, authorizes and pays; its private key is $FLOWMETER_FLOW_KEY. \
            With --outbox the transaction is stored before it is sent, under the name --key: the same command after a \
            crash follows the same transaction and never sends a second one. The name stands for that transaction for ever: \
            with other code, arguments or --gas-limit it is refused.

            EXAMPLES:
              flowmeter flow send settle.cdc UFix64:1.5 Address:0xf8d6e0586b0a20c7
              flowmeter flow send settle.cdc UInt64:7 --outbox flow.outbox --key epoch-7 --json
            """)

    @Argument(help: "The file with the Cadence code.", completion: .file(extensions: ["cdc"]))
    var file: String

    @Argument(help: "The arguments, in order: Type:value, Type?:nil, or JSON-Cadence.")
    var arguments: [String] = []

    @Option(name: .customLong("gas-limit"), help: ArgumentHelp("The most computation, 1 to 9999.", valueName: "units"))
    var gasLimit: UInt64 = FlowTransaction.maximumGasLimit

    @Option(help: ArgumentHelp("A file that remembers what was sent.", valueName: "file"), completion: .file())
    var outbox: String?

    @Option(help: ArgumentHelp("The name of this transaction in the outbox.", valueName: "name"))
    var key: String?

    @Option(
        name: .customLong("flow-json"),
        help: ArgumentHelp("A flow.json with the addresses of other contracts.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var flowJSON: String?

    @Option(
        name: .customLong("expiry-blocks"),
        help: ArgumentHelp(
            "How many blocks old a transaction can be and still land. The networks' 600 is safe for every emulator whose "
                + "--transaction-expiry is from 1 to 600; name a greater one here.",
            valueName: "blocks"))
    var expiryBlocks: UInt64 = FlowChain.transactionExpiry

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    mutating func validate() throws {
        if !(1...FlowTransaction.maximumGasLimit).contains(gasLimit) {
            throw ValidationError("--gas-limit must be from 1 to \(FlowTransaction.maximumGasLimit)")
        }
        if (outbox == nil) != (key == nil) { throw ValidationError("--outbox and --key belong together") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let network = try FlowOptions.network(settings)
        guard network == .emulator || expiryBlocks >= FlowChain.transactionExpiry else {
            throw CommandError(
                "a transaction can land for \(FlowChain.transactionExpiry) blocks on \(network.rawValue): with fewer it "
                    + "might happen twice",
                fix: "leave --expiry-blocks out", status: .usage)
        }
        let credentials = try FlowCredentials(settings, network: network, context: context)
        let source = try FlowSource(file, flowJSON: flowJSON, network: network, context: context)
        let values = try arguments.map { (text) throws(CommandError) in try FlowArgument.value(text) }
        let outcome = try await FlowOptions.withClient(settings) { client in
            let intent = try TransactionIntent(
                key: key ?? "command", script: source.text, arguments: values, gasLimit: gasLimit)
            return try await FlowSubmission(
                client: client, network: network, credentials: credentials, outbox: outbox.map(context.path),
                expiryBlocks: expiryBlocks
            ).submit(intent)
        }
        try FlowOutcomeDocument(outcome).write(asJSON: json, to: context.output)
    }
}
