/// Where money moves: escrow paid in by customers, settled against committed usage, drawn by providers.
///
/// The same rules hold on every ledger, this machine's or a chain's; they are in `Subscription`'s methods, and
/// `MeteringConformance.LedgerConformance` checks them. Amounts are in 10⁻¹² USD; what moves is a multiple of ``unit``.
///
/// Every method is atomic and durable when it returns, may be called from any task, and can be repeated: a transfer by
/// its reference, a settlement by its epoch, a change of state because it is already so. No amount may be larger than
/// ``Metering/PicoUSD/ledgerLimit``.
public protocol Ledger: Sendable {
    /// The smallest amount that the ledger moves: 1 moves everything, 10¹⁰ whole cents.
    var unit: PicoUSD { get }
    /// How time is cut into epochs.
    var schedule: EpochSchedule { get }

    // MARK: By the customer

    /// Opens a subscription; opening it again with the same terms changes nothing.
    ///
    /// What the customer's former subscriptions settled is not due again; what they left unsettled is.
    ///
    /// - Throws: `invalidInput`; `alreadyExists` when the id has other terms; `notAllowed` when the customer has another
    ///   subscription that is not closed.
    func subscribe(_ terms: SubscriptionTerms, at time: Timestamp) async throws(MeteringError) -> Subscription
    /// Pays into a subscription's escrow.
    ///
    /// - Throws: `notFound`; `invalidInput` unless the amount is a positive multiple of ``unit``; `notAllowed` when it
    ///   is closed; `conflict` when the reference has other content.
    func deposit(
        _ amount: PicoUSD, to subscription: SubscriptionID, reference: TransferReference, at time: Timestamp
    ) async throws(MeteringError)
    /// Sets the caps from the next epoch on.
    ///
    /// - Throws: `notFound`, `invalidInput`; `notAllowed` once it was cancelled.
    func setCaps(
        _ caps: SpendingCaps, of subscription: SubscriptionID, at time: Timestamp
    ) async throws(MeteringError)
    /// Stops all movement of money; charges are taken note of.
    ///
    /// - Throws: `notFound`; `notAllowed` once it was cancelled.
    func pause(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError)
    /// Lets money move again.
    ///
    /// - Throws: `notFound`; `notAllowed` once it was cancelled.
    func resume(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError)
    /// Ends the subscription after its grace, in which open usage is settled.
    ///
    /// - Throws: `notFound`; `notAllowed` when it is closed.
    func cancel(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError)
    /// Closes a cancelled subscription after its grace and refunds the rest of the escrow.
    ///
    /// - Throws: `notFound`; `notAllowed` when it was not cancelled or its grace lasts.
    func close(_ subscription: SubscriptionID, at time: Timestamp) async throws(MeteringError)

    // MARK: By the oracle

    /// Settles a batch: accepts an epoch after the last one and a total not below the last one, and moves what is due.
    ///
    /// - Returns: What became of each item, in order. A refused item does not keep the others from being settled.
    /// - Throws: `invalidInput`, see `SettlementBatch.validate(schedule:)`. Then, and when the ledger fails, nothing moved.
    func settle(_ batch: SettlementBatch, at time: Timestamp) async throws(MeteringError) -> [SettlementOutcome]
    /// Gives money back: from the provider's earnings now as far as they go, the rest from what it earns next.
    ///
    /// The money goes to the subscription's escrow; once that is closed, out to the customer.
    ///
    /// - Throws: `notFound`; `invalidInput` unless the amount is a positive multiple of ``unit``; `conflict` when the
    ///   reference has other content.
    func credit(_ note: CreditNote, at time: Timestamp) async throws(MeteringError)

    // MARK: By the provider

    /// Draws what a provider earned: at most what was settled, less what it drew and gave back.
    ///
    /// - Throws: `insufficientFunds`; `invalidInput` unless the amount is a positive multiple of ``unit``; `conflict`
    ///   when the reference has other content.
    func withdraw(
        _ amount: PicoUSD, by provider: ProviderID, reference: TransferReference, at time: Timestamp
    ) async throws(MeteringError)

    // MARK: Reading

    /// The subscription with this id, or `nil`.
    func subscription(_ id: SubscriptionID) async throws(MeteringError) -> Subscription?
    /// The open subscriptions of these customers; a customer has at most one.
    func openSubscriptions(
        of customers: [CustomerID]
    ) async throws(MeteringError) -> [CustomerID: Subscription]
    /// A page of all subscriptions, sorted by id, after `id` (`nil` for the first page).
    func subscriptions(after id: SubscriptionID?, limit: Int) async throws(MeteringError) -> [Subscription]
    /// The cancelled subscriptions whose grace is over at a moment and that are not closed yet, at most so many.
    func endedSubscriptions(at time: Timestamp, limit: Int) async throws(MeteringError) -> [Subscription]
    /// What an account holds: zero when it never moved.
    func balance(of account: LedgerAccount) async throws(MeteringError) -> PicoUSD
    /// The balances of all accounts that ever moved, which add up to zero.
    func balances() async throws(MeteringError) -> [LedgerAccount: PicoUSD]
    /// A page of the journal, of one subscription or (`nil`) of all, after the entry `number` (0 for the first page).
    func journal(
        of subscription: SubscriptionID?, after number: Int64, limit: Int
    ) async throws(MeteringError) -> [JournalEntry]
}

extension Ledger {
    /// Looks through all subscriptions; a ledger that can find them by itself does so.
    public func endedSubscriptions(at time: Timestamp, limit: Int) async throws(MeteringError) -> [Subscription] {
        var ended: [Subscription] = []
        var last: SubscriptionID?
        while ended.count < limit {
            let page = try await subscriptions(after: last, limit: 1_000)
            ended += page.filter { $0.hasEnded(at: time) }
            guard let end = page.last else { break }
            last = end.id
        }
        return Array(ended.prefix(max(0, limit)))
    }
}
