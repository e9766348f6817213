internal import Metering

/// Adds sums to the six roll-up tables.
///
/// The sums of many events come together here, so each table is touched once per row and not once per event.
final class RollupWriter {
    private let dayModel: StoreStatement
    private let day: StoreStatement
    private let month: StoreStatement
    private let lifetime: StoreStatement
    private let session: StoreStatement
    private let sessionDay: StoreStatement
    private let keyCustomer: StoreStatement
    private var knownPairs: Set<KeyCustomer> = []

    private struct KeyCustomer: Hashable {
        var key: Int64
        var customer: Int64
    }

    private struct PeriodKey: Hashable {
        var period: Int32
        var customer: Int64
        var key: Int64
        var model: Int64
    }

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        func upsert(_ table: String, _ columns: [String], also extra: String = "") throws(SQLiteFailure)
            -> StoreStatement
        {
            let all = columns + RollupSums.columns
            let parameters = all.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            return try connection.prepare(
                "INSERT INTO \(table) (\(all.joined(separator: ", "))) VALUES (\(parameters)) "
                    + "ON CONFLICT DO UPDATE SET \(extra)\(RollupSums.additions)")
        }
        dayModel = try upsert("dayModelUsage", ["day", "model"])
        day = try upsert("dayUsage", ["day", "customer", "key", "model"])
        month = try upsert("monthUsage", ["month", "customer", "key", "model"])
        lifetime = try upsert("keyUsage", ["customer", "key", "model"])
        session = try upsert(
            "sessionUsage", ["session", "customer", "key", "model", "firstDay", "lastDay"],
            also: "firstDay = min(firstDay, excluded.firstDay), lastDay = max(lastDay, excluded.lastDay), ")
        sessionDay = try upsert("sessionDayUsage", ["session", "day", "customer", "key", "model"])
        keyCustomer = try connection.prepare(
            "INSERT INTO keyCustomer (key, customer) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
    }

    /// Adds the sums.
    ///
    /// Rows are written in the order of their keys, so that neighbours share pages.
    func add(_ pending: [RollupKey: UsageSums]) throws(SQLiteFailure) {
        try addSessions(pending)
        var days: [PeriodKey: UsageSums] = [:]
        for (key, sums) in pending {
            let period = PeriodKey(period: key.day.sinceEpoch, customer: key.customer, key: key.key, model: key.model)
            days[period, default: UsageSums()] += sums
        }
        var months: [PeriodKey: UsageSums] = [:]
        var lifetimes: [PeriodKey: UsageSums] = [:]
        var models: [PeriodKey: UsageSums] = [:]
        var monthOfDay: [Int32: Int32] = [:]
        for (key, sums) in days {
            var coarse = key
            coarse.customer = 0
            coarse.key = 0
            models[coarse, default: UsageSums()] += sums
            coarse = key
            coarse.period = 0
            lifetimes[coarse, default: UsageSums()] += sums
            coarse.period = monthOfDay[key.period] ?? Day(sinceEpoch: key.period).month.sinceEpoch
            monthOfDay[key.period] = coarse.period
            months[coarse, default: UsageSums()] += sums
        }
        try addPeriods(days, to: day)
        try addPeriods(months, to: month)
        for (key, sums) in lifetimes.sorted(by: { $0.key.customer < $1.key.customer }) {
            lifetime.bind(key.customer, at: 1)
            lifetime.bind(key.key, at: 2)
            lifetime.bind(key.model, at: 3)
            RollupSums.bind(sums, to: lifetime, from: 4)
            try lifetime.run()
        }
        for (key, sums) in models {
            dayModel.bind(Int64(key.period), at: 1)
            dayModel.bind(key.model, at: 2)
            RollupSums.bind(sums, to: dayModel, from: 3)
            try dayModel.run()
        }
        for key in days.keys { try link(KeyCustomer(key: key.key, customer: key.customer)) }
    }

    /// Forgets what a transaction that was rolled back may have added.
    func reset() { knownPairs = [] }

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

    private func addPeriods(
        _ rows: [PeriodKey: UsageSums], to statement: StoreStatement
    ) throws(SQLiteFailure) {
        let ordered = rows.sorted { lhs, rhs in
            lhs.key.period == rhs.key.period ? lhs.key.customer < rhs.key.customer : lhs.key.period < rhs.key.period
        }
        for (key, sums) in ordered {
            statement.bind(Int64(key.period), at: 1)
            statement.bind(key.customer, at: 2)
            statement.bind(key.key, at: 3)
            statement.bind(key.model, at: 4)
            RollupSums.bind(sums, to: statement, from: 5)
            try statement.run()
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
