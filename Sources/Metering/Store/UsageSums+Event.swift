extension UsageSums {
    /// The sums over one event.
    public init(_ event: UsageEvent) {
        self.init()
        calls = 1
        switch event.charge {
        case .priced(let charge): self.charge = charge
        case .unpriced: unpriced = 1
        }
        if event.quality == .estimated { estimated = 1 }
        for line in event.lines { add(line) }
    }

    private mutating func add(_ line: SKULine) {
        if line.sku == .webSearch {
            webSearches.addClamped(line.quantity)
            return
        }
        let text = line.sku.rawValue.utf8
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else { return }
        let rest = text[text.index(after: slash)...]
        let dimension = rest.prefix { $0 != UInt8(ascii: "+") }
        if dimension.elementsEqual("input".utf8) {
            inputTokens.addClamped(line.quantity)
        } else if dimension.elementsEqual("output".utf8) {
            outputTokens.addClamped(line.quantity)
        } else if dimension.elementsEqual("cache_read".utf8) {
            cacheReadTokens.addClamped(line.quantity)
        } else if dimension.elementsEqual("cache_write_5m".utf8) {
            cacheWrite5mTokens.addClamped(line.quantity)
        } else if dimension.elementsEqual("cache_write_1h".utf8) {
            cacheWrite1hTokens.addClamped(line.quantity)
        }
    }

    /// The sums over both.
    ///
    /// Counts stop at `Int64.max` instead of wrapping: nine million events of the largest count there can be.
    public static func + (lhs: UsageSums, rhs: UsageSums) -> UsageSums {
        var sums = lhs
        sums += rhs
        return sums
    }

    /// Adds the other sums.
    public static func += (lhs: inout UsageSums, rhs: UsageSums) {
        lhs.calls.addClamped(rhs.calls)
        lhs.inputTokens.addClamped(rhs.inputTokens)
        lhs.outputTokens.addClamped(rhs.outputTokens)
        lhs.cacheWrite5mTokens.addClamped(rhs.cacheWrite5mTokens)
        lhs.cacheWrite1hTokens.addClamped(rhs.cacheWrite1hTokens)
        lhs.cacheReadTokens.addClamped(rhs.cacheReadTokens)
        lhs.webSearches.addClamped(rhs.webSearches)
        lhs.charge += rhs.charge
        lhs.unpriced.addClamped(rhs.unpriced)
        lhs.estimated.addClamped(rhs.estimated)
    }
}

extension Int64 {
    /// Adds a count that is not negative, stopping at the largest value.
    fileprivate mutating func addClamped(_ other: Int64) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? .max : sum
    }
}
