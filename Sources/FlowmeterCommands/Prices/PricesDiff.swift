internal import ArgumentParser
internal import Metering

/// `flowmeter prices diff`: what changed from one book to another.
struct PricesDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what differs between two price books, in USD per million units.",
        discussion: """
            EXAMPLES:
              flowmeter prices diff anthropic-initial anthropic-2026-10-07
              flowmeter prices diff anthropic-2026-11-09 mine.prices --json
            """)

    @Argument(help: "The old book: its id, its hash, or a file.")
    var old: String

    @Argument(help: "The new book: its id, its hash, or a file.")
    var new: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    /// One SKU whose price is not the same in both books.
    struct Change: Encodable, Sendable, Hashable {
        var sku: String
        var old: String?
        var new: String?

        private enum CodingKeys: String, CodingKey {
            case sku
            case old = "old_usd_per_million"
            case new = "new_usd_per_million"
        }
    }

    func run() async throws {
        let context = CommandContext.current
        let directory = try PriceDirectory(settings: try global.settings(context: context), context: context)
        let changes = Self.changes(
            from: try directory.book(named: old, context: context),
            to: try directory.book(named: new, context: context))
        if json {
            try context.output.write(try JSONText.document(changes))
        } else if changes.isEmpty {
            try context.output.writeLine("the prices are the same")
        } else {
            let table = Table(
                columns: [
                    Table.Column("SKU", .text, minimumWidth: 20), Table.Column("OLD", .money),
                    Table.Column("NEW", .money),
                ],
                rows: changes.map { [$0.sku, $0.old ?? "-", $0.new ?? "-"] })
            try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        }
    }

    /// The differences, by SKU.
    static func changes(from old: PriceBook, to new: PriceBook) -> [Change] {
        Set(old.prices.keys).union(new.prices.keys).sorted()
            .filter { old.prices[$0] != new.prices[$0] }
            .map { sku in
                Change(
                    sku: sku.rawValue, old: old.prices[sku]?.perMillion.description,
                    new: new.prices[sku]?.perMillion.description)
            }
    }
}
