internal import ArgumentParser
internal import FoundationEssentials
internal import Metering

/// `flowmeter receipts show`: one signed receipt.
struct ReceiptsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one receipt, signed.",
        discussion: """
            With --json the output is the signed receipt itself, as 'flowmeter receipts verify' takes it.

            EXAMPLES:
              flowmeter receipts show msg_01gEYkbUrMWeWQLGsCmrG6dL
              flowmeter receipts show msg_01gEYkbUrMWeWQLGsCmrG6dL --json > receipt.json
            """)

    @Argument(help: "The receipt's id: the message's id, as the response names it.")
    var id: String

    @Flag(help: "Write the signed receipt in JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let stored = try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            try await store.event(id: EventID(rawValue: id))
        }
        guard let stored else {
            throw CommandError("there is no receipt '\(id)'", fix: "see 'flowmeter receipts list'")
        }
        let signed = try SignedReceipt(stored, signedWith: try OperatorKeys.load(settings, context).current)
        guard !json else { return try context.output.writeLine(signed.text) }
        let event = stored.event
        let charge = if case .priced(let amount) = event.charge { "\(amount) USD" } else { "no price yet" }
        var rows = [
            ("receipt", event.id.rawValue), ("customer", event.customer.rawValue), ("sequence", "\(stored.sequence)"),
            ("time", event.time.description), ("model", event.model), ("session", event.session.rawValue),
            ("key", event.key.rawValue), ("quality", event.quality.rawValue), ("source", event.source.rawValue),
        ]
        rows += event.lines.map { ("used", "\(NumberText.grouped($0.quantity)) × \($0.sku.rawValue)") }
        rows += [
            ("charge", charge), ("price book", event.priceBook.description),
            ("previous", stored.previousHash.description),
            ("hash", stored.hash.description), ("signed with", signed.key.description),
            ("signature", Base64.encode(signed.signature)),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value) in rows {
            let padding = String(repeating: " ", count: width - name.count)
            try context.output.writeLine(name + padding + "  " + TerminalText.printable(value))
        }
    }
}

/// `flowmeter receipts export`: signed receipts as JSON lines.
struct ReceiptsExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write signed receipts as JSON lines, one receipt a line.",
        discussion: """
            EXAMPLES:
              flowmeter receipts export --customer alice --output receipts.jsonl
              flowmeter receipts export --customer alice --after 1000 | gzip > more.jsonl.gz
            """)

    @OptionGroup(title: "Filters") var filter: ReceiptFilter

    @Option(name: [.short, .long], help: ArgumentHelp("Write to this file.", valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            let key = try OperatorKeys.load(settings, context).current
            let progress = WalkProgress(
                "exporting receipts", context: context,
                isQuiet: global.quiet || output == nil && context.output.isTerminal)
            func export(_ write: (String) throws -> Void) async throws {
                try await filter.forEach(in: store, progress: progress) { stored in
                    try write(try SignedReceipt(stored, signedWith: key).text + "\n")
                    return true
                }
            }
            guard let output else { return try await export(context.output.write) }
            try await OutputFile.withPieces(to: context.path(output), export)
        }
    }
}
