public import Metering

/// When a charge is worth settling.
public struct SettlementPolicy: Sendable, Hashable {
    /// Fewer new tokens than this wait for more, unless the amount is worth it.
    public var minimumTokens: Int64
    /// New charges from this amount on do not wait.
    public var minimumAmount: PicoUSD
    /// As soon as this much is not in any epoch yet, the running epoch is closed early; `nil` for never.
    public var threshold: PicoUSD?
    /// For how many milliseconds nothing may have been seen of the oracle before somebody has to confirm that the
    /// clock is right.
    public var maximumSilence: Int64

    /// Creates a policy.
    ///
    /// The defaults: 1,000 tokens or one cent, no threshold, and a week.
    public init(
        minimumTokens: Int64 = 1_000, minimumAmount: PicoUSD = PicoUSD(10_000_000_000), threshold: PicoUSD? = nil,
        maximumSilence: Int64 = 7 * 86_400_000
    ) {
        self.minimumTokens = minimumTokens
        self.minimumAmount = minimumAmount
        self.threshold = threshold
        self.maximumSilence = maximumSilence
    }

    /// What a customer's last entry charges beyond what its subscription was told before.
    func newCharge(_ entry: CustomerEpoch, _ subscription: Subscription) -> PicoUSD {
        entry.cumulativeDue - (subscription.position?.item.cumulativeCharge ?? subscription.opening)
    }

    /// Whether new charges of a subscription need not wait, whatever they stand for.
    func isWorthSettling(_ new: PicoUSD, of subscription: Subscription) -> Bool {
        // What was used before a cancellation is settled before the grace ends, however little it is.
        if case .cancelling = subscription.state { return new > .zero }
        return new > .zero && new >= minimumAmount
    }

    /// The item that settles a customer's last entry with an epoch, or `nil` when nothing is due or it can wait.
    ///
    /// - Parameters:
    ///   - entry: The customer's last entry.
    ///   - newTokens: What the customer used since the entry that the subscription settled last.
    public func item(
        settling entry: CustomerEpoch, with epoch: Epoch, of subscription: Subscription, newTokens: Int64,
        unit: PicoUSD, schedule: EpochSchedule
    ) -> SettlementItem? {
        if let position = subscription.position, position.epoch >= epoch { return nil }
        let item = SettlementItem(
            subscription: subscription.id, cumulativeCharge: entry.cumulativeDue, customerRoot: entry.root.hash,
            priceBook: entry.priceBookHash)
        let new = newCharge(entry, subscription)
        if isWorthSettling(new, of: subscription) || (new > .zero && newTokens >= minimumTokens) { return item }
        // What an earlier epoch could not settle in full is tried again when something of it would move.
        guard subscription.unsettled >= unit, subscription.unsettled > .zero else { return nil }
        var trial = subscription
        guard case .settled(let settled) = trial.settle(item, epoch: epoch, unit: unit, schedule: schedule),
            settled.moved > .zero
        else { return nil }
        return item
    }
}
