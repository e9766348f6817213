internal import Synchronization

/// A ledger in memory: the reference for the others, and for tests.
public final class MemoryLedger: Ledger {
    /// The smallest amount that the ledger moves.
    public let unit: PicoUSD
    /// How time is cut into epochs.
    public let schedule: EpochSchedule
    private let state: Mutex<MemoryBooks>

    /// Creates an empty ledger.
    ///
    /// - Throws: `invalidInput` when the unit is not positive.
    public init(unit: PicoUSD = PicoUSD(1), schedule: EpochSchedule = .standard) throws(MeteringError) {
        guard unit > .zero else { throw MeteringError(.invalidInput, "a ledger's unit is more than zero") }
        self.unit = unit
        self.schedule = schedule
        state = Mutex(MemoryBooks(unit: unit, schedule: schedule))
    }

    /// See `Ledger`.
    public func subscribe(
        _ terms: SubscriptionTerms, at time: Timestamp
    ) async throws(MeteringError) -> Subscription {
        try state.withLock { state throws(MeteringError) in try state.subscribe(terms, at: time) }
    }

    /// See `Ledger`.
    public func deposit(
        _ amount: PicoUSD, to subscription: SubscriptionID, reference: TransferReference, at time: Timestamp
    ) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            try state.deposit(amount, to: subscription, reference: reference, at: time)
        }
    }

    /// See `Ledger`.
    public func setCaps(
        _ caps: SpendingCaps, of subscription: SubscriptionID, at time: Timestamp
    ) async throws(MeteringError) {
        let schedule = schedule
        try change(subscription) { subscription throws(MeteringError) in
            try subscription.setCaps(caps, at: time, schedule: schedule)
        }
    }

    /// See `Ledger`.
    public func pause(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try change(subscription) { subscription throws(MeteringError) in try subscription.pause() }
    }

    /// See `Ledger`.
    public func resume(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try change(subscription) { subscription throws(MeteringError) in try subscription.resume() }
    }

    /// See `Ledger`.
    public func cancel(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try change(subscription) { subscription throws(MeteringError) in try subscription.cancel(at: time) }
    }

    private func change(
        _ id: SubscriptionID, _ body: (inout Subscription) throws(MeteringError) -> Void
    ) throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in try state.change(id, body) }
    }

    /// See `Ledger`.
    public func close(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in try state.close(subscription, at: time) }
    }

    /// See `Ledger`.
    public func settle(
        _ batch: SettlementBatch, at time: Timestamp
    ) async throws(MeteringError) -> [SettlementOutcome] {
        try state.withLock { state throws(MeteringError) in try state.settle(batch, at: time) }
    }

    /// See `Ledger`.
    public func credit(_ note: CreditNote, at time: Timestamp) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in try state.credit(note, at: time) }
    }

    /// See `Ledger`.
    public func withdraw(
        _ amount: PicoUSD, by provider: ProviderID, reference: TransferReference, at time: Timestamp
    ) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            try state.withdraw(amount, by: provider, reference: reference, at: time)
        }
    }

    /// See `Ledger`.
    public func subscription(_ id: SubscriptionID) async throws(MeteringError) -> Subscription? {
        state.withLock { $0.subscriptions[id] }
    }

    /// See `Ledger`.
    public func openSubscriptions(
        of customers: [CustomerID]
    ) async throws(MeteringError) -> [CustomerID: Subscription] {
        state.withLock { state in
            var result: [CustomerID: Subscription] = [:]
            for customer in customers {
                guard let id = state.open[customer] else { continue }
                result[customer] = state.subscriptions[id]
            }
            return result
        }
    }

    /// See `Ledger`.
    public func subscriptions(
        after id: SubscriptionID?, limit: Int
    ) async throws(MeteringError) -> [Subscription] {
        state.withLock { state in
            let sorted = state.subscriptions.values.sorted { $0.id < $1.id }
            return Array(
                sorted.drop { subscription in id.map { subscription.id <= $0 } ?? false }.prefix(max(0, limit)))
        }
    }

    /// See `Ledger`.
    public func balance(of account: LedgerAccount) async throws(MeteringError) -> PicoUSD {
        state.withLock { $0.balances[account] ?? .zero }
    }

    /// See `Ledger`.
    public func balances() async throws(MeteringError) -> [LedgerAccount: PicoUSD] { state.withLock { $0.balances } }

    /// See `Ledger`.
    public func journal(
        of subscription: SubscriptionID?, after number: Int64, limit: Int
    ) async throws(MeteringError) -> [JournalEntry] {
        state.withLock { state in
            let entries = state.journal.lazy.filter { entry in
                entry.number > number && (subscription.map { $0 == entry.subscription } ?? true)
            }
            return Array(entries.prefix(max(0, limit)))
        }
    }
}
