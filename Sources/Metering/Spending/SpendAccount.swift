/// One customer's caps, settled sums and reservations: the state of ``SpendGuard``.
struct SpendAccount {
    var limits = SpendLimits()
    /// The customer's subscription, when there is one.
    var subscription: Subscription?
    var lifetime = PicoUSD.zero
    var months: [Month: PicoUSD] = [:]
    var days: [Day: PicoUSD] = [:]
    private var leases: [UInt64: SpendLease] = [:]
    private var leased = PicoUSD.zero
    private var earliestExpiry = Timestamp(milliseconds: .max)

    /// The window that refuses `bound`, if any.
    ///
    /// Of several, the one that opens last: trying again before is in vain. One that only running calls block opens
    /// first of all.
    mutating func refusal(of bound: PicoUSD, now: Timestamp, schedule: EpochSchedule) -> SpendRefusal? {
        expire(now: now)
        let day = now.day
        let allowance = subscription?.allowance(at: now, schedule: schedule)
        var windows: [(SpendWindow, PicoUSD?, PicoUSD, Timestamp?)] =
            allowance?.bounds.map { ($0.window, Optional($0.total), lifetime, $0.resets) } ?? []
        windows += [
            (.lifetime, limits.lifetime, lifetime, nil),
            (.monthly, limits.monthly, months[day.month] ?? .zero, day.month.next.firstDay.start),
            (.daily, limits.daily, days[day] ?? .zero, Timestamp(milliseconds: day.start.milliseconds + 86_400_000)),
        ]
        var passing: SpendRefusal?
        for case (let window, let cap?, let settled, let resets) in windows
        where settled + leased + max(.zero, bound) > cap || settled >= cap {
            let refusal = SpendRefusal(
                window: window, cap: cap, settled: settled, leased: leased, upperBound: max(.zero, bound),
                resets: resets)
            if !refusal.isPassing { return refusal }
            passing = passing ?? refusal
        }
        return passing
    }

    mutating func add(_ lease: SpendLease) {
        leases[lease.id] = lease
        leased += lease.upperBound
        earliestExpiry = min(earliestExpiry, lease.expires)
    }

    mutating func remove(_ lease: SpendLease) {
        if let known = leases.removeValue(forKey: lease.id) { leased -= known.upperBound }
        if leases.isEmpty { earliestExpiry = Timestamp(milliseconds: .max) }
    }

    mutating func spend(_ amount: PicoUSD, at time: Timestamp) {
        let day = time.day
        lifetime += amount
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
        earliestExpiry = leases.values.map(\.expires).min() ?? Timestamp(milliseconds: .max)
    }
}
