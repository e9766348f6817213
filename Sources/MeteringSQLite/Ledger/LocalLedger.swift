internal import GRDB
public import Metering
internal import Synchronization

/// The embedded ledger: double entry in one SQLite file of its own.
///
/// The rules are those of every ledger; the schema enforces the invariants once more, so that no other program can
/// unbalance the books either. Several processes may open one file at the same time. See docs/ledger.md.
public final class LocalLedger: Ledger {
    /// The path of the database file.
    public let path: String
    /// The smallest amount that the ledger moves.
    public let unit: PicoUSD
    /// How time is cut into epochs.
    public let schedule: EpochSchedule
    private let pool: DatabasePool
    private let mode: SQLiteUsageStore.Mode
    private let isClosed = Mutex(false)

    /// Opens the ledger at `path`, creating it when it is missing.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - mode: Whether anything may be changed.
    ///   - unit: The smallest amount that a new ledger moves; `nil` for 10⁻¹² USD.
    ///   - schedule: The epochs of a new ledger; `nil` for five minutes.
    /// - Throws: `storeUnavailable`, `storeCorrupt` and `notFound` like the store; `invalidInput` when the unit is not
    ///   positive; `conflict` when the file was made with another unit or schedule than asked for.
    public init(
        path: String, mode: SQLiteUsageStore.Mode = .readWrite, unit: PicoUSD? = nil, schedule: EpochSchedule? = nil
    ) throws(MeteringError) {
        if let unit, unit <= .zero { throw MeteringError(.invalidInput, "a ledger's unit is more than zero") }
        self.path = path
        self.mode = mode
        let terms: (unit: PicoUSD, schedule: EpochSchedule)
        do {
            try StoreFile.prepare(path, mode: mode)
            pool = try StoreFile.openPool(path, mode: mode, options: SQLiteUsageStore.Options())
            if mode == .readWrite { try StoreFile.migrate(pool, path: path, as: .ledger) }
            try StoreFile.check(pool, path: path, as: .ledger, integrity: false)
            if mode == .readWrite {
                let made = (unit ?? PicoUSD(1), schedule ?? .standard)
                try pool.write { database in
                    guard try Row.fetchOne(database, sql: "SELECT 1 FROM ledger") == nil else { return }
                    try database.execute(
                        sql: "INSERT INTO ledger VALUES (1, ?, ?)", arguments: [made.0.text, made.1.seconds])
                }
            }
            terms = try pool.read(Self.terms)
        } catch {
            throw MeteringError(storing: error, path: path)
        }
        self.unit = terms.unit
        self.schedule = terms.schedule
        guard unit ?? terms.unit == terms.unit, schedule ?? terms.schedule == terms.schedule else {
            throw MeteringError(
                .conflict,
                "the ledger \(path) moves multiples of \(terms.unit) USD in epochs of \(terms.schedule.seconds) s, "
                    + "which cannot be changed; set FLOWMETER_EPOCH_SECONDS=\(terms.schedule.seconds) everywhere, or name "
                    + "another file")
        }
    }

    private static func terms(_ database: Database) throws -> (unit: PicoUSD, schedule: EpochSchedule) {
        guard let row = try Row.fetchOne(database, sql: "SELECT unit, epochSeconds FROM ledger") else {
            throw SQLiteFailure(code: 11, message: "the ledger has no unit")
        }
        return (try PicoUSD(ledger: row[0]), try EpochSchedule(seconds: row[1]))
    }

    /// Closes the file; every call after that throws `storeClosed`.
    public func close() throws(MeteringError) {
        isClosed.withLock { $0 = true }
        do { try pool.close() } catch { throw MeteringError(storing: error, path: path) }
    }

    // MARK: By the customer

    /// See `Ledger`.
    public func subscribe(_ terms: SubscriptionTerms, at time: Timestamp) async throws(MeteringError) -> Subscription {
        try await write { books throws(MeteringError) in try books.subscribe(terms, at: time) }
    }

    /// See `Ledger`.
    public func deposit(
        _ amount: PicoUSD, to subscription: SubscriptionID, reference: TransferReference, at time: Timestamp
    ) async throws(MeteringError) {
        try await write { books throws(MeteringError) in
            try books.deposit(amount, to: subscription, reference: reference, at: time)
        }
    }

    /// See `Ledger`.
    public func setCaps(
        _ caps: SpendingCaps, of subscription: SubscriptionID, at time: Timestamp
    ) async throws(MeteringError) {
        let schedule = schedule
        try await change(subscription) { subscription throws(MeteringError) in
            try subscription.setCaps(caps, at: time, schedule: schedule)
        }
    }

    /// See `Ledger`.
    public func pause(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try await change(subscription) { subscription throws(MeteringError) in try subscription.pause() }
    }

    /// See `Ledger`.
    public func resume(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try await change(subscription) { subscription throws(MeteringError) in try subscription.resume() }
    }

    /// See `Ledger`.
    public func cancel(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try await change(subscription) { subscription throws(MeteringError) in try subscription.cancel(at: time) }
    }

    /// See `Ledger`.
    public func close(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try await write { books throws(MeteringError) in try books.close(subscription, at: time) }
    }

    private func change(
        _ id: SubscriptionID, _ body: @escaping @Sendable (inout Subscription) throws(MeteringError) -> Void
    ) async throws(MeteringError) {
        try await write { books throws(MeteringError) in try books.change(id, body) }
    }

    // MARK: By the oracle and the provider

    /// See `Ledger`.
    public func settle(
        _ batch: SettlementBatch, at time: Timestamp
    ) async throws(MeteringError) -> [SettlementOutcome] {
        try await write { books throws(MeteringError) in try books.settle(batch, at: time) }
    }

    /// See `Ledger`.
    public func credit(_ note: CreditNote, at time: Timestamp) async throws(MeteringError) {
        try await write { books throws(MeteringError) in try books.credit(note, at: time) }
    }

    /// See `Ledger`.
    public func withdraw(
        _ amount: PicoUSD, by provider: ProviderID, reference: TransferReference, at time: Timestamp
    ) async throws(MeteringError) {
        try await write { books throws(MeteringError) in
            try books.withdraw(amount, by: provider, reference: reference, at: time)
        }
    }

    // MARK: Transactions

    /// Runs a change in a transaction that is durable when this returns, and undone when `body` throws.
    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (inout SQLiteBooks) throws(MeteringError) -> Value
    ) async throws(MeteringError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw Self.closedError }
        guard mode == .readWrite else {
            throw MeteringError(.storeUnavailable, "the ledger \(path) was opened for reading only")
        }
        let (unit, schedule, path) = (unit, schedule, path)
        do {
            return try await pool.write { database in
                var books = SQLiteBooks(unit: unit, schedule: schedule, database: database, path: path)
                return try body(&books)
            }
        } catch {
            throw MeteringError(storing: error, path: path)
        }
    }

    /// Runs a query in one read transaction.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(MeteringError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw Self.closedError }
        do { return try await pool.read(body) } catch { throw MeteringError(storing: error, path: path) }
    }

    private static let closedError = MeteringError(.storeClosed, "the ledger was closed")
}
