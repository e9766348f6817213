/// The rules of a subscription, without any storage: every ledger applies these.
extension Subscription {
    /// Accepts a settlement item, or says why not.
    ///
    /// The amount due is the cumulative total, rounded down once to the ledger's unit, less what was settled. So
    /// batching, repetition and shortfalls never make the total drift.
    ///
    /// - Parameters:
    ///   - item: The item; its subscription must be this one.
    ///   - epoch: The epoch that it settles.
    ///   - unit: The smallest amount that the ledger moves.
    ///   - schedule: The schedule, which tells the period that the epoch falls into.
    /// - Returns: The outcome. For `settled`, `moved` has to be posted from escrow to the provider's earnings, which
    ///   also lessens ``escrow``.
    public mutating func settle(
        _ item: SettlementItem, epoch: Epoch, unit: PicoUSD, schedule: EpochSchedule
    ) -> SettlementOutcome {
        if let position {
            if epoch < position.epoch { return .superseded }
            if epoch == position.epoch { return item == position.item ? .repeated : .refused(.conflict) }
        }
        guard isOpen else { return .refused(.closed) }
        guard item.cumulativeCharge >= position?.item.cumulativeCharge ?? opening else { return .refused(.decreased) }

        position = Position(epoch: epoch, item: item)
        enter(periodOf: schedule.start(of: epoch))
        let due = max(.zero, item.cumulativeCharge.roundedDown(to: unit) - opening - settled)
        var moved = due
        var limits: Set<SettlementOutcome.Limit> = []
        let caps = caps(for: epoch)
        let bounds: [(SettlementOutcome.Limit, PicoUSD?)] = [
            (.escrow, escrow), (.epochCap, caps.perEpoch), (.periodCap, caps.perPeriod.map { $0 - periodSpent }),
            (.lifetimeCap, caps.lifetime.map { $0 - settled }), (.paused, state == .paused ? .zero : nil),
        ]
        for (limit, bound) in bounds {
            guard let bound, bound < due else { continue }
            limits.insert(limit)
            moved = min(moved, max(.zero, bound).roundedDown(to: unit))
        }
        settled += moved
        periodSpent += moved
        return .settled(SettlementOutcome.Settled(moved: moved, unsettled: unsettled, limits: limits))
    }

    private mutating func enter(periodOf time: Timestamp) {
        let period = (time.milliseconds - created.milliseconds).flooredQuotient(by: terms.periodLength)
        guard period != self.period else { return }
        self.period = period
        periodSpent = .zero
    }

    /// Sets the caps from the next epoch on.
    ///
    /// - Throws: `notAllowed` once it was cancelled: open usage is settled as agreed before.
    public mutating func setCaps(
        _ caps: SpendingCaps, at time: Timestamp, schedule: EpochSchedule
    ) throws(MeteringError) {
        try caps.validate()
        switch state {
        case .active, .paused: break
        case .cancelling, .closed: throw notAllowed("its caps cannot change any more")
        }
        let from = schedule.epoch(at: time).next
        // Of several changes within one epoch the last one counts. A clock set back cannot undo a change.
        let last = capChanges[capChanges.count - 1].from
        if last >= from {
            capChanges[capChanges.count - 1].caps = caps
        } else {
            capChanges.append(CapChange(from: from, caps: caps))
        }
    }

    /// Stops all movement of money until ``resume()``.
    ///
    /// - Throws: `notAllowed` once it was cancelled.
    public mutating func pause() throws(MeteringError) {
        switch state {
        case .active, .paused: state = .paused
        case .cancelling, .closed: throw notAllowed("it cannot be paused")
        }
    }

    /// Lets money move again; what was charged meanwhile is due with the next epoch.
    ///
    /// - Throws: `notAllowed` once it was cancelled.
    public mutating func resume() throws(MeteringError) {
        switch state {
        case .active, .paused: state = .active
        case .cancelling, .closed: throw notAllowed("it cannot be resumed")
        }
    }

    /// Ends the subscription after its grace; cancelling again changes nothing.
    ///
    /// A pause ends with it: usage before the cancellation is owed.
    ///
    /// - Throws: `notAllowed` when it is closed.
    public mutating func cancel(at time: Timestamp) throws(MeteringError) {
        switch state {
        case .active, .paused:
            let (until, overflow) = time.milliseconds.addingReportingOverflow(terms.grace)
            state = .cancelling(until: Timestamp(milliseconds: overflow ? .max : until))
        case .cancelling: break
        case .closed: throw notAllowed("it cannot be cancelled")
        }
    }

    /// Closes a cancelled subscription whose grace is over; closing it again changes nothing.
    ///
    /// - Returns: Whether it was closed just now. The whole escrow then has to be refunded.
    /// - Throws: `notAllowed` when it was not cancelled or its grace lasts.
    public mutating func close(at time: Timestamp) throws(MeteringError) -> Bool {
        switch state {
        case .closed: return false
        case .cancelling(let until) where time >= until:
            state = .closed(time)
            return true
        case .cancelling(let until): throw notAllowed("it can be closed from \(until) on")
        case .active, .paused: throw notAllowed("it has to be cancelled before it can be closed")
        }
    }

    /// An error that names the state.
    func notAllowed(_ reason: String) -> MeteringError {
        let state =
            switch state {
            case .active: "active"
            case .paused: "paused"
            case .cancelling(let until): "cancelled, with grace until \(until)"
            case .closed(let time): "closed since \(time)"
            }
        return MeteringError(.notAllowed, "the subscription \(quoted(id.rawValue)) is \(state); \(reason)")
    }
}
