/// An account of a ledger.
public enum LedgerAccount: Sendable, Hashable, CustomStringConvertible {
    /// All that is outside the ledger: where deposits come from and refunds and withdrawals go to.
    case world
    /// What a customer paid in for a subscription and did not spend.
    case escrow(SubscriptionID)
    /// What a provider was paid and did not withdraw.
    case earnings(ProviderID)

    /// The account's name: `world`, `escrow:ID` or `earnings:ID`.
    public var description: String {
        switch self {
        case .world: "world"
        case .escrow(let id): "escrow:\(id)"
        case .earnings(let id): "earnings:\(id)"
        }
    }
}

/// A change of one account's balance; negative when money leaves it.
public struct Posting: Sendable, Hashable {
    /// The account.
    public var account: LedgerAccount
    /// How much more it holds.
    public var amount: PicoUSD
    /// Creates a posting.
    public init(_ account: LedgerAccount, _ amount: PicoUSD) {
        self.account = account
        self.amount = amount
    }
}

/// One movement of money, or one acceptance of a charge: the ledger's history is the list of these.
public struct JournalEntry: Sendable, Hashable {
    /// Why it was made.
    public enum Kind: Sendable, Hashable {
        /// A customer paid in.
        case deposit(TransferReference)
        /// An epoch was settled; its postings are empty when nothing could move.
        case settlement(epoch: Epoch, item: SettlementItem, outcome: SettlementOutcome.Settled)
        /// A customer was credited.
        case credit(CreditNote)
        /// A credit note that the provider owed was paid from later earnings.
        case creditPaid
        /// The rest of a closed subscription's escrow was refunded.
        case refund
        /// A provider drew what it earned.
        case withdrawal(TransferReference)
    }

    /// Its place in the journal: 1, 2, 3, … without a gap.
    public var number: Int64
    /// When it was made.
    public var time: Timestamp
    /// Why it was made.
    public var kind: Kind
    /// The subscription concerned; `nil` for withdrawals.
    public var subscription: SubscriptionID?
    /// The changes of balances, which add up to zero.
    public var postings: [Posting]

    /// Creates an entry.
    public init(
        number: Int64, time: Timestamp, kind: Kind, subscription: SubscriptionID?, postings: [Posting]
    ) {
        self.number = number
        self.time = time
        self.kind = kind
        self.subscription = subscription
        self.postings = postings
    }

    /// Whether the postings add up to zero, as double entry demands.
    public var isBalanced: Bool { postings.reduce(PicoUSD.zero) { $0 + $1.amount } == .zero }
}
