internal import Metering

/// Finds the sessions of highest charge among those that a query asks for.
///
/// Indexes have sessions in the order of their charge: in all, or of a model. What counts for the query is at most that,
/// for bounds, customer and key only take away. So sessions are gone through from the highest down until none below can be
/// among the highest; mostly that is after few. Where it is not, and where a customer or key has few sessions anyway, those
/// that can match at all are gone through in the order of a narrower table.
struct SessionRanking {
    private let connection: StoreConnection
    private let filter: UsageReader.Filter
    private let limit: Int
    /// What the session of a number has cost within the filter, row by row.
    private let selectRows: StoreStatement
    private let selectDays: StoreStatement
    /// Sums of recent events, which the tables do not hold yet.
    private let recent: [Int64: PicoUSD]
    private var highest: HighestCharges

    /// A session, with at least what it has cost within the filter.
    private struct Candidate {
        var session: Int64
        var firstDay: Int64
        var lastDay: Int64
        var charge: PicoUSD
    }

    /// - Parameters:
    ///   - conditions: The filter, without its days, in SQL.
    ///   - recent: What the query counts of events that the tables do not hold.
    init(
        _ connection: StoreConnection, _ filter: UsageReader.Filter, conditions: String, limit: Int,
        recent: [Int64: PicoUSD]
    ) throws(SQLiteFailure) {
        self.connection = connection
        self.filter = filter
        // There are fewer sessions than that.
        self.limit = min(limit, 1 << 40)
        self.recent = recent
        highest = HighestCharges(limit: self.limit)
        selectRows = try connection.prepare(
            """
            SELECT firstDay, lastDay, charge, chargeCarry, customer, key, model FROM sessionUsage
            WHERE session = ?3 AND firstDay <= ?2 AND lastDay >= ?1\(conditions)
            """)
        selectDays = try connection.prepare(
            """
            SELECT charge, chargeCarry FROM sessionDayUsage
            WHERE session = ?3 AND day BETWEEN ?1 AND ?2 AND customer = ?4 AND key = ?5 AND model = ?6
            """)
        for statement in [selectRows, selectDays] { bindDays(to: statement) }
    }

    /// The numbers of the highest, and of those equal to the last of them.
    ///
    /// - Parameter patience: How many sessions to look up, besides those asked for, before the narrower table is read.
    mutating func numbers(patience: Int) throws(SQLiteFailure) -> [Int64] {
        guard limit > 0 else { return [] }
        if try !haveFew(4 * patience) {
            try addRecent()
            if try descend(patience) { return highest.numbers() }
            highest = HighestCharges(limit: limit)
        }
        try addRecent()
        try scan()
        return highest.numbers()
    }

    private mutating func addRecent() throws(SQLiteFailure) {
        for (session, more) in recent { highest.add(session, charge: (try charge(of: session) ?? .zero) + more) }
    }

    /// Whether the customer or key has at most so many sessions.
    private func haveFew(_ limit: Int) throws(SQLiteFailure) -> Bool {
        guard filter.customer != nil || filter.key != nil else { return false }
        let count = try connection.prepare(
            "SELECT count(*) FROM (SELECT 1 FROM \(filter.sourceOfKeys) LIMIT \(limit + 1))")
        return try count.firstInteger() ?? 0 <= limit
    }

    // MARK: From the highest down

    /// Goes through all sessions by charge; `false` when that takes too long.
    ///
    /// To pass over a session that is out of bounds takes a sixteenth of the time that it takes to look one up.
    private mutating func descend(_ patience: Int) throws(SQLiteFailure) -> Bool {
        let (table, condition) = filter.model.map { ("modelSession", "model = \($0)") } ?? ("sessionTotal", "1")
        let select = try connection.prepare(
            """
            SELECT session, firstDay, lastDay, charge, chargeCarry FROM \(table) INDEXED BY \(table)Charge
            WHERE \(condition) ORDER BY chargeCarry DESC, charge DESC
            """)
        var reads = 16 * patience + 4 * limit
        var lookUps = patience + 4 * limit
        while try select.step() {
            let candidate = candidate(in: select)
            if highest.excludes(candidate.charge) { return true }
            reads -= 1
            if try add(candidate, isWhole: filter.customer == nil && filter.key == nil) { lookUps -= 1 }
            if reads < 0 || lookUps < 0 { return false }
        }
        return true
    }

