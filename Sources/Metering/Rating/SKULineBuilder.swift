internal import Claude

/// Collects quantities by SKU.
struct SKULineBuilder {
    private let modifiers: SKU.Modifiers
    private var lines: [SKULine] = []
    private var isSound = true

    init(modifiers: SKU.Modifiers) { self.modifiers = modifiers }

    /// Adds what one pass used.
    ///
    /// Each pass is a request of its own, so each has its own prompt size.
    mutating func add(_ pass: SamplingPass) {
        let model = ModelName(wire: pass.model)
        var modifiers = modifiers
        if let threshold = Rating.longPromptThresholds[model], pass.prompt > threshold { modifiers.insert(.long) }
        // In the order of their SKUs, so that nearly always nothing is left to sort.
        add(model, .cacheRead, modifiers, pass.cacheRead)
        add(model, .cacheWrite1h, modifiers, pass.cacheWrite1h)
        add(model, .cacheWrite5m, modifiers, pass.cacheWrite5m)
        add(model, .input, modifiers, pass.input)
        add(model, .output, modifiers, pass.output)
    }

    private mutating func add(
        _ model: ModelName, _ dimension: SKU.Dimension, _ modifiers: SKU.Modifiers, _ quantity: Int64
    ) {
        guard quantity > 0 else { return }
        add(SKU(model: model, dimension, modifiers), quantity)
    }

    /// Adds a quantity that is not negative.
    mutating func add(_ sku: SKU, _ quantity: Int64) {
        guard quantity > 0, isSound else { return }
        if let index = lines.firstIndex(where: { $0.sku == sku }) {
            let (sum, overflow) = lines[index].quantity.addingReportingOverflow(quantity)
            isSound = !overflow && sum <= MessageUsage.countLimit
            if isSound { lines[index].quantity = sum }
        } else {
            isSound = quantity <= MessageUsage.countLimit && lines.count < Rating.lineLimit
            lines.append(SKULine(sku: sku, quantity: quantity))
        }
    }

    /// The lines, sorted by SKU.
    ///
    /// `nil` when they are too many or too large to be true.
    func finish() -> [SKULine]? {
        isSound ? lines.sorted { $0.sku < $1.sku } : nil
    }
}
