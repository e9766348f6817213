internal import Metering

/// What `usage` prints: rows, their total, and the rest that a limit left out.
struct UsageReport: Sendable, Hashable {
    var query: UsageQuery
    var rows: [UsageRow]
    /// Everything that matches the query, whatever the limit.
    var total: UsageSums

    /// Asks the store.
    static func make(_ query: UsageQuery, store: some UsageStore) async throws(MeteringError) -> UsageReport {
        let rows = try await store.usage(query)
        let sum = rows.reduce(into: UsageSums()) { $0 = $0 + $1.sums }
        guard let limit = query.limit, rows.count >= limit else {
            return UsageReport(query: query, rows: rows, total: sum)
        }
        var everything = query
        everything.grouping = .total
        everything.limit = nil
        let total = try await store.usage(everything).first?.sums ?? UsageSums()
        return UsageReport(query: query, rows: rows, total: total)
    }

    /// What the limit left out; `nil` when it left out nothing.
    var others: UsageSums? {
        guard query.limit != nil else { return nil }
        let rest = rows.reduce(total) { $0.subtracting($1.sums) }
        return rest.calls > 0 ? rest : nil
    }

    /// Lines about what the charge does not tell.
    var notes: [String] {
        var notes: [String] = []
        if total.unpriced > 0 {
            notes.append(
                NumberText.counted(total.unpriced, "call") + " without a price: the model is in no price book, and the "
                    + "cost is not in the charge. See 'flowmeter events list --unpriced' and 'flowmeter prices'.")
        }
        if total.estimated > 0 {
            notes.append(
                NumberText.counted(total.estimated, "call") + " broke off: the output tokens are estimated from the "
                    + "text that was seen.")
        }
        return notes
    }
}

extension UsageSums {
    /// These sums without those of a part of the same events.
    func subtracting(_ part: UsageSums) -> UsageSums {
        var rest = self
        rest.calls -= part.calls
        rest.inputTokens -= part.inputTokens
        rest.outputTokens -= part.outputTokens
        rest.cacheWrite5mTokens -= part.cacheWrite5mTokens
        rest.cacheWrite1hTokens -= part.cacheWrite1hTokens
        rest.cacheReadTokens -= part.cacheReadTokens
        rest.webSearches -= part.webSearches
        rest.charge = rest.charge - part.charge
        rest.unpriced -= part.unpriced
        rest.estimated -= part.estimated
        return rest
    }

    /// Tokens written to the cache, whatever their lifetime.
    var cacheWriteTokens: Int64 { cacheWrite5mTokens + cacheWrite1hTokens }
}
