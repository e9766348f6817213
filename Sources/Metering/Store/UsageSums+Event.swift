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
        // Every event passes here when it is appended. The dimensions of well-formed SKUs differ in length, and the two
        // of one length in their last but one byte, so nothing has to be compared as text.
        var sku = line.sku.rawValue
        let dimension = sku.withUTF8 { text -> (length: Int, mark: UInt8) in
            guard let slash = text.lastIndex(of: UInt8(ascii: "/")) else { return (0, 0) }
            let start = slash + 1
            let end = text[start...].firstIndex(of: UInt8(ascii: "+")) ?? text.endIndex
            return (end - start, end - start > 1 ? text[end - 2] : 0)
        }
        switch dimension {
        case (5, _): inputTokens.addClamped(line.quantity)
        case (6, _): outputTokens.addClamped(line.quantity)
        case (10, _): cacheReadTokens.addClamped(line.quantity)
        case (14, UInt8(ascii: "5")): cacheWrite5mTokens.addClamped(line.quantity)
        case (14, _): cacheWrite1hTokens.addClamped(line.quantity)
        default: break
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
