internal import ArgumentParser
internal import Flow
internal import Synchronization

/// `flowmeter flow events`: events of a range of blocks.
struct FlowEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Print the events of one type, oldest first, one JSON object a line.",
        discussion: """
            Reads sealed blocks only. Ranges of any length are read in parts; how far it is stands on standard error when \
            the events go to a file. The value is JSON-Cadence.

            EXAMPLES:
              flowmeter flow events flow.AccountCreated --last 100
              flowmeter flow events A.0ae53cb6e3f42a79.FlowToken.TokensDeposited --from 1000 --to 2000
            """)

    @Argument(help: "The type: A.<16 digits>.Contract.Event or flow.Event.")
    var type: String

    @Option(help: ArgumentHelp("The first height.", valueName: "height"))
    var from: UInt64?

    @Option(help: ArgumentHelp("The last height. Default: the latest sealed one.", valueName: "height"))
    var to: UInt64?

    @Option(help: ArgumentHelp("Only so many blocks before the last height.", valueName: "blocks"))
    var last: UInt64?

    @Flag(help: "Changes nothing: events are written as JSON in any case.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    mutating func validate() throws {
        if from != nil && last != nil { throw ValidationError("--from and --last exclude each other") }
        if let from, let to, from > to { throw ValidationError("--from \(from) is behind --to \(to)") }
        if last == 0 { throw ValidationError("--last must be at least 1") }
    }

    private struct Document: Encodable {
        var height: UInt64
        var transaction: String
        var transactionIndex: UInt32
        var eventIndex: UInt32
        var type: String

        enum CodingKeys: String, CodingKey {
            case height, transaction, type
            case transactionIndex = "transaction_index"
            case eventIndex = "event_index"
        }

        /// The document on one line, with the event's value, which is JSON already, behind the rest.
        func line(value: CadenceValue) throws -> String {
            String(try JSONText.line(self).dropLast(2)) + #","value":\#(try value.jsonText())}"# + "\n"
        }
    }

    /// Prints what it is given, and shows how far it is.
    private final class Printer: EventConsumer {
        private let output: TextOutput
        private let first: UInt64
        private let progress: Mutex<ProgressReporter>

        init(_ heights: ClosedRange<UInt64>, context: CommandContext, isQuiet: Bool) throws(CommandError) {
            output = context.output
            first = heights.lowerBound
            // Where events are printed to the terminal, they show how far it is; one request is over before a bar is seen.
            let isSilent =
                isQuiet || context.output.isTerminal || UInt64(heights.count) <= FlowClient.eventRangeLimit
            var progress = ProgressReporter(context: context, isQuiet: isSilent)
            try progress.begin("reading blocks", total: Int64(clamping: heights.count), unit: .blocks)
            self.progress = Mutex(progress)
        }

        func cursor() async throws -> EventCursor? { nil }

        func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) async throws {
            for block in blocks {
                for event in block.events {
                    let document = Document(
                        height: block.height, transaction: event.transactionID.description,
                        transactionIndex: event.transactionIndex, eventIndex: event.eventIndex, type: event.type)
                    try output.write(try document.line(value: try event.value()))
                }
            }
            try progress.withLock { try $0.update(Int64(clamping: cursor.nextHeight - first)) }
        }

        func finish() throws(CommandError) {
            try progress.withLock { progress throws(CommandError) in try progress.finish() }
        }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        try await FlowOptions.withClient(settings) { client in
            let sealed = try await client.block(.latestSealed).height
            let end = min(to ?? sealed, sealed)
            let root = try await client.nodeVersion().nodeRootHeight
            let start = from ?? max(last.map { end >= $0 ? end - $0 + 1 : 0 } ?? end, root)
            guard start <= end else {
                throw CommandError(
                    "no block from height \(start) on is sealed yet: the latest is \(sealed)",
                    fix: "wait, or name an earlier height with --from")
            }
            guard start >= root else {
                throw CommandError(
                    "the access node knows no block before height \(root)",
                    fix: "begin with --from \(root), or name a node with older blocks with --access-node")
            }
            let reader = try EventReader(client: client, types: [type], start: start)
            let printer = try Printer(start...end, context: context, isQuiet: console.quiet)
            try await reader.run(printer, until: end)
            try printer.finish()
        }
    }
}
