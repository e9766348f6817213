/// One customer's caps, settled sums and reservations: the state of ``SpendGuard``.
struct SpendAccount {
    var limits = SpendLimits()
    /// The customer's subscription, when there is one.
    var subscription: Subscription?
    /// All charges ever, at list price.
    var lifetime = PicoUSD.zero
    /// What the customer's plan makes due; `nil` while that is the list price.
    private var meter: PlanMeter?
    var months: [Month: PicoUSD] = [:]
    var days: [Day: PicoUSD] = [:]
    private var leases: [UInt64: SpendLease] = [:]
    private var leased = PicoUSD.zero
    private var leasedDue = PicoUSD.zero
    private var earliestExpiry = Timestamp(milliseconds: .max)

    /// The window that refuses `bound`, if any.
    ///
    /// Of several, the one that opens last: trying again before is in vain. One that only running calls block opens
    /// first of all.
    /// Escrow and the caps of a subscription bound what is due by the customer's plan, limits the list price.
    mutating func refusal(
        of bound: PicoUSD, due: PicoUSD, now: Timestamp, schedule: EpochSchedule, checksLimits: Bool = true
    ) -> SpendRefusal? {
        expire(now: now)
        let limits = checksLimits ? limits : SpendLimits()
        let day = now.day
        let allowance = subscription?.allowance(at: now, schedule: schedule)
        var windows: [(SpendRefusal, PicoUSD?)] =
            allowance?.bounds.map { limit in
                (
                    SpendRefusal(
                        window: limit.window, cap: limit.total, settled: self.due, leased: leasedDue, upperBound: due,
                        resets: limit.resets), limit.total
                )
            } ?? []
        func window(_ window: SpendWindow, _ cap: PicoUSD?, _ settled: PicoUSD, _ resets: Timestamp?) {
            windows.append(
                (
                    SpendRefusal(
                        window: window, cap: cap ?? .zero, settled: settled, leased: leased, upperBound: bound,
                        resets: resets), cap
                ))
        }
        window(.lifetime, limits.lifetime, lifetime, nil)
        window(.monthly, limits.monthly, months[day.month] ?? .zero, day.month.next.firstDay.start)
        window(
            .daily, limits.daily, days[day] ?? .zero, Timestamp(milliseconds: day.start.milliseconds + 86_400_000))
        var passing: SpendRefusal?
        for case (let refusal, let cap?) in windows
        where refusal.settled + refusal.leased + refusal.upperBound > cap || refusal.settled >= cap {
            if !refusal.isPassing { return refusal }
            passing = passing ?? refusal
        }
        return passing
    }

    // MARK: The plan

    /// All that was ever due, by the customer's plan.
    var due: PicoUSD { meter?.due ?? lifetime }

    /// The most that a call of this list price can make due, should it end before `end`.
    func dueBound(of bound: PicoUSD, from now: Timestamp, until end: Timestamp) -> PicoUSD {
        guard let meter else { return bound }
        return meter.plans.bound(
            on: bound, from: now, until: end, after: meter.months[now.day.month]?.list ?? .zero)
    }

    /// Goes on by other plans: what was due stays due.
    mutating func setPlans(_ plans: PlanHistory) {
        if meter != nil {
            meter?.plans = plans
        } else if !plans.isList {
            let known = months.mapValues {
                PlanMeter.MonthSums(list: $0, exact: ExactAmount($0.rawValue * Plan.fullRate))
            }
            let earlier = lifetime - months.values.reduce(.zero, +)
            meter = PlanMeter(plans: plans, months: known, earlier: earlier)
        }
    }

    /// Begins with what a store's events made due.
    mutating func setMeter(_ meter: PlanMeter) { self.meter = meter }

    mutating func add(_ lease: SpendLease) {
        leases[lease.id] = lease
        leased += lease.upperBound
        leasedDue += lease.dueBound
        earliestExpiry = min(earliestExpiry, lease.expires)
    }

    mutating func remove(_ lease: SpendLease) {
        if let known = leases.removeValue(forKey: lease.id) {
            leased -= known.upperBound
            leasedDue -= known.dueBound
        }
        if leases.isEmpty { earliestExpiry = Timestamp(milliseconds: .max) }
    }

    mutating func spend(_ amount: PicoUSD, at time: Timestamp) {
        let day = time.day
        lifetime += amount
        // What is beyond all amounts that can be kept exhausts every balance.
        do { try meter?.add(amount, at: time) } catch { meter = meter.map { $0.exhausted } }
        months[day.month, default: .zero] += amount
        days[day, default: .zero] += amount
        // Late events may still fall into the last window; those before it can no longer matter.
        if days.count > 2, let newest = days.keys.max() {
            days = days.filter { $0.key.sinceEpoch >= newest.sinceEpoch - 1 }
        }
        if months.count > 2, let newest = months.keys.max() {
            months = months.filter { $0.key.sinceEpoch >= newest.sinceEpoch - 1 }
        }
    }

    mutating func standing(now: Timestamp) -> SpendStanding {
        expire(now: now)
        return SpendStanding(
            limits: limits, daily: days[now.day] ?? .zero, monthly: months[now.day.month] ?? .zero,
            lifetime: lifetime, leased: leased)
    }

    private mutating func expire(now: Timestamp) {
        guard earliestExpiry <= now else { return }
        leases = leases.filter { $0.value.expires > now }
        leased = leases.values.reduce(.zero) { $0 + $1.upperBound }
        leasedDue = leases.values.reduce(.zero) { $0 + $1.dueBound }
        earliestExpiry = leases.values.map(\.expires).min() ?? Timestamp(milliseconds: .max)
    }
}

extension PlanMeter {
    /// A meter of which nothing more can become due, because everything is.
    fileprivate var exhausted: PlanMeter { PlanMeter(plans: plans, months: months, earlier: .ledgerLimit) }
}
