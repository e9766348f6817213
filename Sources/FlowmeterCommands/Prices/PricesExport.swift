internal import ArgumentParser
internal import FoundationEssentials
internal import Metering

/// `flowmeter prices export`: writes a price book as text.
struct PricesExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a price book as text, ready to be edited and imported.",
        discussion: """
            EXAMPLES:
              flowmeter prices export > current.prices
              flowmeter prices export anthropic-2026-11-09 --output mine.prices
            """)

    @Argument(help: "The book: its id, its hash, or a file. Default: the one in force.")
    var book: String?

    @Option(name: [.short, .long], help: ArgumentHelp("Write to this file.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let directory = try PriceDirectory(settings: try global.settings(context: context), context: context)
        let current = try directory.catalog().book(at: context.now())
        let chosen = try book.map { name in try directory.book(named: name, context: context) } ?? current
        let text =
            json
            ? try JSONText.document(
                PriceBookDocument(chosen, isInForce: chosen == current, file: nil, withPrices: true))
            : chosen.canonicalText
        guard let output else {
            try context.output.write(text)
            return
        }
        let path = context.path(output)
        do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
            throw CommandError("cannot write \(path)", fix: "check that its directory exists and is writable")
        }
    }
}
