internal import ArgumentParser

/// `flowmeter prices`: the dated price books.
struct Prices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, compare, check, import and export price books.",
        discussion: """
            A price book is a dated, hashed list of exact prices. An event is rated with the book in force at its time, \
            and names that book's hash. The books of Anthropic's list prices are built in; imported ones are kept \
            beside the database, in its directory 'prices' or in $FLOWMETER_PRICES.

            EXAMPLES:
              flowmeter prices list
              flowmeter prices show --model claude-opus-5-5
              flowmeter prices export anthropic-2026-11-09 > mine.prices
              flowmeter prices validate mine.prices
            """,
        subcommands: [
            PricesList.self, PricesShow.self, PricesDiff.self, PricesValidate.self, PricesImport.self,
            PricesExport.self,
        ])
}
