/// How far a subscription lets a customer's charges go.
public struct SpendAllowance: Sendable, Hashable {
    /// One bound, on all that the customer was ever charged.
    public struct Bound: Sendable, Hashable {
        /// What sets it.
        public var window: SpendWindow
        /// The most that everything may come to.
        public var total: PicoUSD
        /// When it may rise by itself; `nil` when it does not.
        public var resets: Timestamp?
    }

    /// The bounds; the least one holds.
    public var bounds: [Bound]
}

extension Subscription {
    /// How far the customer's charges may go now: no further than the escrow and the caps can settle.
    ///
    /// A cap per epoch or period is counted from what was settled, so charges that wait for a settlement use it up.
    ///
    /// - Parameters:
    ///   - now: The present moment, which tells the epoch and the period.
    ///   - schedule: How the ledger cuts time into epochs.
    public func allowance(at now: Timestamp, schedule: EpochSchedule) -> SpendAllowance {
        let base = opening + settled
        switch state {
        case .active: break
        case .paused, .cancelling, .closed:
            return SpendAllowance(bounds: [SpendAllowance.Bound(window: .subscription, total: .zero, resets: nil)])
        }
        let epoch = schedule.epoch(at: now)
        let caps = caps(for: epoch)
        var bounds = [SpendAllowance.Bound(window: .escrow, total: base + escrow, resets: nil)]
        if let cap = caps.lifetime {
            bounds.append(SpendAllowance.Bound(window: .subscription, total: opening + cap, resets: nil))
        }
        if let cap = caps.perPeriod {
            let period = (now.milliseconds - created.milliseconds).flooredQuotient(by: terms.periodLength)
            let spent = period == self.period ? periodSpent : .zero
            let end = created.milliseconds + (period + 1) * terms.periodLength
            bounds.append(
                SpendAllowance.Bound(
                    window: .period, total: base + max(.zero, cap - spent), resets: Timestamp(milliseconds: end)))
        }
        if let cap = caps.perEpoch {
            bounds.append(
                SpendAllowance.Bound(window: .epoch, total: base + cap, resets: schedule.end(of: epoch)))
        }
        return SpendAllowance(bounds: bounds)
    }
}
