/// One difference between two price books.
public struct PriceChange: Sendable, Hashable {
    /// What has another price.
    public var sku: SKU
    /// The price before.
    ///
    /// `nil` when there was none.
    public var old: PicoUSD?
    /// The price after.
    ///
    /// `nil` when there is none any more.
    public var new: PicoUSD?
    /// Creates a change.
    public init(sku: SKU, old: PicoUSD?, new: PicoUSD?) {
        self.sku = sku
        self.old = old
        self.new = new
    }
}

extension PriceBook {
    /// What changes from an older book to this one, sorted by SKU.
    public func changes(from older: PriceBook) -> [PriceChange] {
        Set(prices.keys).union(older.prices.keys).sorted().compactMap { sku in
            let change = PriceChange(sku: sku, old: older.prices[sku], new: prices[sku])
            return change.old == change.new ? nil : change
        }
    }

    /// What looks like a mistake although it is allowed, one sentence each, sorted; empty when nothing does.
    ///
    /// Looked for are a model that lacks the price of a dimension, a modifier that is priced for some dimensions only,
    /// prices of zero, a cache read dearer than input, a one-hour cache write cheaper than a five-minute one, a batch
    /// dearer than a call, a missing price of web searches, and names that usage can never have.
    public func warnings() -> [String] {
        var warnings: [String] = []
        if prices[.webSearch] == nil { warnings.append("web_search has no price: calls that search will be unpriced") }
        for (sku, price) in prices where price == .zero { warnings.append("\(sku) costs nothing") }

        var variants: [ModelName: Set<SKU.Modifiers>] = [:]
        for sku in prices.keys {
            guard let parts = sku.parts else { continue }
            variants[parts.model, default: []].insert(parts.modifiers)
        }
        for (model, modifiers) in variants {
            if !modifiers.contains([]) { warnings.append("\(model) has prices with modifiers, but none without") }
            if modifiers.contains(where: { $0.contains(.long) }) && Rating.longPromptThresholds[model] == nil {
                warnings.append("\(model) has prices for long prompts, but none of its prompts counts as long")
            }
            for modifiers in modifiers { warnings += self.warnings(model, modifiers) }
        }
        return warnings.sorted()
    }

    private func warnings(_ model: ModelName, _ modifiers: SKU.Modifiers) -> [String] {
        var warnings: [String] = []
        for dimension in SKU.Dimension.priced where prices[SKU(model: model, dimension, modifiers)] == nil {
            warnings.append("\(SKU(model: model, dimension, modifiers)) has no price, but others of \(model) have one")
        }
        func expectAtMost(_ cheap: SKU, _ dear: SKU) {
            if let low = prices[cheap], let high = prices[dear], low > high {
                warnings.append("\(cheap) is dearer than \(dear)")
            }
        }
        let sku = { (dimension: SKU.Dimension) in SKU(model: model, dimension, modifiers) }
        expectAtMost(sku(.cacheRead), sku(.input))
        expectAtMost(sku(.input), sku(.output))
        expectAtMost(sku(.cacheWrite5m), sku(.cacheWrite1h))
        if modifiers.contains(.batch) {
            for dimension in SKU.Dimension.priced {
                expectAtMost(sku(dimension), SKU(model: model, dimension, modifiers.subtracting(.batch)))
            }
        }
        return warnings
    }
}
