internal import GRDB
public import Metering

extension SQLiteUsageStore {
    /// See `UsageStore`.
    public func create(_ customer: Customer) async throws(MeteringError) {
        _ = try CustomerID(validating: customer.id.rawValue)
        try await write { database in
            if let known = try Customer.fetch(database, id: customer.id) {
                guard known == customer else {
                    throw MeteringError(
                        .alreadyExists,
                        "the customer \(customer.id) exists already, with other values; update it instead")
                }
                return
            }
            try database.execute(
                sql: """
                    INSERT INTO customer (id, name, dailyLimit, monthlyLimit, lifetimeLimit, created)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [customer.id.rawValue, customer.name]
                    + StatementArguments(customer.limits.texts) + [customer.created.milliseconds])
            try Self.bumpDirectoryVersion(database)
        }
    }

    /// See `UsageStore`.
    public func update(_ customer: Customer) async throws(MeteringError) {
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE customer SET name = ?, dailyLimit = ?, monthlyLimit = ?, lifetimeLimit = ? WHERE id = ?
                    """,
                arguments: [customer.name] + StatementArguments(customer.limits.texts) + [customer.id.rawValue])
            guard database.changesCount == 1 else { throw Self.noCustomer(customer.id) }
            try Self.bumpDirectoryVersion(database)
        }
    }

    /// See `UsageStore`.
    public func customers() async throws(MeteringError) -> [Customer] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM customer ORDER BY id").map(Customer.init(stored:))
        }
    }

    /// See `UsageStore`.
    public func create(_ key: APIKey) async throws(MeteringError) {
        try await write { database in
            guard try Customer.fetch(database, id: key.customer) != nil else { throw Self.noCustomer(key.customer) }
            try database.execute(
                sql: """
                    INSERT INTO apiKey (id, secretHash, customer, name, created, revoked) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    key.id.rawValue, key.secretHash.data, key.customer.rawValue, key.name, key.created.milliseconds,
                    key.revoked?.milliseconds,
                ])
            guard database.changesCount == 1 else {
                throw MeteringError(.alreadyExists, "the key \(key.id), or one with its secret, exists already")
            }
            try Self.bumpDirectoryVersion(database)
        }
    }

    /// See `UsageStore`.
    public func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE apiKey SET revoked = ? WHERE id = ? AND revoked IS NULL",
                arguments: [time.milliseconds, id.rawValue])
            if database.changesCount == 1 {
                try Self.bumpDirectoryVersion(database)
                return
            }
            let isKnown = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM apiKey WHERE id = ?)", arguments: [id.rawValue])
            guard isKnown == true else { throw MeteringError(.notFound, "there is no key \"\(id)\"") }
        }
    }

    /// See `UsageStore`.
    public func keys() async throws(MeteringError) -> [APIKey] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM apiKey ORDER BY created, id").map(APIKey.init(stored:))
        }
    }

    /// See `UsageStore`.
    public func directoryVersion() async throws(MeteringError) -> Int64 {
        try await read { database in
            try Int64.fetchOne(database, sql: "SELECT directoryVersion FROM storeState") ?? 0
        }
    }

    private static func bumpDirectoryVersion(_ database: Database) throws {
        try database.execute(sql: "UPDATE storeState SET directoryVersion = directoryVersion + 1")
    }

    private static func noCustomer(_ id: CustomerID) -> MeteringError {
        MeteringError(.notFound, "there is no customer \"\(id)\"; create it first")
    }
}
