internal import Bolt
internal import Metering
internal import Synchronization

/// Appends groups of submissions, each in a transaction of its own.
///
/// Nearly all ids are new, and the constraint on them finds out when one is not. So ids are looked up before only in the
/// next try of a transaction that failed, and for a while after some were known: an import is often repeated as a whole.
final class Appender: Sendable {
    /// How many messages one statement creates: more cost memory, and do not make it faster.
    private static let statementLimit = 1_000
    /// In how many groups ids are looked up after one of them was known.
    private static let watchfulness = 100

    let database: GraphDatabase
    /// The store's name among all that write to the database.
    let writer = Token.make()
    /// In how many groups ids are still to be looked up.
    private let lookUps = Mutex(0)

    init(_ database: GraphDatabase) { self.database = database }

    /// Appends a group, and returns what became of each event.
    func append(_ group: ArraySlice<Submission>) async throws(MeteringError) -> [[AppendOutcome]] {
        // What each try would have achieved: one whose commit was not answered may have been the one.
        var tries: [String: [[AppendOutcome]]] = [:]
        return try await database.write { transaction, _ in
            let token = Token.make()
            let looksUp = !tries.isEmpty || self.isWatchful()
            let state = try await self.takeTurn(group, token, looksUp: looksUp, in: transaction)
            if let last = state.lastToken, let outcomes = tries[last] { return outcomes }
            if !state.known.isEmpty { self.lookUps.withLock { $0 = Self.watchfulness } }
            let plan = AppendPlan(group, after: state)
            tries[token] = plan.outcomes
            try await self.write(plan, token, in: transaction)
            return plan.outcomes
        }
    }

    private func isWatchful() -> Bool {
        lookUps.withLock { count in
            guard count > 0 else { return false }
            count -= 1
            return true
        }
    }

    private func takeTurn(
        _ group: ArraySlice<Submission>, _ token: String, looksUp: Bool, in transaction: BoltTransaction
    ) async throws -> ChainState {
        let events = group.lazy.flatMap(\.events)
        var query = BoltQuery(
            text: ChainState.query + (looksUp ? ChainState.lookUp : ChainState.assume),
            parameters: [
                "token": token, "writer": writer, "customers": Array(Set(events.map(\.customer.rawValue))),
            ])
        if looksUp { query.parameters["ids"] = Array(Set(events.map(\.id.rawValue))) }
        guard let record = try await transaction.execute(query).records.first else { throw MeteringError.unprepared }
        return try ChainState(record)
    }

    private func write(_ plan: AppendPlan, _ token: String, in transaction: BoltTransaction) async throws {
        guard !plan.rows.isEmpty else { return }
        // The order of the customers is the same for all writers.
        let heads = plan.heads.sorted { $0.key.rawValue < $1.key.rawValue }
        try await transaction.run(
            """
            MATCH (s:StoreState {id: 1}) SET s.position = \(plan.position)
            MERGE (w:Writer {id: \(writer)}) SET w.token = \(token), w.time = timestamp()
            WITH w
            UNWIND \(heads.map { HeadRow(customer: $0.key, head: $0.value) }) AS h
            MERGE (c:Customer {id: h[0]}) SET c.sequence = h[1], c.hash = h[2]
            """
        ).consume()
        for start in stride(from: 0, to: plan.rows.count, by: Self.statementLimit) {
            let rows = plan.rows[start..<min(start + Self.statementLimit, plan.rows.count)]
            try await transaction.run(
                BoltQuery(text: SessionGroup.creation, parameters: ["sessions": SessionGroup.groups(rows)])
            ).consume()
        }
        for level in UsageLevel.allCases {
            let rows = level.rows(plan.usage)
            for start in stride(from: 0, to: rows.count, by: Self.statementLimit) {
                let part = Array(rows[start..<min(start + Self.statementLimit, rows.count)])
                try await transaction.run(BoltQuery(text: level.addition, parameters: ["rows": part])).consume()
            }
        }
    }

    /// Removes what the database remembers of this writer.
    func forget() async throws(MeteringError) {
        try await database.write { transaction, _ in
            try await transaction.run("MATCH (w:Writer {id: \(writer)}) DELETE w").consume()
        }
    }
}

/// The new end of a chain: `[customer, sequence, hash]`.
private struct HeadRow: BoltEncodable {
    var customer: CustomerID
    var head: ChainState.Head

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: 3)
        try writer.write(customer.rawValue)
        writer.write(head.sequence)
        try writer.write(head.hash.description)
    }
}
