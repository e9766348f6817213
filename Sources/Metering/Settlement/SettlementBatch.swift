/// What one subscription owes up to an epoch.
public struct SettlementItem: Sendable, Hashable {
    /// Which subscription pays.
    public var subscription: SubscriptionID
    /// All that the customer was ever charged, up to and with this epoch.
    ///
    /// Not a difference: so an item lost, repeated or delayed cannot make the total wrong.
    public var cumulativeCharge: PicoUSD
    /// The hash of the root of the customer's last tree.
    public var customerRoot: Digest32
    /// The price book of that tree; of several, SHA3-256 over their hashes in bytewise order.
    public var priceBook: PriceBookHash

    /// Creates an item.
    public init(
        subscription: SubscriptionID, cumulativeCharge: PicoUSD, customerRoot: Digest32, priceBook: PriceBookHash
    ) {
        self.subscription = subscription
        self.cumulativeCharge = cumulativeCharge
        self.customerRoot = customerRoot
        self.priceBook = priceBook
    }
}

/// Items of one epoch that are settled in one transaction.
public struct SettlementBatch: Sendable, Hashable {
    /// The most items of a batch.
    public static let sizeLimit = 1_000
    /// The moments that ledgers deal with, in milliseconds: the years 1970–9999.
    static let times: Range<Int64> = 0..<253_402_300_800_000

    /// The epoch.
    public var epoch: Epoch
    /// The items; at most ``sizeLimit``, each subscription once.
    public var items: [SettlementItem]

    /// Creates a batch.
    public init(epoch: Epoch, items: [SettlementItem]) {
        self.epoch = epoch
        self.items = items
    }

    /// Checks what every ledger relies on.
    ///
    /// - Throws: `invalidInput` when it is empty or too long, has a subscription twice, a total that is negative or
    ///   above ``Metering/PicoUSD/ledgerLimit``, or an epoch outside the years 1970–9999.
    public func validate(schedule: EpochSchedule) throws(MeteringError) {
        guard (1...Self.sizeLimit).contains(items.count) else {
            throw MeteringError(
                .invalidInput, "a settlement batch of \(items.count) items: it must have 1–\(Self.sizeLimit)")
        }
        guard Set(items.map(\.subscription)).count == items.count else {
            throw MeteringError(.invalidInput, "a settlement batch has one subscription twice")
        }
        guard Self.times.contains(schedule.start(of: epoch).milliseconds) else {
            throw MeteringError(.invalidInput, "a settlement of epoch \(epoch), which is at no possible time")
        }
        for item in items where !(PicoUSD.zero...PicoUSD.ledgerLimit).contains(item.cumulativeCharge) {
            throw MeteringError(
                .invalidInput,
                "\(item.subscription) cannot be charged \(item.cumulativeCharge) USD; a total is zero to \(PicoUSD.ledgerLimit) USD"
            )
        }
    }
}

/// What became of a settlement item.
public enum SettlementOutcome: Sendable, Hashable {
    /// It was accepted.
    case settled(Settled)
    /// The very same item was accepted before; nothing changed.
    case repeated
    /// A later epoch was accepted before; nothing changed, and what it asks for is in the later one's total.
    case superseded
    /// It was refused; nothing changed.
    case refused(Refusal)

    /// An accepted item.
    public struct Settled: Sendable, Hashable {
        /// What moved from escrow to the provider now.
        public var moved: PicoUSD
        /// What is charged and not settled after it: carried to the next epoch, in full view.
        public var unsettled: PicoUSD
        /// Why not everything moved; empty when no more than a rounding rest is unsettled.
        public var limits: Set<Limit>
        /// Creates an outcome.
        public init(moved: PicoUSD, unsettled: PicoUSD, limits: Set<Limit>) {
            self.moved = moved
            self.unsettled = unsettled
            self.limits = limits
        }
    }

    /// What kept a charge from being settled in full.
    public enum Limit: String, Sendable, Hashable, CaseIterable {
        /// The escrow is empty.
        case escrow
        /// The customer's cap for one epoch.
        case epochCap
        /// The customer's cap for one period.
        case periodCap
        /// The customer's cap for the whole subscription.
        case lifetimeCap
        /// The customer paused the subscription.
        case paused
    }

    /// Why an item was refused.
    public enum Refusal: String, Sendable, Hashable, CaseIterable {
        /// There is no such subscription.
        case unknownSubscription
        /// The subscription is closed.
        case closed
        /// The cumulative charge is below one accepted before.
        case decreased
        /// The same epoch was accepted with another total, root or price book.
        case conflict
    }
}
