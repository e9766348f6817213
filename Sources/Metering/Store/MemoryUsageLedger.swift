/// Events, chains and roll-ups in memory: the state of ``MemoryUsageStore``.
struct MemoryUsageLedger {
    /// Everything a query can group or filter by.
    private struct Cell: Hashable {
        var day: Day
        var customer: CustomerID
        var key: APIKeyID
        var session: SessionID
        var model: String
    }

    private var chains: [CustomerID: [StoredEvent]] = [:]
    private var places: [EventID: (customer: CustomerID, index: Int)] = [:]
    /// The place of each event, in the order of arrival.
    private var arrivals: [(customer: CustomerID, index: Int)] = []
    private var cells: [Cell: UsageSums] = [:]

    mutating func append(_ events: [UsageEvent]) -> [AppendOutcome] {
        events.map { event in
            guard places[event.id] == nil else { return .duplicate }
            let index = chains[event.customer]?.count ?? 0
            let previous = chains[event.customer]?.last?.hash ?? .zero
            let sequence = Int64(index) + 1
            let hash = CanonicalReceipt.hash(event, sequence: sequence, previousHash: previous)
            chains[event.customer, default: []].append(
                StoredEvent(event: event, sequence: sequence, previousHash: previous, hash: hash))
            places[event.id] = (event.customer, index)
            arrivals.append((event.customer, index))
            let cell = Cell(
                day: event.time.day, customer: event.customer, key: event.key, session: event.session,
                model: event.model)
            cells[cell, default: UsageSums()] += UsageSums(event)
            return .appended(sequence: sequence, hash: hash)
        }
    }

    func event(id: EventID) -> StoredEvent? { places[id].flatMap { chains[$0.customer]?[$0.index] } }

    func events(of customer: CustomerID, after sequence: Int64, limit: Int) -> [StoredEvent] {
        let chain = chains[customer] ?? []
        let start = Int(min(max(0, sequence), Int64(chain.count)))
        return Array(chain[start...].prefix(max(0, limit)))
    }

    func events(appendedAfter position: Int64, limit: Int) -> [AppendedEvent] {
        let start = Int(min(max(0, position), Int64(arrivals.count)))
        return arrivals[start...].prefix(max(0, limit)).enumerated().compactMap { offset, place in
            chains[place.customer].map { chain in
                let stored = chain[place.index]
                return AppendedEvent(
                    position: Int64(start + offset + 1), event: stored.event, sequence: stored.sequence,
                    hash: stored.hash)
            }
        }
    }

    var chainHeads: [ChainHead] {
        chains.compactMap { customer, chain in
            chain.last.map { ChainHead(customer: customer, sequence: $0.sequence, hash: $0.hash) }
        }.sorted { $0.customer.rawValue.precedesBytewise($1.customer.rawValue) }
    }

    func usage(_ query: UsageQuery) -> [UsageRow] {
        var rows: [String: UsageSums] = [:]
        for (cell, sums) in cells where matches(cell, query) {
            rows[group(of: cell, by: query.grouping), default: UsageSums()] += sums
        }
        if query.grouping == .total, rows.isEmpty { rows["total"] = UsageSums() }
        return UsageRow.ordered(rows.map { UsageRow(group: $0.key, sums: $0.value) }, for: query)
    }

    private func matches(_ cell: Cell, _ query: UsageQuery) -> Bool {
        (query.since.map { $0 <= cell.day } ?? true) && (query.until.map { cell.day <= $0 } ?? true)
            && (query.customer.map { $0 == cell.customer } ?? true) && (query.key.map { $0 == cell.key } ?? true)
            && (query.session.map { $0 == cell.session } ?? true) && (query.model.map { $0 == cell.model } ?? true)
    }

    private func group(of cell: Cell, by grouping: UsageQuery.Grouping) -> String {
        switch grouping {
        case .total: "total"
        case .day: cell.day.description
        case .month: cell.day.month.description
        case .session: cell.session.rawValue
        case .model: cell.model
        case .customer: cell.customer.rawValue
        case .key: cell.key.rawValue
        }
    }
}

extension UsageRow {
    /// Rows in the order that ``UsageRow`` promises, cut to the query's limit.
    ///
    /// A limit keeps the latest days and months, and the highest charges of other groups.
    public static func ordered(_ rows: [UsageRow], for query: UsageQuery) -> [UsageRow] {
        let limit = query.limit.map { max(0, $0) } ?? rows.count
        switch query.grouping {
        case .day, .month:
            // Years have four digits, so the order of the text is the order in time.
            return rows.sorted { $0.group < $1.group }.suffix(limit)
        case .total, .session, .model, .customer, .key:
            let sorted = rows.sorted { lhs, rhs in
                lhs.sums.charge == rhs.sums.charge
                    ? lhs.group.precedesBytewise(rhs.group) : lhs.sums.charge > rhs.sums.charge
            }
            return Array(sorted.prefix(limit))
        }
    }
}
