/// A stock-keeping unit: one dimension of usage that has a price, such as `claude-opus-5-5/input+fast+us`.
///
/// Grammar: `model "/" dimension modifiers`, with dimensions `input`, `output`, `cache_write_5m`, `cache_write_1h` and
/// `cache_read`, and modifiers `+fast`, `+us`, `+batch`, `+long` in that order; or the plain `web_search` (design §2).
public struct SKU: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The text of the SKU.
    public let rawValue: String
    /// Wraps a SKU without checking it; price books check theirs on import.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the SKU.
    public var description: String { rawValue }
    /// Bytewise order of the UTF-8 text: the canonical order of a price book.
    public static func < (lhs: SKU, rhs: SKU) -> Bool { lhs.rawValue.utf8.lexicographicallyPrecedes(rhs.rawValue.utf8) }

    /// Server-side web search, per request, whatever the model.
    public static let webSearch = SKU(rawValue: "web_search")
}

/// So many units of one SKU.
public struct SKULine: Sendable, Hashable {
    /// What was used.
    public var sku: SKU
    /// How many units: tokens or requests. Never negative.
    public var quantity: Int64
    /// Creates a line.
    public init(sku: SKU, quantity: Int64) {
        self.sku = sku
        self.quantity = quantity
    }
}
