/// What happened to a subscription's escrow in a time.
public struct Statement: Sendable, Hashable {
    /// One journal entry, as the customer sees it.
    public struct Line: Sendable, Hashable {
        /// The entry.
        public var entry: JournalEntry
        /// What it changed about the escrow; negative when money left it.
        public var amount: PicoUSD
        /// What the escrow held after it.
        public var balance: PicoUSD
        /// What the receipts up to a settlement charged at list price in all; `nil` when that is not known.
        public var list: PicoUSD?
        /// The sequence numbers of the receipts that are new in a settlement; `nil` when they are not known.
        ///
        /// What the settlement before left unsettled is due besides.
        public var receipts: ClosedRange<Int64>?

        /// What the customer's plan adds to the list price of a settlement's total; negative for a discount.
        public var plan: PicoUSD? {
            guard let list, case .settlement(_, let item, _) = entry.kind else { return nil }
            return item.cumulativeCharge - list
        }
    }

    /// The subscription as it is now.
    public var subscription: Subscription
    /// The first moment.
    public var from: Timestamp
    /// The first moment after it.
    public var until: Timestamp
    /// What the escrow held at the beginning.
    public var opening: PicoUSD
    /// The entries, oldest first.
    public var lines: [Line]
    /// What the escrow held at the end.
    public var closing: PicoUSD

    /// Makes a statement.
    ///
    /// - Parameters:
    ///   - subscription: The subscription.
    ///   - journal: All of its entries, in order.
    ///   - from: The first moment.
    ///   - until: The first moment after the time.
    public init(of subscription: Subscription, journal: [JournalEntry], from: Timestamp, until: Timestamp) {
        self.subscription = subscription
        self.from = from
        self.until = until
        let account = LedgerAccount.escrow(subscription.id)
        var balance = PicoUSD.zero
        opening = .zero
        lines = []
        for entry in journal where entry.subscription == subscription.id && entry.time < until {
            let amount = entry.postings.reduce(PicoUSD.zero) { $1.account == account ? $0 + $1.amount : $0 }
            balance += amount
            if lines.isEmpty, entry.time < from {
                opening = balance
            } else {
                lines.append(Line(entry: entry, amount: amount, balance: balance))
            }
        }
        closing = balance
    }
}
