internal import Metering

/// A price book's prices per million tokens, by model and modifiers.
struct PriceTable: Sendable {
    /// The prices of one model under some modifiers.
    struct Row: Sendable, Hashable {
        var model: String
        var modifiers: String
        var prices: [SKU.Dimension: PicoUSD]
    }

    var rows: [Row]
    var webSearch: PicoUSD?

    /// The rows of a book, by model, then modifiers.
    ///
    /// `model` chooses one; `isWhole` includes rows with modifiers.
    init(_ book: PriceBook, model: String?, isWhole: Bool) {
        var byName: [[String]: [SKU.Dimension: PicoUSD]] = [:]
        for (sku, price) in book.prices {
            guard let parts = sku.parts else { continue }
            if let model, parts.model.rawValue != model { continue }
            if !isWhole, !parts.modifiers.isEmpty { continue }
            byName[[parts.model.rawValue, parts.modifiers.description], default: [:]][parts.dimension] = price
        }
        rows = byName.map { Row(model: $0.key[0], modifiers: $0.key[1], prices: $0.value) }
            .sorted { ($0.model, $0.modifiers) < ($1.model, $1.modifiers) }
        webSearch = book.prices[.webSearch]
    }

    /// The table for people.
    var table: Table {
        let dimensions = SKU.Dimension.priced
        let hasModifiers = rows.contains { !$0.modifiers.isEmpty }
        return Table(
            columns: [Table.Column("MODEL", .text, minimumWidth: 14)]
                + (hasModifiers ? [Table.Column("MODIFIERS", .text)] : [])
                + ["INPUT", "OUTPUT", "WRITE 5M", "WRITE 1H", "READ"].map { Table.Column($0, .money) },
            rows: rows.map { row in
                [row.model] + (hasModifiers ? [row.modifiers] : [])
                    + dimensions.map { row.prices[$0]?.perMillion.description ?? "-" }
            })
    }
}

extension PicoUSD {
    /// The price of a million units.
    ///
    /// Prices are at most a thousand dollars, so this cannot overflow.
    var perMillion: PicoUSD { 1_000_000 * self }
}
