/// What ranks and finds sessions, and what keeps events from being replaced.
extension StoreSchema {
    /// What sessions have cost, in the orders in which they are asked for.
    ///
    /// The indexes lead from the highest charge down: of all models together, and of each one. The third table leads from
    /// a customer, and its key, to its sessions.
    static var sessionRanks: [String] {
        [
            """
            CREATE TABLE sessionTotal (
                session INTEGER PRIMARY KEY REFERENCES eventSession(number), \(span)
            ) STRICT
            """,
            """
            INSERT INTO sessionTotal (session, \(spanNames))
            SELECT session, \(spanSums) FROM sessionCharge GROUP BY session
            """,
            // With the days, so that sessions out of bounds are passed over without being read.
            "CREATE INDEX sessionTotalCharge ON sessionTotal (chargeCarry DESC, charge DESC, firstDay, lastDay)",
            """
            CREATE TABLE modelSession (
                \(keyed(by: ["model", "session"]).joined(separator: ", ")), \(span), PRIMARY KEY (model, session)
            ) STRICT, WITHOUT ROWID
            """,
            """
            INSERT INTO modelSession (model, session, \(spanNames))
            SELECT model, session, \(spanSums) FROM sessionUsage GROUP BY model, session
            """,
            "CREATE INDEX modelSessionCharge ON modelSession (model, chargeCarry DESC, charge DESC, firstDay, lastDay)",
            """
            CREATE TABLE customerSession (
                \(keyed(by: ["customer", "key", "session"]).joined(separator: ", ")), \(span),
                PRIMARY KEY (customer, key, session)
            ) STRICT, WITHOUT ROWID
            """,
            """
            INSERT INTO customerSession (customer, key, session, \(spanNames))
            SELECT customer, key, session, \(spanNames) FROM sessionCharge ORDER BY customer, key, session
            """,
            "DROP TABLE sessionCharge",
            "DROP INDEX sessionUsageModel",
        ]
    }

    /// First day, last day and charge.
    private static let span = """
        firstDay INTEGER NOT NULL,
        lastDay INTEGER NOT NULL CHECK (lastDay >= firstDay),
        charge INTEGER NOT NULL CHECK (charge >= 0),
        chargeCarry INTEGER NOT NULL CHECK (chargeCarry >= 0)
        """
    private static let spanNames = "firstDay, lastDay, charge, chargeCarry"
    private static var spanSums: String { "min(firstDay), max(lastDay), \(charge.joined(separator: ", "))" }

    /// Days without models, and quarters: a question about a year by customer or key reads half as many rows.
    static var quarters: [String] {
        let columns = RollupSums.columns.joined(separator: ", ")
        return [
            ("dayKeyUsage", "day", ["customer", "key"], "day", "dayUsage"),
            ("quarterKeyUsage", "quarter", ["customer", "key"], "month / 3", "monthKeyUsage"),
            ("quarterModelUsage", "quarter", ["model", "customer", "key"], "month / 3", "monthModelUsage"),
        ].flatMap { table, period, key, number, source in
            [
                rollup(table, ["\(period) INTEGER NOT NULL"] + keyed(by: key)),
                """
                INSERT INTO \(table) (\(period), \(key.joined(separator: ", ")), \(columns))
                SELECT \(number), \(key.joined(separator: ", ")), \(sums) FROM \(source)
                GROUP BY \(number), \(key.joined(separator: ", "))
                """,
            ]
        }
    }
}
