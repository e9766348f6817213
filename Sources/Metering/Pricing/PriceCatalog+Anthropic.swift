extension PriceCatalog {
    /// Anthropic's list prices, one book for each date on which something changed.
    ///
    /// The first book, `anthropic-initial`, serves all time before the first change that is known.
    /// Sources, and what is not certain about them: docs/pricing.md.
    public static let anthropic: PriceCatalog = {
        do { return try makeAnthropic() } catch {
            // The table is part of the program, and a test loads it: this cannot be reached by any input.
            preconditionFailure("the shipped price table is malformed: \(error)")
        }
    }()

    private struct Row {
        var since: Day
        var model: ModelName
        var modifiers: Substring
        var prices: [Int64]
    }

    private static func makeAnthropic() throws(MeteringError) -> PriceCatalog {
        var rows: [Row] = []
        for line in AnthropicPrices.table.split(separator: "\n") {
            let words = line.split(separator: " ")
            let prices = words.dropFirst(3).compactMap(\.utf8.decimalValue)
            guard words.count == 3 + SKU.Dimension.priced.count, prices.count == SKU.Dimension.priced.count else {
                throw MeteringError(.invalidPriceBook, "not a row of prices: \(quoted(line))")
            }
            rows.append(
                Row(
                    since: try Day(text: words[0]), model: ModelName(rawValue: String(words[1])),
                    modifiers: words[2] == "-" ? "" : words[2], prices: prices))
        }
        rows.sort { $0.since < $1.since }

        var books: [PriceBook] = []
        var prices: [SKU: PicoUSD] = [.webSearch: PicoUSD(Int128(AnthropicPrices.webSearch))]
        for (index, row) in rows.enumerated() {
            for (dimension, price) in zip(SKU.Dimension.priced, row.prices) {
                prices[SKU(rawValue: "\(row.model)/\(dimension.rawValue)\(row.modifiers)")] = PicoUSD(Int128(price))
            }
            guard index + 1 == rows.count || rows[index + 1].since != row.since else { continue }
            let id = books.isEmpty ? "anthropic-initial" : "anthropic-\(row.since)"
            books.append(try PriceBook(id: id, effectiveFrom: row.since.start, prices: prices))
        }
        return try PriceCatalog(books)
    }
}
