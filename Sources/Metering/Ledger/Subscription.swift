/// What a customer agrees to.
public struct SubscriptionTerms: Sendable, Hashable {
    /// The subscription's id.
    public var id: SubscriptionID
    /// Who pays.
    public var customer: CustomerID
    /// Who earns.
    public var provider: ProviderID
    /// The caps from the start.
    public var caps: SpendingCaps
    /// The length of a period in milliseconds, from the start on; 30 days unless said otherwise.
    public var periodLength: Int64
    /// For how many milliseconds after a cancellation open usage may still be settled; 7 days unless said otherwise.
    public var grace: Int64

    /// Creates terms.
    public init(
        id: SubscriptionID, customer: CustomerID, provider: ProviderID = .operator, caps: SpendingCaps = .none,
        periodLength: Int64 = 30 * 86_400_000, grace: Int64 = 7 * 86_400_000
    ) {
        self.id = id
        self.customer = customer
        self.provider = provider
        self.caps = caps
        self.periodLength = periodLength
        self.grace = grace
    }

    /// Checks what every ledger relies on.
    ///
    /// - Throws: `invalidInput`.
    public func validate(at time: Timestamp) throws(MeteringError) {
        for (name, text) in [
            ("subscription id", id.rawValue), ("customer id", customer.rawValue), ("provider id", provider.rawValue),
        ] {
            do { _ = try CustomerID(validating: text) } catch {
                throw MeteringError(
                    .invalidInput,
                    "not a \(name): \(quoted(text)); use 1–64 letters, digits, and the characters _ . @ -")
            }
        }
        try caps.validate()
        guard SettlementBatch.times.contains(time.milliseconds) else {
            throw MeteringError(.invalidInput, "a subscription cannot begin at \(time); set the clock right")
        }
        guard (3_600_000...366 * 86_400_000).contains(periodLength), (0...366 * 86_400_000).contains(grace) else {
            throw MeteringError(
                .invalidInput, "the period must be 1 hour to 366 days long, and the grace at most 366 days")
        }
    }
}

/// A customer's standing agreement to pay for usage out of escrow, as the ledger holds it.
///
/// All amounts are exact, in 10⁻¹² USD; what moves is a multiple of the ledger's unit.
public struct Subscription: Sendable, Hashable {
    /// What a subscription allows now.
    public enum State: Sendable, Hashable {
        /// Charges are settled.
        case active
        /// Charges are taken note of, and nothing moves.
        case paused
        /// It ends at this moment; until then open usage is settled.
        case cancelling(until: Timestamp)
        /// It ended at this moment, and the rest of the escrow was refunded.
        case closed(Timestamp)
    }

    /// The last item that was accepted.
    public struct Position: Sendable, Hashable {
        /// Its epoch.
        public var epoch: Epoch
        /// The item.
        public var item: SettlementItem
        /// Creates a position.
        public init(epoch: Epoch, item: SettlementItem) {
            self.epoch = epoch
            self.item = item
        }
    }

    /// What the customer agreed to; its caps are those of the start, see ``capChanges``.
    public var terms: SubscriptionTerms
    /// When it began.
    public var created: Timestamp
    /// What it allows now.
    public var state: State = .active
    /// The caps by epoch, oldest first; never empty.
    public var capChanges: [CapChange]
    /// What the customer's subscriptions before this one settled: where this one's share of the total begins.
    public var opening: PicoUSD
    /// What it holds in escrow: the balance of its account.
    public var escrow: PicoUSD = .zero
    /// What this subscription settled.
    public var settled: PicoUSD = .zero
    /// The last item that was accepted; `nil` before the first.
    public var position: Position?
    /// The period that ``periodSpent`` is about, counted from the start.
    public var period: Int64 = 0
    /// What moved in that period.
    public var periodSpent: PicoUSD = .zero
    /// Credit notes that the provider could not pay yet; paid first from what it earns next.
    public var creditOwed: PicoUSD = .zero

    /// Creates a subscription.
    public init(terms: SubscriptionTerms, created: Timestamp, opening: PicoUSD) {
        self.terms = terms
        self.created = created
        self.opening = opening
        capChanges = [CapChange(from: Epoch(.min), caps: terms.caps)]
    }

    /// The id.
    public var id: SubscriptionID { terms.id }
    /// Whether it can still settle.
    public var isOpen: Bool { if case .closed = state { false } else { true } }
    /// Whether it was cancelled, its grace is over, and it only has to be closed.
    public func hasEnded(at time: Timestamp) -> Bool {
        if case .cancelling(let until) = state { until <= time } else { false }
    }
    /// What is charged and not settled, as of the last item.
    public var unsettled: PicoUSD { (position?.item.cumulativeCharge ?? opening) - opening - settled }

    /// The caps that hold for an epoch.
    public func caps(for epoch: Epoch) -> SpendingCaps {
        capChanges.last { $0.from <= epoch }?.caps ?? capChanges[0].caps
    }
}
