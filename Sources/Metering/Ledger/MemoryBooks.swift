/// A ledger's content in memory.
struct MemoryBooks: LedgerBooks {
    let unit: PicoUSD
    let schedule: EpochSchedule
    private(set) var subscriptions: [SubscriptionID: Subscription] = [:]
    private(set) var open: [CustomerID: SubscriptionID] = [:]
    private(set) var balances: [LedgerAccount: PicoUSD] = [:]
    private(set) var journal: [JournalEntry] = []
    private var settledByClosed: [CustomerID: PicoUSD] = [:]
    private var creditors: [ProviderID: [SubscriptionID]] = [:]
    private var transfers: [TransferReference: LedgerTransfer] = [:]

    init(unit: PicoUSD, schedule: EpochSchedule) {
        self.unit = unit
        self.schedule = schedule
    }

    func subscription(_ id: SubscriptionID) -> Subscription? { subscriptions[id] }
    func openSubscription(of customer: CustomerID) -> SubscriptionID? { open[customer] }
    func formerlySettled(by customer: CustomerID) -> PicoUSD { settledByClosed[customer] ?? .zero }
    func balance(of account: LedgerAccount) -> PicoUSD { balances[account] ?? .zero }
    func transfer(_ reference: TransferReference) -> LedgerTransfer? { transfers[reference] }
    func firstCreditor(of provider: ProviderID) -> SubscriptionID? { creditors[provider]?.first }

    mutating func save(_ subscription: Subscription) {
        let customer = subscription.terms.customer
        var subscription = subscription
        subscription.escrow = balance(of: .escrow(subscription.id))
        subscriptions[subscription.id] = subscription
        if subscription.isOpen {
            open[customer] = subscription.id
        } else if open[customer] == subscription.id {
            open[customer] = nil
            settledByClosed[customer] = subscription.opening + subscription.settled
        }
    }

    mutating func addCreditor(_ id: SubscriptionID, of provider: ProviderID) {
        guard creditors[provider]?.contains(id) != true else { return }
        creditors[provider, default: []].append(id)
    }

    mutating func removeCreditor(_ id: SubscriptionID, of provider: ProviderID) {
        creditors[provider]?.removeAll { $0 == id }
    }

    mutating func append(
        _ kind: JournalEntry.Kind, of subscription: SubscriptionID?, at time: Timestamp, moving movement: Movement?
    ) {
        switch (kind, movement) {
        case (.deposit(let reference), let movement?):
            if let subscription { transfers[reference] = .deposit(movement.amount, subscription) }
        case (.withdrawal(let reference), let movement?):
            if case .earnings(let provider) = movement.source {
                transfers[reference] = .withdrawal(movement.amount, provider)
            }
        case (.credit(let note), _): transfers[note.reference] = .credit(note)
        default: break
        }
        let postings = movement?.postings ?? []
        for posting in postings {
            balances[posting.account, default: .zero] += posting.amount
            if case .escrow(let id) = posting.account { subscriptions[id]?.escrow += posting.amount }
        }
        journal.append(
            JournalEntry(
                number: Int64(journal.count + 1), time: time, kind: kind, subscription: subscription,
                postings: postings))
    }
}
