internal import Bolt
internal import Metering

/// The constraints and indexes, and the changes to them in the order they were made.
enum GraphSchema {
    /// The version that this code writes and reads.
    static let version: Int64 = 1

    /// Brings a database up to the version.
    ///
    /// Statements may be repeated, so an interrupted preparation is continued by the next one.
    static func prepare(_ database: GraphDatabase) async throws(MeteringError) {
        let found = try await database.read("MATCH (s:StoreState {id: 1}) RETURN s.version") { try $0.next(Int64.self) }
        if let found = found.first {
            guard found <= version else {
                throw MeteringError(
                    .storeUnavailable,
                    "the graph has version \(found) of the schema, this program knows up to \(version); update it")
            }
            if found == version { return try await removeOldWriters(database) }
        }
        for constraint in constraints { try await database.run(BoltQuery(text: constraint)) }
        for index in indexes { try await database.run(BoltQuery(text: index)) }
        try await database.write { transaction, _ in
            try await transaction.run(
                """
                MERGE (s:StoreState {id: 1})
                ON CREATE SET s.position = 0, s.directoryVersion = 0
                SET s.version = \(version)
                """
            ).consume()
        }
    }

    /// What several writers could otherwise create twice, or what proves that they have not.
    private static let constraints =
        [
            ("Message", "id"), ("Message", "position"), ("Customer", "id"), ("Session", "key"), ("ApiKey", "id"),
            ("ApiKey", "secretHash"), ("Batch", "id"), ("ImportCursor", "path"), ("StoreState", "id"),
            ("Writer", "id"), ("OracleLease", "id"), ("SpendAccount", "customer"), ("SpendLease", "id"),
        ].map { unique($0, $1) } + UsageLevel.allCases.map { unique($0.rawValue, "key") }

    /// What queries begin at.
    ///
    /// Each index on messages costs every append: a customer's sequence numbers are unique because positions are, so they
    /// need no constraint of their own, and messages of a time are found through their sessions.
    private static let indexes = [
        ("Message", ["customer", "sequence"]), ("Session", ["id"]), ("Batch", ["open"]), ("Batch", ["customer"]),
        ("DayTotal", ["day"]), ("DayUsage", ["day"]), ("DayUsage", ["customer"]), ("DayUsage", ["apiKey"]),
        ("MonthUsage", ["month"]), ("MonthUsage", ["customer"]), ("MonthUsage", ["apiKey"]),
        ("SpendLease", ["customer"]), ("SessionUsage", ["session"]), ("SessionUsage", ["day"]),
        ("SessionUsage", ["customer"]),
    ].map { label, properties in
        let list = properties.map { "n.\($0)" }.joined(separator: ", ")
        return "CREATE INDEX \(name(label, properties)) IF NOT EXISTS FOR (n:\(label)) ON (\(list))"
    }

    private static func unique(_ label: String, _ property: String) -> String {
        "CREATE CONSTRAINT \(name(label, [property])) IF NOT EXISTS FOR (n:\(label)) REQUIRE n.\(property) IS UNIQUE"
    }

    private static func name(_ label: String, _ properties: [String]) -> String {
        (["flowmeter", label] + properties).joined(separator: "_")
    }

    /// Removes what writers left behind that ended without closing their store.
    private static func removeOldWriters(_ database: GraphDatabase) async throws(MeteringError) {
        let month: Int64 = 30 * 86_400_000
        try await database.write { transaction, _ in
            try await transaction.run(
                "MATCH (w:Writer) WHERE w.time < timestamp() - \(month) DELETE w"
            ).consume()
        }
    }
}
