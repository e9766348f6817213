internal import Metering

extension UsageReader {
    /// Reads queries that sessions play no part in.
    func readPeriods() throws(SQLiteFailure) {
        let needsKeys =
            filter.customer != nil || filter.key != nil || query.grouping == .customer || query.grouping == .key
        if !needsKeys {
            try readRows(
                of: "dayModelUsage", period: "day", conditions: ["day BETWEEN ?1 AND ?2"],
                from: Int64(filter.since), through: Int64(filter.until))
            return
        }
        let conditions = try keyConditions()
        if query.since == nil, query.until == nil, query.grouping != .day, query.grouping != .month {
            for condition in conditions.isEmpty ? ["1"] : conditions {
                try readRows(of: "keyUsage", period: "NULL", conditions: [condition])
            }
            return
        }
        guard let (first, last) = try bounds() else { return }
        try read(first, last, conditions, from: coarsePeriods[...])
    }

    /// A table whose rows stand for several days.
    private struct Period {
        var table: String
        var column: String
        var number: (Day) -> Int32
        var firstDay: (Int32) -> Day
    }

    /// The tables that know what the query asks for, the longest periods first; the table of days is not among them.
    private var coarsePeriods: [Period] {
        guard query.grouping != .day, filter.model != nil || query.grouping != .model else { return [] }
        let kind = filter.model == nil ? "Key" : "Model"
        let months = Period(
            table: "month\(kind)Usage", column: "month", number: { $0.month.sinceEpoch },
            firstDay: { Month(sinceEpoch: $0).firstDay })
        if query.grouping == .month { return [months] }
        let quarters = Period(
            table: "quarter\(kind)Usage", column: "quarter", number: { Quarter(of: $0.month).sinceEpoch },
            firstDay: { Quarter(sinceEpoch: $0).firstDay })
        return [quarters, months]
    }

    /// Reads whole periods from their own table, and the days at both ends from that of shorter ones.
    private func read(
        _ first: Day, _ last: Day, _ conditions: [String], from periods: ArraySlice<Period>
    ) throws(SQLiteFailure) {
        guard first <= last else { return }
        guard let period = periods.first else {
            let table = filter.model == nil && query.grouping != .model ? "dayKeyUsage" : "dayUsage"
            try readSpan(of: table, period: "day", Int64(first.sinceEpoch), Int64(last.sinceEpoch), conditions)
            return
        }
        var whole = period.number(first)
        if period.firstDay(whole) < first { whole += 1 }
        let next = period.number(last.next)
        guard whole < next else {
            try read(first, last, conditions, from: periods.dropFirst())
            return
        }
        // A model comes before customer and key, so it is looked up period by period, as they are.
        let ranges = conditions.isEmpty && filter.model != nil ? ["1"] : conditions
        try readSpan(of: period.table, period: period.column, Int64(whole), Int64(next - 1), ranges)
        try read(first, period.firstDay(whole).previous, conditions, from: periods.dropFirst())
        try read(period.firstDay(next), last, conditions, from: periods.dropFirst())
    }

    /// The days that both the query and the roll-ups have, widened to whole quarters where the query leaves them whole.
    private func bounds() throws(SQLiteFailure) -> (first: Day, last: Day)? {
        let select = try connection.prepare("SELECT min(day), max(day) FROM dayModelUsage")
        guard try select.step(), !select.isNull(at: 0) else { return nil }
        let oldest = Day(sinceEpoch: Int32(clamping: select.integer(at: 0)))
        let newest = Day(sinceEpoch: Int32(clamping: select.integer(at: 1)))
        let first = Day(sinceEpoch: max(filter.since, Quarter(of: oldest.month).firstDay.sinceEpoch))
        let last = Day(sinceEpoch: min(filter.until, Quarter(of: newest.month).lastDay.sinceEpoch))
        return first <= last ? (first, last) : nil
    }

    /// The conditions on customer and key, one set for each range of the tables that they lead to.
    ///
    /// The tables are ordered by customer before key. So when only a key is asked for, its customers are looked up.
    private func keyConditions() throws(SQLiteFailure) -> [String] {
        guard let key = filter.key else { return filter.customer.map { ["customer = \($0)"] } ?? [] }
        if let customer = filter.customer { return ["customer = \(customer) AND key = \(key)"] }
        let select = try connection.prepare("SELECT customer FROM keyCustomer WHERE key = ?1")
        select.bind(key, at: 1)
        var conditions: [String] = []
        while try select.step() { conditions.append("customer = \(select.integer(at: 0)) AND key = \(key)") }
        // A key that the roll-ups do not know yet: nothing matches.
        return conditions.isEmpty ? ["customer < 0"] : conditions
    }

    /// Reads periods `first` through `last`: at one stretch, or, with conditions, the matching part of each period.
    private func readSpan(
        of table: String, period: String, _ first: Int64, _ last: Int64, _ conditions: [String]
    ) throws(SQLiteFailure) {
        if conditions.isEmpty {
            try readRows(
                of: table, period: period, conditions: ["\(period) BETWEEN ?1 AND ?2"], from: first, through: last)
        }
        for condition in conditions {
            // Inside one period the rows of a customer lie together, so going period by period skips all others.
            let periods = """
                WITH RECURSIVE period(number) AS (
                    SELECT ?1 UNION ALL SELECT number + 1 FROM period WHERE number < ?2
                )
                """
            try readRows(
                of: "period CROSS JOIN \(table)", period: period, with: periods,
                conditions: ["\(period) = period.number", condition], from: first, through: last)
        }
    }

    private func readRows(
        of source: String, period: String, with prefix: String = "", conditions: [String], from first: Int64? = nil,
        through last: Int64? = nil
    ) throws(SQLiteFailure) {
        let all = conditions + (filter.model.map { ["model = \($0)"] } ?? [])
        let group =
            switch query.grouping {
            case .total: "0"
            case .day, .month: period
            case .model: "model"
            case .customer: "customer"
            case .key: "key"
            case .session: "NULL"
            }
        let select = try connection.prepare(
            "\(prefix) SELECT \(group), \(RollupSums.columns.joined(separator: ", ")) FROM \(source) "
                + "WHERE \(all.joined(separator: " AND "))")
        if let first { select.bind(first, at: 1) }
        if let last { select.bind(last, at: 2) }
        let isDayOfMonth = query.grouping == .month && period == "day"
        var months: [Int64: Int64] = [:]
        while try select.step() {
            var group = select.integer(at: 0)
            if isDayOfMonth {
                let month = months[group] ?? Int64(Day(sinceEpoch: Int32(clamping: group)).month.sinceEpoch)
                months[group] = month
                group = month
            }
            groups.add(RollupSums.read(from: select, at: 1), to: group)
        }
    }
}
