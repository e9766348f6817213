internal import Metering

extension UsageReader {
    /// Reads queries by session, or of one session.
    ///
    /// A session mostly lies inside one day or a few. So its totals answer a query about days too, unless the bounds cut
    /// through it; only then its days are read.
    ///
    /// - Parameter numbers: The sessions that can match, in SQL; `nil` for all.
    func readSessions(in numbers: String?) throws(SQLiteFailure) {
        if query.grouping == .day || query.grouping == .month {
            try readDaysOfSession()
            return
        }
        let restriction = numbers.map { " AND session IN (\($0))" } ?? ""
        let select = try connection.prepare(
            """
            SELECT session, model, customer, key, firstDay, lastDay, \(RollupSums.columns.joined(separator: ", "))
            FROM sessionUsage WHERE firstDay <= ?2 AND lastDay >= ?1\(conditions)\(restriction)
            ORDER BY session
            """)
        let selectDays = try connection.prepare(
            """
            SELECT \(RollupSums.columns.joined(separator: ", ")) FROM sessionDayUsage
            WHERE session = ?3 AND day BETWEEN ?1 AND ?2 AND customer = ?4 AND key = ?5 AND model = ?6
            """)
        for statement in [select, selectDays] {
            statement.bind(Int64(filter.since), at: 1)
            statement.bind(Int64(filter.until), at: 2)
        }
        var current: (session: Int64, sums: UsageSums)?
        while try select.step() {
            let isWhole = select.integer(at: 4) >= Int64(filter.since) && select.integer(at: 5) <= Int64(filter.until)
            let sums = isWhole ? RollupSums.read(from: select, at: 6) : try days(of: select, with: selectDays)
            guard let sums else { continue }
            switch query.grouping {
            case .session:
                let session = select.integer(at: 0)
                if current?.session == session {
                    current?.sums += sums
                } else {
                    if let current { groups.complete(current.session, with: current.sums) }
                    current = (session, sums)
                }
            case .model: groups.add(sums, to: select.integer(at: 1))
            case .customer: groups.add(sums, to: select.integer(at: 2))
            case .key: groups.add(sums, to: select.integer(at: 3))
            case .total, .day, .month: groups.add(sums, to: 0)
            }
        }
        if let current { groups.complete(current.session, with: current.sums) }
    }

    /// The query's filters, in SQL.
    var conditions: String {
        var conditions = ""
        if let session = filter.session { conditions += " AND session = \(session)" }
        if let customer = filter.customer { conditions += " AND customer = \(customer)" }
        if let key = filter.key { conditions += " AND key = \(key)" }
        if let model = filter.model { conditions += " AND model = \(model)" }
        return conditions
    }

    /// What the days inside the bounds have of one row of `sessionUsage`; `nil` for nothing.
    private func days(of row: StoreStatement, with select: StoreStatement) throws(SQLiteFailure) -> UsageSums? {
        select.bind(row.integer(at: 0), at: 3)
        select.bind(row.integer(at: 2), at: 4)
        select.bind(row.integer(at: 3), at: 5)
        select.bind(row.integer(at: 1), at: 6)
        defer { select.reset() }
        var total: UsageSums?
        while try select.step() { total = (total ?? UsageSums()) + RollupSums.read(from: select, at: 0) }
        return total
    }

    private func readDaysOfSession() throws(SQLiteFailure) {
        let select = try connection.prepare(
            """
            SELECT day, \(RollupSums.columns.joined(separator: ", ")) FROM sessionDayUsage
            WHERE day BETWEEN ?1 AND ?2\(conditions)
            """)
        select.bind(Int64(filter.since), at: 1)
        select.bind(Int64(filter.until), at: 2)
        while try select.step() {
            let day = Day(sinceEpoch: Int32(clamping: select.integer(at: 0)))
            let group = query.grouping == .day ? day.sinceEpoch : day.month.sinceEpoch
            groups.add(RollupSums.read(from: select, at: 1), to: Int64(group))
        }
    }
}
