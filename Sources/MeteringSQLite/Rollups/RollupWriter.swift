internal import Metering

/// Adds sums to the roll-up tables.
///
/// The sums of many events come together here, so each table is touched once per row and not once per event. Rows are
/// written in the order of their keys, so that neighbours share pages.
final class RollupWriter {
    private let dayModel: StoreStatement
    private let day: StoreStatement
    private let dayKey: StoreStatement
    private let monthKey: StoreStatement
    private let monthModel: StoreStatement
    private let quarterKey: StoreStatement
    private let quarterModel: StoreStatement
    private let lifetime: StoreStatement
    private let session: StoreStatement
    private let sessionDay: StoreStatement
    private let sessionCharges: SessionChargeWriter
    private let keyCustomer: StoreStatement
    private var knownPairs: Set<KeyCustomer> = []

    private struct KeyCustomer: Hashable {
        var key: Int64
        var customer: Int64
    }

    /// A row of the tables that know no session; what a table does not tell apart is 0.
    private struct PeriodKey: Hashable {
        var period: Int32 = 0
        var model: Int64 = 0
        var customer: Int64 = 0
        var key: Int64 = 0
    }

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        func upsert(
            _ table: String, _ columns: [String], adding additions: String = RollupSums.additions
        ) throws(SQLiteFailure) -> StoreStatement {
            let all = columns + RollupSums.columns
            let parameters = all.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            return try connection.prepare(
                "INSERT INTO \(table) (\(all.joined(separator: ", "))) VALUES (\(parameters)) "
                    + "ON CONFLICT DO UPDATE SET \(additions)")
        }
        let days = "firstDay = min(firstDay, excluded.firstDay), lastDay = max(lastDay, excluded.lastDay), "
        dayModel = try upsert("dayModelUsage", ["day", "model"])
        day = try upsert("dayUsage", ["day", "customer", "key", "model"])
        dayKey = try upsert("dayKeyUsage", ["day", "customer", "key"])
        monthKey = try upsert("monthKeyUsage", ["month", "customer", "key"])
        monthModel = try upsert("monthModelUsage", ["month", "model", "customer", "key"])
        quarterKey = try upsert("quarterKeyUsage", ["quarter", "customer", "key"])
        quarterModel = try upsert("quarterModelUsage", ["quarter", "model", "customer", "key"])
        lifetime = try upsert("keyUsage", ["customer", "key", "model"])
        session = try upsert(
            "sessionUsage", ["session", "customer", "key", "model", "firstDay", "lastDay"],
            adding: days + RollupSums.additions)
        sessionDay = try upsert("sessionDayUsage", ["session", "day", "customer", "key", "model"])
        sessionCharges = try SessionChargeWriter(connection)
        keyCustomer = try connection.prepare(
            "INSERT INTO keyCustomer (key, customer) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
    }

    /// Adds the sums.
    func add(_ pending: [RollupKey: UsageSums]) throws(SQLiteFailure) {
        try addSessions(pending)
        try sessionCharges.add(pending)
        var days: [PeriodKey: UsageSums] = [:]
        for (key, sums) in pending {
            let row = PeriodKey(
                period: key.day.sinceEpoch, model: key.model, customer: key.customer, key: key.key)
            days[row, default: UsageSums()] += sums
        }
        try write(days, to: day) { [Int64($0.period), $0.customer, $0.key, $0.model] }
        try writeKeys(of: days, to: dayKey)
        try write(merged(days) { PeriodKey(period: $0.period, model: $0.model) }, to: dayModel) {
            [Int64($0.period), $0.model]
        }
        try write(
            merged(days) { PeriodKey(model: $0.model, customer: $0.customer, key: $0.key) }, to: lifetime
        ) { [$0.customer, $0.key, $0.model] }
        var monthOfDay: [Int32: Int32] = [:]
        let months = merged(days) { row in
            var row = row
            let month = monthOfDay[row.period] ?? Day(sinceEpoch: row.period).month.sinceEpoch
            monthOfDay[row.period] = month
            row.period = month
            return row
        }
        try writeModels(months, to: monthModel)
        try writeKeys(of: months, to: monthKey)
        let quarters = merged(months) { row in
            var row = row
            row.period = Quarter(of: Month(sinceEpoch: row.period)).sinceEpoch
            return row
        }
        try writeModels(quarters, to: quarterModel)
        try writeKeys(of: quarters, to: quarterKey)
        for row in days.keys { try link(KeyCustomer(key: row.key, customer: row.customer)) }
    }

    /// Forgets what a transaction that was rolled back may have added.
    func reset() { knownPairs = [] }

    /// Adds up rows that are the same in a coarser table.
    private func merged(
        _ rows: [PeriodKey: UsageSums], _ coarser: (PeriodKey) -> PeriodKey
    ) -> [PeriodKey: UsageSums] {
        var merged: [PeriodKey: UsageSums] = [:]
        for (row, sums) in rows { merged[coarser(row), default: UsageSums()] += sums }
        return merged
    }

    private func writeModels(_ rows: [PeriodKey: UsageSums], to statement: StoreStatement) throws(SQLiteFailure) {
        try write(rows, to: statement) { [Int64($0.period), $0.model, $0.customer, $0.key] }
    }

    private func writeKeys(of rows: [PeriodKey: UsageSums], to statement: StoreStatement) throws(SQLiteFailure) {
        let keys = merged(rows) { PeriodKey(period: $0.period, customer: $0.customer, key: $0.key) }
        try write(keys, to: statement) { [Int64($0.period), $0.customer, $0.key] }
    }

    private func write(
        _ rows: [PeriodKey: UsageSums], to statement: StoreStatement, primaryKey: (PeriodKey) -> [Int64]
    ) throws(SQLiteFailure) {
        let ordered = rows.map { (key: primaryKey($0.key), sums: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, sums) in ordered {
            var index: Int32 = 1
            for value in key {
                statement.bind(value, at: index)
                index += 1
            }
            RollupSums.bind(sums, to: statement, from: index)
            try statement.run()
        }
    }

    private func addSessions(_ pending: [RollupKey: UsageSums]) throws(SQLiteFailure) {
        let ordered = pending.sorted { lhs, rhs in
            lhs.key.session == rhs.key.session ? lhs.key.day < rhs.key.day : lhs.key.session < rhs.key.session
        }
        for (key, sums) in ordered {
            session.bind(key.session, at: 1)
            session.bind(key.customer, at: 2)
            session.bind(key.key, at: 3)
            session.bind(key.model, at: 4)
            session.bind(Int64(key.day.sinceEpoch), at: 5)
            session.bind(Int64(key.day.sinceEpoch), at: 6)
            RollupSums.bind(sums, to: session, from: 7)
            try session.run()
            sessionDay.bind(key.session, at: 1)
            sessionDay.bind(Int64(key.day.sinceEpoch), at: 2)
            sessionDay.bind(key.customer, at: 3)
            sessionDay.bind(key.key, at: 4)
            sessionDay.bind(key.model, at: 5)
            RollupSums.bind(sums, to: sessionDay, from: 6)
            try sessionDay.run()
        }
    }

    private func link(_ pair: KeyCustomer) throws(SQLiteFailure) {
        guard !knownPairs.contains(pair) else { return }
        keyCustomer.bind(pair.key, at: 1)
        keyCustomer.bind(pair.customer, at: 2)
        try keyCustomer.run()
        if knownPairs.count >= 16_384 { knownPairs = [] }
        knownPairs.insert(pair)
    }
}
