internal import ArgumentParser
internal import Flow

/// `flowmeter flow status`: what became of a transaction.
struct FlowStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what became of a transaction.",
        discussion: """
            Exit status 1 means that it failed or is not known.

            EXAMPLES:
              flowmeter flow status 86928184550359bfd356d5e867a1f775410a57c19b217d0db17e98605c79c1ea
              flowmeter flow status 86928184550359bfd356d5e867a1f775410a57c19b217d0db17e98605c79c1ea --wait --json
            """)

    @Argument(help: "The transaction's id.")
    var id: String

    @Flag(help: "Wait until it is sealed; one that no node knows is waited for half a minute.")
    var wait = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    private struct Document: Encodable {
        var id: String
        var status: String
        var block: String?
        var computation: UInt64
        var fee: String?
        var code: Int?
        var message: String?
        var events: [String]
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let interval = Duration.milliseconds(try FlowOptions.network(settings) == .emulator ? 100 : 500)
        let identifier: FlowIdentifier
        do throws(FlowError) { identifier = try FlowIdentifier(id) } catch {
            throw CommandError(error.message, fix: "copy the id that 'flowmeter flow send' printed", status: .usage)
        }
        let result = try await FlowOptions.withClient(settings) { client in
            if wait {
                try await client.finalResult(of: identifier, interval: interval)
            } else {
                try await client.result(of: identifier)
            }
        }
        let document = Document(
            id: id, status: result.status == .unknown ? "Unknown" : result.status.rawValue,
            block: result.blockID?.description, computation: result.computationUsed, fee: result.fee?.description,
            code: result.failure?.code?.rawValue, message: result.failure?.message, events: result.events.map(\.type))
        try context.output.write(json ? try JSONText.document(document) : Self.text(document))
        if result.failure != nil || result.status == .expired || result.status == .unknown {
            throw ExitRequest(status: .failed)
        }
    }

    private static func text(_ document: Document) -> String {
        var lines: [(String, String?)] = [
            ("status", document.status), ("block", document.block), ("computation", "\(document.computation)"),
            ("fee", document.fee.map { "\($0) FLOW" }), ("code", document.code.map(String.init)),
            ("message", document.message.map { TerminalText.paragraph($0, indent: 13) }),
        ]
        lines += document.events.map { ("event", $0) }
        return lines.compactMap { name, value in
            value.map { name + String(repeating: " ", count: 13 - name.count) + $0 + "\n" }
        }.joined()
    }
}
