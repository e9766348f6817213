import Metering

/// Aggregated usage computed the slow way: from all events, every time, with none of the code that stores use.
struct NaiveUsage {
    var events: [UsageEvent]

    func rows(_ query: UsageQuery) -> [UsageRow] {
        var groups: [String: [UsageEvent]] = query.grouping == .total ? ["total": []] : [:]
        for event in events where isCounted(event, query) {
            groups[group(event, query.grouping), default: []].append(event)
        }
        var rows = groups.map { UsageRow(group: $0.key, sums: sums(of: $0.value)) }
        switch query.grouping {
        case .day, .month:
            rows.sort { $0.group < $1.group }
            if let limit = query.limit { rows.removeFirst(max(0, rows.count - limit)) }
        default:
            rows.sort { ($1.sums.charge, Array($0.group.utf8)) < ($0.sums.charge, Array($1.group.utf8)) }
            if let limit = query.limit { rows.removeLast(max(0, rows.count - limit)) }
        }
        return rows
    }

    private func isCounted(_ event: UsageEvent, _ query: UsageQuery) -> Bool {
        let day = dayText(event)
        if let since = query.since, day < since.description { return false }
        if let until = query.until, day > until.description { return false }
        if let customer = query.customer, event.customer != customer { return false }
        if let key = query.key, event.key != key { return false }
        if let session = query.session, event.session != session { return false }
        if let model = query.model, event.model != model { return false }
        return true
    }

    private func dayText(_ event: UsageEvent) -> String { String(event.time.description.prefix(10)) }

    private func group(_ event: UsageEvent, _ grouping: UsageQuery.Grouping) -> String {
        switch grouping {
        case .total: "total"
        case .day: dayText(event)
        case .month: String(dayText(event).prefix(7))
        case .session: event.session.rawValue
        case .model: event.model
        case .customer: event.customer.rawValue
        case .key: event.key.rawValue
        }
    }

    private func sums(of events: [UsageEvent]) -> UsageSums {
        func quantity(_ dimension: String) -> Int64 {
            events.flatMap(\.lines).reduce(0) { sum, line in
                let tail = line.sku.rawValue.split(separator: "/").last ?? ""
                return tail.split(separator: "+").first.map(String.init) == dimension ? sum + line.quantity : sum
            }
        }
        var sums = UsageSums()
        sums.calls = Int64(events.count)
        sums.inputTokens = quantity("input")
        sums.outputTokens = quantity("output")
        sums.cacheWrite5mTokens = quantity("cache_write_5m")
        sums.cacheWrite1hTokens = quantity("cache_write_1h")
        sums.cacheReadTokens = quantity("cache_read")
        sums.webSearches = quantity("web_search")
        for event in events {
            if event.quality == .estimated { sums.estimated += 1 }
            switch event.charge {
            case .priced(let charge): sums.charge = PicoUSD(sums.charge.rawValue + charge.rawValue)
            case .unpriced: sums.unpriced += 1
            }
        }
        return sums
    }
}

private func < (lhs: (PicoUSD, [UInt8]), rhs: (PicoUSD, [UInt8])) -> Bool {
    lhs.0 == rhs.0 ? lhs.1.lexicographicallyPrecedes(rhs.1) : lhs.0 < rhs.0
}
