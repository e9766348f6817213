/// The roll-ups that were added after the first version, and how they are filled from the older ones.
extension StoreSchema {
    /// Totals of all time, so that they need not be added up from months.
    static var lifetime: [String] {
        [
            rollup("keyUsage", keyed(by: ["customer", "key", "model"])),
            """
            INSERT INTO keyUsage (customer, key, model, \(RollupSums.columns.joined(separator: ", ")))
            SELECT customer, key, model, \(sums) FROM monthUsage GROUP BY customer, key, model
            """,
        ]
    }

    /// Rows for questions that would read many times as many of the older tables.
    ///
    /// Months know either the model before customer and key, or no model at all; sessions that are ranked know only what
    /// they cost and when they were.
    static var narrowRollups: [String] {
        let columns = RollupSums.columns.joined(separator: ", ")
        return [
            rollup("monthKeyUsage", ["month INTEGER NOT NULL"] + keyed(by: ["customer", "key"])),
            """
            INSERT INTO monthKeyUsage (month, customer, key, \(columns))
            SELECT month, customer, key, \(sums) FROM monthUsage GROUP BY month, customer, key
            """,
            rollup("monthModelUsage", ["month INTEGER NOT NULL"] + keyed(by: ["model", "customer", "key"])),
            """
            INSERT INTO monthModelUsage (month, model, customer, key, \(columns))
            SELECT month, model, customer, key, \(columns) FROM monthUsage ORDER BY month, model, customer, key
            """,
            "DROP TABLE monthUsage",
            """
            CREATE TABLE sessionCharge (
                \(keyed(by: ["session", "customer", "key"]).joined(separator: ", ")),
                firstDay INTEGER NOT NULL,
                lastDay INTEGER NOT NULL CHECK (lastDay >= firstDay),
                charge INTEGER NOT NULL CHECK (charge >= 0),
                chargeCarry INTEGER NOT NULL CHECK (chargeCarry >= 0),
                PRIMARY KEY (session, customer, key)
            ) STRICT, WITHOUT ROWID
            """,
            """
            INSERT INTO sessionCharge (session, customer, key, firstDay, lastDay, charge, chargeCarry)
            SELECT session, customer, key, min(firstDay), max(lastDay), \(charge.joined(separator: ", "))
            FROM sessionUsage GROUP BY session, customer, key
            """,
            // Both hold all that ranking needs, so that it reads nothing else.
            """
            CREATE INDEX sessionChargeCustomer
            ON sessionCharge (customer, session, key, firstDay, lastDay, charge, chargeCarry)
            """,
            """
            CREATE INDEX sessionUsageModel
            ON sessionUsage (model, session, customer, key, firstDay, lastDay, charge, chargeCarry)
            """,
        ]
    }

    static func keyed(by columns: [String]) -> [String] {
        columns.map { "\($0) INTEGER NOT NULL REFERENCES event\($0.prefix(1).uppercased())\($0.dropFirst())(number)" }
    }

    static func rollup(_ name: String, _ key: [String]) -> String {
        let sums = RollupSums.columns.map { "\($0) INTEGER NOT NULL CHECK (\($0) >= 0)" }
        let names = key.map { $0.prefix { $0 != " " } }.joined(separator: ", ")
        return "CREATE TABLE \(name) (\((key + sums).joined(separator: ", ")), PRIMARY KEY (\(names))) "
            + "STRICT, WITHOUT ROWID"
    }

    /// Adds up the columns of a roll-up.
    static var sums: String {
        (RollupSums.columns.dropLast(2).map { "sum(\($0))" } + charge).joined(separator: ", ")
    }

    /// Adds up charges in two parts, so that no sum leaves 64 bits: at most a few thousand rows are added here.
    static let charge = [
        "sum(charge % 1000000000) % 1000000000 "
            + "+ ((sum(charge / 1000000000) + sum(charge % 1000000000) / 1000000000) % 1000000000) * 1000000000",
        "sum(chargeCarry) + (sum(charge / 1000000000) + sum(charge % 1000000000) / 1000000000) / 1000000000",
    ]
}
