internal import Metering

/// The JSON form of a price book.
struct PriceBookDocument: Encodable, Sendable {
    var id: String
    var effectiveFrom: String
    var hash: String
    var skus: Int
    var isInForce: Bool
    /// The file of an imported book.
    var file: String?
    /// SKU → US dollars per unit, exact; only where asked for.
    var prices: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case id, hash, skus, file
        case effectiveFrom = "effective_from"
        case isInForce = "in_force"
        case prices = "usd_per_unit"
    }

    init(_ book: PriceBook, isInForce: Bool, file: String?, withPrices: Bool) {
        id = book.id
        effectiveFrom = book.effectiveFrom.description
        hash = book.hash.description
        skus = book.prices.count
        self.isInForce = isInForce
        self.file = file
        if withPrices {
            prices = Dictionary(
                uniqueKeysWithValues: book.prices.map { ($0.key.rawValue, $0.value.description) })
        }
    }
}
