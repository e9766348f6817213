internal import Metering

extension UsageReader {
    /// Reads the sessions of highest charge.
    ///
    /// A narrow table tells which they are, so that everything else is read of these few only.
    func readHighestSessions(_ limit: Int) throws(SQLiteFailure) {
        let numbers = try highestSessions(limit)
        for start in stride(from: 0, to: numbers.count, by: 500) {
            let list = numbers[start..<min(start + 500, numbers.count)].map(String.init).joined(separator: ", ")
            try readSessions(also: " AND session IN (\(list))")
        }
    }

    private func highestSessions(_ limit: Int) throws(SQLiteFailure) -> [Int64] {
        var highest = HighestCharges(limit: limit)
        // Sums of recent events, which the tables do not hold yet.
        var recent = groups.charges
        let select = try selectCharges()
        let selectDays = try selectChargesOfDays()
        for statement in [select, selectDays] {
            statement.bind(Int64(filter.since), at: 1)
            statement.bind(Int64(filter.until), at: 2)
        }
        func add(_ session: Int64, _ charge: PicoUSD) {
            guard !recent.isEmpty, let more = recent.removeValue(forKey: session) else {
                highest.add(session, charge: charge)
                return
            }
            highest.add(session, charge: charge + more)
        }
        var current: (session: Int64, charge: PicoUSD)?
        while try select.step() {
            let session = select.integer(at: 0)
            let isWhole = select.integer(at: 1) >= Int64(filter.since) && select.integer(at: 2) <= Int64(filter.until)
            let whole = RollupSums.charge(select.integer(at: 3), carry: select.integer(at: 4))
            guard let charge = isWhole ? whole : try chargeOfDays(select, with: selectDays) else { continue }
            if let known = current, known.session == session {
                current = (session, known.charge + charge)
            } else {
                if let current { add(current.session, current.charge) }
                current = (session, charge)
            }
        }
        if let current { add(current.session, current.charge) }
        for (session, charge) in recent { highest.add(session, charge: charge) }
        return highest.numbers()
    }

    /// What sessions have cost, by session × customer × key; of one model, if only that is asked for.
    private func selectCharges() throws(SQLiteFailure) -> StoreStatement {
        let source: String
        if filter.model != nil {
            source = "sessionUsage INDEXED BY sessionUsageModel"
        } else if filter.customer != nil || filter.key != nil {
            source = "sessionCharge INDEXED BY sessionChargeCustomer"
        } else {
            source = "sessionCharge"
        }
        var conditions = conditions
        if filter.model == nil, filter.customer == nil, let key = filter.key {
            conditions += " AND customer IN (SELECT customer FROM keyCustomer WHERE key = \(key))"
        }
        return try connection.prepare(
            """
            SELECT session, firstDay, lastDay, charge, chargeCarry, customer, key FROM \(source)
            WHERE firstDay <= ?2 AND lastDay >= ?1\(conditions) ORDER BY session
            """)
    }

    private func selectChargesOfDays() throws(SQLiteFailure) -> StoreStatement {
        try connection.prepare(
            """
            SELECT charge, chargeCarry FROM sessionDayUsage
            WHERE session = ?3 AND day BETWEEN ?1 AND ?2 AND customer = ?4 AND key = ?5
                \(filter.model.map { "AND model = \($0)" } ?? "")
            """)
    }

    /// What the days inside the bounds have of one row; `nil` for nothing.
    private func chargeOfDays(
        _ row: StoreStatement, with select: StoreStatement
    ) throws(SQLiteFailure) -> PicoUSD? {
        select.bind(row.integer(at: 0), at: 3)
        select.bind(row.integer(at: 5), at: 4)
        select.bind(row.integer(at: 6), at: 5)
        defer { select.reset() }
        var total: PicoUSD?
        while try select.step() {
            total = (total ?? .zero) + RollupSums.charge(select.integer(at: 0), carry: select.integer(at: 1))
        }
        return total
    }
}