    // MARK: All that can match

    private mutating func scan() throws(SQLiteFailure) {
        if filter.customer != nil || filter.key != nil {
            for candidate in try sessionsOfKeys() { _ = try add(candidate, isWhole: filter.model == nil) }
            return
        }
        let ofModel = filter.model.map { "modelSession INDEXED BY modelSessionCharge WHERE model = \($0)" }
        let source = ofModel ?? "sessionTotal WHERE 1"
        let select = try connection.prepare(
            """
            SELECT session, firstDay, lastDay, charge, chargeCarry FROM \(source)
                AND firstDay <= ?2 AND lastDay >= ?1
            """)
        bindDays(to: select)
        while try select.step() { _ = try add(candidate(in: select), isWhole: true) }
    }

    /// The sessions of the customer or key; several keys can be in one.
    private func sessionsOfKeys() throws(SQLiteFailure) -> [Candidate] {
        let select = try connection.prepare(
            """
            SELECT session, firstDay, lastDay, charge, chargeCarry FROM \(filter.sourceOfKeys)
                AND firstDay <= ?2 AND lastDay >= ?1
            """)
        bindDays(to: select)
        var candidates: [Int64: Candidate] = [:]
        while try select.step() {
            var candidate = candidate(in: select)
            if let other = candidates[candidate.session] {
                candidate.firstDay = min(candidate.firstDay, other.firstDay)
                candidate.lastDay = max(candidate.lastDay, other.lastDay)
                candidate.charge += other.charge
            }
            candidates[candidate.session] = candidate
        }
        return Array(candidates.values)
    }

    // MARK: Charges

    /// Adds a session.
    ///
    /// - Parameter isWhole: Whether the filter leaves all of its charge, but for the days.
    /// - Returns: Whether its charge had to be looked up.
    private mutating func add(_ candidate: Candidate, isWhole: Bool) throws(SQLiteFailure) -> Bool {
        let (since, until) = (Int64(filter.since), Int64(filter.until))
        guard candidate.firstDay <= until, candidate.lastDay >= since, !highest.excludes(candidate.charge),
            recent.isEmpty || recent[candidate.session] == nil
        else { return false }
        if isWhole, candidate.firstDay >= since, candidate.lastDay <= until {
            highest.add(candidate.session, charge: candidate.charge)
            return false
        }
        if let charge = try charge(of: candidate.session) { highest.add(candidate.session, charge: charge) }
        return true
    }

    /// What a session has cost within the filter; `nil` when nothing of it is.
    private func charge(of session: Int64) throws(SQLiteFailure) -> PicoUSD? {
        selectRows.bind(session, at: 3)
        defer { selectRows.reset() }
        var total: PicoUSD?
        while try selectRows.step() {
            let isWhole =
                selectRows.integer(at: 0) >= Int64(filter.since) && selectRows.integer(at: 1) <= Int64(filter.until)
            let whole = RollupSums.charge(selectRows.integer(at: 2), carry: selectRows.integer(at: 3))
            guard let charge = isWhole ? whole : try chargeOfDays(session) else { continue }
            total = (total ?? .zero) + charge
        }
        return total
    }

    /// What the days inside the bounds have of the row in ``selectRows``; `nil` for nothing.
    private func chargeOfDays(_ session: Int64) throws(SQLiteFailure) -> PicoUSD? {
        selectDays.bind(session, at: 3)
        for column: Int32 in 4...6 { selectDays.bind(selectRows.integer(at: column), at: column) }
        defer { selectDays.reset() }
        var total: PicoUSD?
        while try selectDays.step() {
            total = (total ?? .zero) + RollupSums.charge(selectDays.integer(at: 0), carry: selectDays.integer(at: 1))
        }
        return total
    }

    private func candidate(in row: StoreStatement) -> Candidate {
        Candidate(
            session: row.integer(at: 0), firstDay: row.integer(at: 1), lastDay: row.integer(at: 2),
            charge: RollupSums.charge(row.integer(at: 3), carry: row.integer(at: 4)))
    }

    private func bindDays(to statement: StoreStatement) {
        statement.bind(Int64(filter.since), at: 1)
        statement.bind(Int64(filter.until), at: 2)
    }
}
