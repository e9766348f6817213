internal import ArgumentParser
internal import Metering

/// `flowmeter prices show`: the prices of one book.
struct PricesShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the prices of a book, in USD per million tokens.",
        discussion: """
            Modifiers: +fast fast mode, +us inference kept in the US, +batch message batches, +long a prompt over the \
            model's threshold.

            EXAMPLES:
              flowmeter prices show
              flowmeter prices show --model claude-opus-5-5 --all
              flowmeter prices show --at 2026-10-06
              flowmeter prices show anthropic-initial --json
            """)

    @Argument(help: "The book: its id, its hash, or a file. Default: the one in force.")
    var book: String?

    @Option(help: ArgumentHelp("The book in force on this day.", valueName: "day"))
    var at: String?

    @Option(help: ArgumentHelp("Only this model.", valueName: "name"))
    var model: String?

    @Flag(help: "Show the prices under modifiers too.")
    var all = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if book != nil && at != nil { throw ValidationError("a book and --at exclude each other") }
    }

    func run() async throws {
        let context = CommandContext.current
        let directory = try PriceDirectory(settings: try global.settings(context: context), context: context)
        let catalog = try directory.catalog()
        let current = catalog.book(at: context.now())
        let chosen: PriceBook
        if let book {
            chosen = try directory.book(named: book, context: context)
        } else if let at {
            chosen = catalog.book(at: try DayText.first(at, today: context.now().day).start)
        } else {
            chosen = current
        }
        if json {
            try context.output.write(
                try JSONText.document(
                    PriceBookDocument(chosen, isInForce: chosen == current, file: nil, withPrices: true)))
            return
        }
        let prices = PriceTable(chosen, model: model, isWhole: all)
        guard !prices.rows.isEmpty else {
            throw CommandError(
                "price book \(chosen.id) has no model '\(model ?? "")'",
                fix: "see 'flowmeter prices show' for its models")
        }
        let style = context.style
        try context.output.write(
            "\(style.bold(chosen.id)), in force from \(chosen.effectiveFrom), USD per million tokens\n"
                + "hash \(chosen.hash)\n\n"
                + prices.table.rendered(width: context.output.columns, style: style)
                + (prices.webSearch.map { "\nweb search: \($0) USD per request\n" } ?? ""))
    }
}
