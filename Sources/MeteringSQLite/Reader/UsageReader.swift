internal import Metering

/// Answers one usage query, inside one read transaction.
///
/// It picks the coarsest roll-up that still knows everything the query asks for, reads its rows, and adds the events
/// that came after the roll-ups were last brought up to date.
final class UsageReader {
    /// The query's filters in the numbers of the name tables.
    struct Filter {
        var customer: Int64?
        var key: Int64?
        var session: Int64?
        var model: Int64?
        var since: Int32
        var until: Int32
    }

    let connection: StoreConnection
    let query: UsageQuery
    private(set) var filter: Filter
    var groups = UsageGroups()
    /// How many sessions to look up for the highest ones before all that can match are read.
    var patience = 4_096

    /// Returns `nil` when a filter names what no event has: then there is nothing to read.
    init?(_ connection: StoreConnection, query: UsageQuery) throws(SQLiteFailure) {
        func number(of name: String?, in table: String) throws(SQLiteFailure) -> Int64?? {
            guard let name else { return .some(nil) }
            let select = try connection.prepare("SELECT number FROM \(table) WHERE name = ?1")
            select.bind(name, at: 1)
            guard let number = try select.firstInteger() else { return nil }
            return .some(number)
        }
        guard let customer = try number(of: query.customer?.rawValue, in: "eventCustomer"),
            let key = try number(of: query.key?.rawValue, in: "eventKey"),
            let session = try number(of: query.session?.rawValue, in: "eventSession"),
            let model = try number(of: query.model, in: "eventModel")
        else { return nil }
        self.connection = connection
        self.query = query
        filter = Filter(
            customer: customer, key: key, session: session, model: model, since: query.since?.sinceEpoch ?? .min,
            until: query.until?.sinceEpoch ?? .max)
    }

    func rows() throws(SQLiteFailure) -> [UsageRow] {
        if query.session != nil || query.grouping == .session {
            // Sums of recent events first: sessions are streamed, and each is complete when it has been read.
            try addTail()
            if query.grouping == .session, query.session == nil, let limit = query.limit {
                try readHighestSessions(limit)
            } else {
                try readMatchingSessions()
            }
        } else {
            try readPeriods()
            try addTail()
        }
        return try UsageRow.ordered(named(groups.candidates(for: query)), for: query)
    }

    /// Adds the events that the roll-ups do not hold yet.
    private func addTail() throws(SQLiteFailure) {
        let rolledThrough = try connection.prepare("SELECT rolledThrough FROM storeState").firstInteger() ?? 0
        var months: [Int32: Int32] = [:]
        try EventTail(connection).read(after: rolledThrough) { event, _ in
            let key = event.key
            let day = key.day.sinceEpoch
            guard day >= filter.since, day <= filter.until, filter.customer ?? key.customer == key.customer,
                filter.key ?? key.key == key.key, filter.session ?? key.session == key.session,
                filter.model ?? key.model == key.model
            else { return }
            let group: Int64
            switch query.grouping {
            case .total: group = 0
            case .day: group = Int64(day)
            case .month:
                months[day] = months[day] ?? key.day.month.sinceEpoch
                group = Int64(months[day] ?? 0)
            case .session: group = key.session
            case .model: group = key.model
            case .customer: group = key.customer
            case .key: group = key.key
            }
            groups.add(event.sums, to: group)
        }
    }

    /// Gives groups their names.
    private func named(_ groups: [(group: Int64, sums: UsageSums)]) throws(SQLiteFailure) -> [UsageRow] {
        switch query.grouping {
        case .total: return [UsageRow(group: "total", sums: groups.first?.sums ?? UsageSums())]
        case .day:
            return groups.map { UsageRow(group: Day(sinceEpoch: Int32(clamping: $0.group)).description, sums: $0.sums) }
        case .month:
            return groups.map {
                UsageRow(group: Month(sinceEpoch: Int32(clamping: $0.group)).description, sums: $0.sums)
            }
        case .session: return try named(groups, in: "eventSession")
        case .model: return try named(groups, in: "eventModel")
        case .customer: return try named(groups, in: "eventCustomer")
        case .key: return try named(groups, in: "eventKey")
        }
    }

    private func named(
        _ groups: [(group: Int64, sums: UsageSums)], in table: String
    ) throws(SQLiteFailure) -> [UsageRow] {
        let select = try connection.prepare("SELECT name FROM \(table) WHERE number = ?1")
        var rows: [UsageRow] = []
        rows.reserveCapacity(groups.count)
        for (group, sums) in groups {
            select.bind(group, at: 1)
            guard try select.step() else {
                throw SQLiteFailure(code: 11, message: "a roll-up refers to \(table) \(group), which is not there")
            }
            rows.append(UsageRow(group: select.text(at: 0), sums: sums))
            select.reset()
        }
        return rows
    }
}

extension UsageQuery {
    /// The answer when no event matches.
    var noRows: [UsageRow] {
        UsageRow.ordered(grouping == .total ? [UsageRow(group: "total", sums: UsageSums())] : [], for: self)
    }
}
