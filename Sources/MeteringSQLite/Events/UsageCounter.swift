internal import Metering

/// Which count of `UsageSums` a SKU adds to.
enum UsageCounter {
    case input, output, cacheWrite5m, cacheWrite1h, cacheRead, webSearches, none

    init(_ sku: SKU) {
        self =
            switch sku.parts?.dimension {
            case .input: .input
            case .output: .output
            case .cacheWrite5m: .cacheWrite5m
            case .cacheWrite1h: .cacheWrite1h
            case .cacheRead: .cacheRead
            case .unreadableUsage: .none
            case nil: sku == .webSearch ? .webSearches : .none
            }
    }

    /// Adds to the sums of one event: at most a thousand lines of at most 10¹² each, so nothing overflows.
    @inline(__always)
    func add(_ quantity: Int64, to sums: inout UsageSums) {
        switch self {
        case .input: sums.inputTokens &+= quantity
        case .output: sums.outputTokens &+= quantity
        case .cacheWrite5m: sums.cacheWrite5mTokens &+= quantity
        case .cacheWrite1h: sums.cacheWrite1hTokens &+= quantity
        case .cacheRead: sums.cacheReadTokens &+= quantity
        case .webSearches: sums.webSearches &+= quantity
        case .none: break
        }
    }
}
