internal import GRDB
public import Metering

extension LocalLedger {
    /// See `Ledger`.
    public func subscription(_ id: SubscriptionID) async throws(MeteringError) -> Subscription? {
        try await read { database in
            try Row.fetchOne(database, sql: SubscriptionRow.select + " WHERE id = ?", arguments: [id.rawValue])
                .map { try SubscriptionRow.subscription($0, database: database) }
        }
    }

    /// See `Ledger`.
    public func openSubscriptions(
        of customers: [CustomerID]
    ) async throws(MeteringError) -> [CustomerID: Subscription] {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: SubscriptionRow.select + " WHERE customer = ? AND state < 3")
            var result: [CustomerID: Subscription] = [:]
            for customer in customers {
                result[customer] = try Row.fetchOne(statement, arguments: [customer.rawValue])
                    .map { try SubscriptionRow.subscription($0, database: database) }
            }
            return result
        }
    }

    /// See `Ledger`.
    public func subscriptions(
        after id: SubscriptionID?, limit: Int
    ) async throws(MeteringError) -> [Subscription] {
        try await read { database in
            try Row.fetchAll(
                database, sql: SubscriptionRow.select + " WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [id?.rawValue ?? "", max(0, limit)]
            ).map { try SubscriptionRow.subscription($0, database: database) }
        }
    }

    /// See `Ledger`.
    public func endedSubscriptions(at time: Timestamp, limit: Int) async throws(MeteringError) -> [Subscription] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: SubscriptionRow.select + " WHERE state = 2 AND stateTime <= ? ORDER BY stateTime LIMIT ?",
                arguments: [time.milliseconds, max(0, limit)]
            ).map { try SubscriptionRow.subscription($0, database: database) }
        }
    }

    /// See `Ledger`.
    public func balance(of account: LedgerAccount) async throws(MeteringError) -> PicoUSD {
        try await read { database in
            let (kind, name) = account.key
            return try Row.fetchOne(
                database, sql: "SELECT whole, part FROM account WHERE kind = ? AND name = ?", arguments: [kind, name]
            ).map { PicoUSD(whole: $0[0], part: $0[1]) } ?? .zero
        }
    }

    /// See `Ledger`.
    public func balances() async throws(MeteringError) -> [LedgerAccount: PicoUSD] {
        try await read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT kind, name, whole, part FROM account WHERE lastEntry > 0")
            return Dictionary(
                uniqueKeysWithValues: rows.map {
                    (LedgerAccount(kind: $0[0], name: $0[1]), PicoUSD(whole: $0[2], part: $0[3]))
                })
        }
    }

    /// See `Ledger`.
    public func journal(
        of subscription: SubscriptionID?, after number: Int64, limit: Int
    ) async throws(MeteringError) -> [JournalEntry] {
        try await read { database in
            let filter = subscription == nil ? "" : " AND entry.subscription = ?"
            let arguments: StatementArguments = subscription.map { [number, $0.rawValue] } ?? [number]
            return try Row.fetchAll(
                database,
                sql: EntryRow.select + " WHERE entry.number > ?\(filter) ORDER BY entry.number LIMIT ?",
                arguments: arguments + [max(0, limit)]
            ).map(EntryRow.entry)
        }
    }
}
