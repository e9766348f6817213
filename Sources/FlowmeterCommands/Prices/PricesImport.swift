internal import ArgumentParser
internal import Metering

/// `flowmeter prices import`: adds a price book.
struct PricesImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Check a price book and add it to the books at hand.",
        discussion: """
            The book rates events from its date on. Events that are stored already keep their charge. Importing the \
            same book again changes nothing; another book of the same id or date is refused. A running gateway reads \
            the books when it starts.

            EXAMPLES:
              flowmeter prices import mine.prices
              flowmeter prices import mine.prices --json
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let directory = try PriceDirectory(settings: try global.settings(context: context), context: context)
        let book = try PriceDirectory.read(file: context.path(file))
        let stored = try directory.add(book)
        let isInForce = try directory.catalog().book(at: context.now()) == book
        if json {
            try context.output.write(
                try JSONText.document(PriceBookDocument(book, isInForce: isInForce, file: stored, withPrices: false)))
        } else {
            try context.output.writeLine(
                "imported \(book.id): \(NumberText.grouped(book.prices.count)) prices in force from "
                    + "\(book.effectiveFrom), hash \(book.hash)")
        }
        if book.effectiveFrom < context.now() {
            try global.note(
                "note: its date is in the past; events that are stored already keep their charge", context: context)
        }
    }
}
