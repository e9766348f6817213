internal import Bolt
internal import Metering

/// The properties of a roll-up's node that hold `UsageSums`.
enum UsageColumns {
    static let counts = [
        "calls", "inputTokens", "outputTokens", "cacheWrite5mTokens", "cacheWrite1hTokens", "cacheReadTokens",
        "webSearches", "unpriced", "estimated",
    ]
    static let all = counts + ["charge", "chargeCarry"]

    static func counts(of sums: UsageSums) -> [Int64] {
        [
            sums.calls, sums.inputTokens, sums.outputTokens, sums.cacheWrite5mTokens, sums.cacheWrite1hTokens,
            sums.cacheReadTokens, sums.webSearches, sums.unpriced, sums.estimated,
        ]
    }

    /// What one unit of the upper half of a column is worth when it is added up.
    private static let half: Int128 = 1_000_000_000

    /// The sums over nodes `u`, as a query returns them for ``sums(_:)``.
    ///
    /// Each column is added up in two halves: a sum that left 64 bits would become a floating-point number in some
    /// databases, and an error in others.
    static let addition = all.map { "sum(u.\($0) / \(half)), sum(u.\($0) % \(half))" }.joined(separator: ", ")

    /// Reads what ``addition`` has returned.
    static func sums(_ fields: inout Fields) throws -> UsageSums {
        func next() throws -> Int128 {
            Int128(try fields.next(Int64?.self) ?? 0) * half + Int128(try fields.next(Int64?.self) ?? 0)
        }
        func count() throws -> Int64 { Int64(clamping: try next()) }
        var sums = UsageSums()
        sums.calls = try count()
        sums.inputTokens = try count()
        sums.outputTokens = try count()
        sums.cacheWrite5mTokens = try count()
        sums.cacheWrite1hTokens = try count()
        sums.cacheReadTokens = try count()
        sums.webSearches = try count()
        sums.unpriced = try count()
        sums.estimated = try count()
        let (charge, carry) = (try next(), try next())
        sums.charge = PicoUSD(charge + carry * SplitAmount.unit)
        return sums
    }
}

/// A row of a roll-up's addition: `[key, dimensions…, sums…]`.
struct UsageCellRow: BoltEncodable {
    var dimensions: [String]
    var sums: UsageSums

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: 1 + dimensions.count + UsageColumns.all.count)
        // No text of an event holds a line feed, so two cells never have the same key.
        try writer.write(dimensions.joined(separator: "\n"))
        for dimension in dimensions { try writer.write(dimension) }
        for count in UsageColumns.counts(of: sums) { writer.write(count) }
        let charge = SplitAmount(sums.charge)
        writer.write(charge.charge)
        writer.write(charge.carry)
    }
}

extension UsageLevel {
    /// The rows that add these sums to the level's nodes, in the order of their keys: two writers meet in one order.
    func rows(_ sums: [UsageCell: UsageSums]) -> [UsageCellRow] {
        var merged: [[String]: UsageSums] = [:]
        for (cell, sums) in sums { merged[values(of: cell), default: UsageSums()] += sums }
        return merged.map { UsageCellRow(dimensions: $0.key, sums: $0.value) }
            .sorted { $0.dimensions.lexicographicallyPrecedes($1.dimensions) }
    }
}
