internal import Metering

/// Adds to what sessions have cost: in all, by model, and by customer and key.
///
/// A session changes often, and a change moves it in an index; so each is written once for all events that came together.
final class SessionChargeWriter {
    private let total: StoreStatement
    private let ofModel: StoreStatement
    private let ofKey: StoreStatement

    /// A row; what a table does not tell apart is 0.
    private struct Row: Hashable {
        var model: Int64 = 0
        var customer: Int64 = 0
        var key: Int64 = 0
        var session: Int64
    }

    /// What a row holds.
    private struct Span {
        var firstDay: Int32
        var lastDay: Int32
        var charge: PicoUSD

        mutating func add(_ other: Span) {
            firstDay = min(firstDay, other.firstDay)
            lastDay = max(lastDay, other.lastDay)
            charge += other.charge
        }
    }

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        func upsert(_ table: String, _ key: [String]) throws(SQLiteFailure) -> StoreStatement {
            let columns = key + ["firstDay", "lastDay", "charge", "chargeCarry"]
            let parameters = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            return try connection.prepare(
                """
                INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(parameters))
                ON CONFLICT DO UPDATE SET firstDay = min(firstDay, excluded.firstDay),
                    lastDay = max(lastDay, excluded.lastDay), \(RollupSums.chargeAdditions)
                """)
        }
        total = try upsert("sessionTotal", ["session"])
        ofModel = try upsert("modelSession", ["model", "session"])
        ofKey = try upsert("customerSession", ["customer", "key", "session"])
    }

    /// Adds the sums.
    func add(_ pending: [RollupKey: UsageSums]) throws(SQLiteFailure) {
        var models: [Row: Span] = [:]
        var keys: [Row: Span] = [:]
        for (key, sums) in pending {
            let span = Span(firstDay: key.day.sinceEpoch, lastDay: key.day.sinceEpoch, charge: sums.charge)
            Self.add(span, to: Row(model: key.model, session: key.session), in: &models)
            Self.add(span, to: Row(customer: key.customer, key: key.key, session: key.session), in: &keys)
        }
        var totals: [Row: Span] = [:]
        for (row, span) in models { Self.add(span, to: Row(session: row.session), in: &totals) }
        try write(totals, to: total) { [$0.session] }
        try write(models, to: ofModel) { [$0.model, $0.session] }
        try write(keys, to: ofKey) { [$0.customer, $0.key, $0.session] }
    }

    private static func add(_ span: Span, to row: Row, in rows: inout [Row: Span]) {
        if rows[row]?.add(span) == nil { rows[row] = span }
    }

    private func write(
        _ rows: [Row: Span], to statement: StoreStatement, primaryKey: (Row) -> [Int64]
    ) throws(SQLiteFailure) {
        let ordered = rows.map { (key: primaryKey($0.key), span: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, span) in ordered {
            for (index, value) in key.enumerated() { statement.bind(value, at: Int32(index + 1)) }
            let next = Int32(key.count + 1)
            statement.bind(Int64(span.firstDay), at: next)
            statement.bind(Int64(span.lastDay), at: next + 1)
            RollupSums.bindCharge(span.charge, to: statement, from: next + 2)
            try statement.run()
        }
    }
}
