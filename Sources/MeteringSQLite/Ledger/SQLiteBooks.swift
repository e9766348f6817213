internal import FoundationEssentials
internal import GRDB
internal import Metering

/// A ledger's content in one transaction of its database.
struct SQLiteBooks: LedgerBooks {
    let unit: PicoUSD
    let schedule: EpochSchedule
    let database: Database
    /// The path, for errors.
    let path: String

    /// Runs SQL, and gives its failure as the module's error.
    private func attempt<Value>(_ body: (Database) throws -> Value) throws(MeteringError) -> Value {
        do { return try body(database) } catch { throw MeteringError(storing: error, path: path) }
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws(MeteringError) {
        try attempt { try $0.cachedStatement(sql: sql).execute(arguments: arguments) }
    }

    private func row(_ sql: String, _ arguments: StatementArguments) throws(MeteringError) -> Row? {
        try attempt { try Row.fetchOne($0.cachedStatement(sql: sql), arguments: arguments) }
    }

    // MARK: Reading

    func subscription(_ id: SubscriptionID) throws(MeteringError) -> Subscription? {
        guard let row = try row(SubscriptionRow.select + " WHERE id = ?", [id.rawValue]) else { return nil }
        return try attempt { try SubscriptionRow.subscription(row, database: $0) }
    }

    func openSubscription(of customer: CustomerID) throws(MeteringError) -> SubscriptionID? {
        try row("SELECT id FROM subscription WHERE customer = ? AND state < 3", [customer.rawValue])
            .map { SubscriptionID(rawValue: $0[0]) }
    }

    func formerlySettled(by customer: CustomerID) throws(MeteringError) -> PicoUSD {
        try attempt { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT opening, settled FROM subscription WHERE customer = ? AND state = 3",
                arguments: [customer.rawValue])
            // Each begins where the one before ended.
            return try rows.map { try PicoUSD(ledger: $0[0]) + PicoUSD(ledger: $0[1]) }.max() ?? .zero
        }
    }

    func balance(of account: LedgerAccount) throws(MeteringError) -> PicoUSD {
        let (kind, name) = account.key
        return try row("SELECT whole, part FROM account WHERE kind = ? AND name = ?", [kind, name])
            .map { PicoUSD(whole: $0[0], part: $0[1]) } ?? .zero
    }

    func transfer(_ reference: TransferReference) throws(MeteringError) -> LedgerTransfer? {
        guard let row = try row(EntryRow.select + " WHERE reference = ?", [reference.rawValue]) else { return nil }
        return try attempt { _ in
            let entry = try EntryRow.entry(row)
            switch entry.kind {
            case .credit(let note): return .credit(note)
            case .deposit:
                guard let subscription = entry.subscription else { break }
                return .deposit(entry.postings.map(\.amount).max() ?? .zero, subscription)
            case .withdrawal:
                guard case .earnings(let provider)? = entry.postings.first?.account else { break }
                return .withdrawal(entry.postings.map(\.amount).max() ?? .zero, provider)
            default: break
            }
            throw SQLiteFailure(code: 11, message: "a journal entry in the ledger is malformed")
        }
    }

    func firstCreditor(of provider: ProviderID) throws(MeteringError) -> SubscriptionID? {
        try row("SELECT subscription FROM creditor WHERE provider = ? ORDER BY position LIMIT 1", [provider.rawValue])
            .map { SubscriptionID(rawValue: $0[0]) }
    }

    // MARK: Writing

    func save(_ subscription: Subscription) throws(MeteringError) {
        let terms = subscription.terms
        let (state, stateTime) = subscription.state.columns
        let position = subscription.position
        let changing: StatementArguments = [
            state, stateTime?.milliseconds, subscription.settled.text, position?.epoch.rawValue,
            position?.item.cumulativeCharge.text, position?.item.customerRoot.data, position?.item.priceBook.data,
            subscription.period, subscription.periodSpent.text, subscription.creditOwed.text,
        ]
        try execute(
            """
            UPDATE subscription SET state = ?, stateTime = ?, settled = ?, epoch = ?, cumulative = ?,
                customerRoot = ?, priceBook = ?, period = ?, periodSpent = ?, creditOwed = ?
            WHERE id = ?
            """, changing + [terms.id.rawValue])
        if database.changesCount == 0 {
            try execute(
                """
                INSERT INTO subscription (
                    state, stateTime, settled, epoch, cumulative, customerRoot, priceBook, period, periodSpent,
                    creditOwed, id, customer, provider, periodLength, grace, created, opening)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                changing + [
                    terms.id.rawValue, terms.customer.rawValue, terms.provider.rawValue, terms.periodLength,
                    terms.grace, subscription.created.milliseconds, subscription.opening.text,
                ])
            try execute("INSERT INTO account VALUES (NULL, 'escrow', ?, 0, 0, 0)", [terms.id.rawValue])
        }
        // Only the last change can be new, or replaced by another one within its epoch.
        guard let change = subscription.capChanges.last else { return }
        try execute(
            """
            INSERT INTO capChange VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                perEpoch = excluded.perEpoch, perPeriod = excluded.perPeriod, lifetime = excluded.lifetime
            WHERE (perEpoch, perPeriod, lifetime) IS NOT (excluded.perEpoch, excluded.perPeriod, excluded.lifetime)
            """,
            [
                terms.id.rawValue, change.from.rawValue, change.caps.perEpoch?.text, change.caps.perPeriod?.text,
                change.caps.lifetime?.text,
            ])
    }

    func addCreditor(_ id: SubscriptionID, of provider: ProviderID) throws(MeteringError) {
        try execute(
            "INSERT INTO creditor (provider, subscription) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [provider.rawValue, id.rawValue])
    }

    func removeCreditor(_ id: SubscriptionID, of provider: ProviderID) throws(MeteringError) {
        try execute("DELETE FROM creditor WHERE provider = ? AND subscription = ?", [provider.rawValue, id.rawValue])
    }

    func append(
        _ kind: JournalEntry.Kind, of subscription: SubscriptionID?, at time: Timestamp, moving movement: Movement?
    ) throws(MeteringError) {
        let accounts: StatementArguments =
            if let movement { [try number(of: movement.source), try number(of: movement.target)] } else { [nil, nil] }
        let (whole, part) = (movement?.amount ?? .zero).wholeAndPart
        try execute(
            """
            INSERT INTO entry (
                number, source, target, time, subscription, whole, part, kind, reference, epoch, cumulative,
                customerRoot, priceBook, unsettled, limits, credited, reason, evidence)
            VALUES ((SELECT coalesce(max(number), 0) + 1 FROM entry), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            accounts + [time.milliseconds, subscription?.rawValue, whole, part] + EntryRow.arguments(of: kind))
    }

    private func number(of account: LedgerAccount) throws(MeteringError) -> Int64 {
        let (kind, name) = account.key
        let find = "SELECT number FROM account WHERE kind = ? AND name = ?"
        if let row = try row(find, [kind, name]) { return row[0] }
        try execute("INSERT INTO account VALUES (NULL, ?, ?, 0, 0, 0)", [kind, name])
        return database.lastInsertedRowID
    }
}
