/// A list of prices, in force from one moment on.
///
/// Prices are data: nothing about them is decided at charge time.
///
/// Its ``hash`` depends on nothing but the prices, so a receipt that names the hash says exactly what it was rated with.
public struct PriceBook: Sendable, Hashable {
    /// The book's name: 1–64 characters of `[A-Za-z0-9._-]`.
    public let id: String
    /// The first moment it is in force.
    public let effectiveFrom: Timestamp
    /// The price of one unit of each SKU.
    public let prices: [SKU: PicoUSD]
    /// SHA3-256 over ``canonicalLines``.
    public let hash: PriceBookHash

    /// The highest price of one unit: 1,000 USD.
    ///
    /// With it no charge can leave the range of ``PicoUSD``.
    public static let priceLimit = PicoUSD(1_000 * PicoUSD.dollar.rawValue)

    /// Creates a book and checks it.
    ///
    /// - Throws: `invalidPriceBook` when the id or a SKU is malformed, a price is negative or over ``priceLimit``, or a
    ///   SKU is one that never has a price.
    public init(id: String, effectiveFrom: Timestamp, prices: [SKU: PicoUSD]) throws(MeteringError) {
        guard Self.isWellFormed(id: id) else {
            throw MeteringError(
                .invalidPriceBook,
                "not an id for a price book: \(quoted(id)); use 1–64 letters, digits, and the characters . _ -")
        }
        for (sku, price) in prices { try Self.check(sku, price) }
        self.id = id
        self.effectiveFrom = effectiveFrom
        self.prices = prices
        self.hash = Digest32.sha3(Self.lines(of: prices))
    }

    static func isWellFormed(id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                $0.isLetter || $0.isDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            }
    }

    static func check(_ sku: SKU, _ price: PicoUSD) throws(MeteringError) {
        if sku != .webSearch {
            guard let parts = sku.parts else {
                throw MeteringError(.invalidPriceBook, "not a SKU: \(quoted(sku.rawValue))")
            }
            guard parts.dimension != .unreadableUsage, parts.model != .unknown else {
                throw MeteringError(
                    .invalidPriceBook, "\(sku) stands for usage that is not known, so it cannot have a price; remove it"
                )
            }
        }
        guard price >= .zero, price <= priceLimit else {
            throw MeteringError(
                .invalidPriceBook, "the price of \(sku) is outside 0–\(priceLimit.rawValue) (in 10⁻¹² USD per unit)")
        }
    }

    /// The hashed bytes: one line `sku SP price LF` per SKU, in bytewise order; the price in 10⁻¹² USD per unit.
    public var canonicalLines: [UInt8] { Self.lines(of: prices) }

    private static func lines(of prices: [SKU: PicoUSD]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prices.count * 48)
        for (sku, price) in prices.sorted(by: { $0.key < $1.key }) {
            bytes.append(contentsOf: sku.rawValue.utf8)
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: String(price.rawValue).utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
