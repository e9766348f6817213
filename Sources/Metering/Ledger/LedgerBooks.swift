/// A ledger's storage, as its rules see it: inside one transaction, without any rules of its own.
///
/// The rules are this protocol's extension, so every ledger that has books applies the same ones.
package protocol LedgerBooks {
    /// The smallest amount that the ledger moves.
    var unit: PicoUSD { get }
    /// How time is cut into epochs.
    var schedule: EpochSchedule { get }

    /// The subscription with this id; its escrow is what its account holds.
    func subscription(_ id: SubscriptionID) throws(MeteringError) -> Subscription?
    /// The customer's subscription that is not closed.
    func openSubscription(of customer: CustomerID) throws(MeteringError) -> SubscriptionID?
    /// What the customer's closed subscriptions settled.
    func formerlySettled(by customer: CustomerID) throws(MeteringError) -> PicoUSD
    /// What an account holds.
    func balance(of account: LedgerAccount) throws(MeteringError) -> PicoUSD
    /// The transfer that used this reference.
    func transfer(_ reference: TransferReference) throws(MeteringError) -> LedgerTransfer?
    /// The subscription that this provider has owed credit for longest.
    func firstCreditor(of provider: ProviderID) throws(MeteringError) -> SubscriptionID?

    /// Inserts or replaces a subscription, except for its escrow.
    mutating func save(_ subscription: Subscription) throws(MeteringError)
    /// Puts a subscription at the end of those that the provider owes credit, unless it is there.
    mutating func addCreditor(_ id: SubscriptionID, of provider: ProviderID) throws(MeteringError)
    /// Takes a subscription off those that the provider owes credit.
    mutating func removeCreditor(_ id: SubscriptionID, of provider: ProviderID) throws(MeteringError)
    /// Appends an entry with the next number, and moves what it says: the only way that balances change.
    mutating func append(
        _ kind: JournalEntry.Kind, of subscription: SubscriptionID?, at time: Timestamp, moving movement: Movement?
    ) throws(MeteringError)
}

/// Money that leaves one account and enters another.
package struct Movement: Sendable, Hashable {
    /// The account it leaves.
    package var source: LedgerAccount
    /// The account it enters.
    package var target: LedgerAccount
    /// How much; more than zero.
    package var amount: PicoUSD

    /// Creates a movement; `nil` when there is nothing to move.
    package init?(from source: LedgerAccount, to target: LedgerAccount, _ amount: PicoUSD) {
        guard amount > .zero else { return nil }
        self.source = source
        self.target = target
        self.amount = amount
    }

    /// The two changes of balances, which add up to zero.
    package var postings: [Posting] { [Posting(source, .zero - amount), Posting(target, amount)] }
}

/// The content that a reference stands for.
package enum LedgerTransfer: Sendable, Hashable {
    /// A customer paid in.
    case deposit(PicoUSD, SubscriptionID)
    /// A provider drew its earnings.
    case withdrawal(PicoUSD, ProviderID)
    /// A customer was credited.
    case credit(CreditNote)
}
