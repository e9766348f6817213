internal import ArgumentParser
internal import Metering

/// `flowmeter prices list`: the books at hand.
struct PricesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the price books, by the date from which they are in force.",
        discussion: """
            EXAMPLES:
              flowmeter prices list
              flowmeter prices list --json | jq -r '.[] | select(.in_force) | .hash'
            """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let directory = try PriceDirectory(settings: try global.settings(context: context), context: context)
        let catalog = try directory.catalog()
        let files = Dictionary(try directory.imported().map { ($0.book.id, $0.file) }, uniquingKeysWith: { $1 })
        let current = catalog.book(at: context.now())
        if json {
            try context.output.write(
                try JSONText.document(
                    catalog.books.map {
                        PriceBookDocument($0, isInForce: $0 == current, file: files[$0.id], withPrices: false)
                    }))
            return
        }
        let table = Table(
            columns: [
                Table.Column("", .text), Table.Column("BOOK", .text, minimumWidth: 12),
                Table.Column("IN FORCE FROM", .text), Table.Column("PRICES", .count),
                Table.Column("SOURCE", .text), Table.Column("HASH", .text, minimumWidth: 17),
            ],
            rows: catalog.books.map { book in
                [
                    book == current ? "*" : "", book.id, book.effectiveFrom.description,
                    NumberText.grouped(book.prices.count), files[book.id] == nil ? "built in" : "imported",
                    book.hash.description,
                ]
            })
        try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        try global.note("note: * is in force now", context: context)
    }
}
