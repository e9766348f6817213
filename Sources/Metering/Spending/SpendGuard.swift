internal import Synchronization

/// Holds spending under hard caps: reserves before a call, settles after it.
///
/// For every window (UTC day, UTC month, for ever) of every customer, settled + reserved never exceeds the cap, however
/// many calls run at once, as long as each call costs no more than its reservation: that is what ``SpendBound/strict``
/// is for. What a call costs beyond that is settled in full, and counts against the calls that follow.
///
/// All state is in memory: after a crash no reservation stays behind, and the settled sums come from the store.
public final class SpendGuard: Sendable {
    /// How long a reservation holds when nobody settles it, in milliseconds: a call that takes longer is given up on.
    public let leaseDuration: Int64

    private struct State {
        var accounts: [CustomerID: SpendAccount] = [:]
        var nextLease: UInt64 = 0
        var subscribers: Set<CustomerID> = []
        var schedule = EpochSchedule.standard
        var plans = PlanDirectory.empty

        /// Changes a customer's account, which begins with the customer's plans.
        mutating func withAccount<Value>(
            of customer: CustomerID, _ body: (inout SpendAccount) -> Value
        ) -> Value {
            if accounts[customer] == nil {
                var account = SpendAccount()
                account.setPlans(plans.history(of: customer))
                accounts[customer] = account
            }
            return body(&accounts[customer, default: SpendAccount()])
        }
    }

    private let state = Mutex(State())
    private let hasSubscribers = Atomic<Bool>(false)

    /// Creates a guard that knows no customer: nothing is limited yet.
    ///
    /// - Parameter leaseDuration: See ``leaseDuration``. The default, a day, is longer than any call lasts: a reservation
    ///   that ends before its call would let others spend the same money.
    public init(leaseDuration: Int64 = 86_400_000) { self.leaseDuration = leaseDuration }

    /// Creates a guard with the limits and sums that a store has now.
    ///
    /// No event may be appended meanwhile.
    ///
    /// - Parameter plans: The customers' plans, which make amounts due of list prices.
    /// - Throws: What the store throws.
    public convenience init(
        store: any UsageStore, now: Timestamp, plans: PlanDirectory = .empty, leaseDuration: Int64 = 86_400_000
    ) async throws(MeteringError) {
        self.init(leaseDuration: leaseDuration)
        let today = now.day
        let month = today.month
        let lifetime = try await store.usage(UsageQuery(by: .customer))
        let monthly = try await store.usage(UsageQuery(by: .customer, since: month.firstDay, until: month.lastDay))
        let daily = try await store.usage(UsageQuery(by: .customer, since: today, until: today))
        let customers = try await store.customers()
        var meters: [CustomerID: PlanMeter] = [:]
        for customer in plans.customers {
            meters[customer] = try await PlanMeter(of: customer, plans: plans.history(of: customer), in: store)
        }
        state.withLock { state in
            state.plans = plans
            for (customer, meter) in meters { state.accounts[customer, default: SpendAccount()].setMeter(meter) }
            for row in lifetime { state.accounts[row.customer, default: SpendAccount()].lifetime = row.sums.charge }
            for row in monthly { state.accounts[row.customer, default: SpendAccount()].months[month] = row.sums.charge }
            for row in daily { state.accounts[row.customer, default: SpendAccount()].days[today] = row.sums.charge }
            for customer in customers { state.accounts[customer.id, default: SpendAccount()].limits = customer.limits }
        }
    }

    /// Sets the limits of customers, such as those read anew from a store.
    ///
    /// Sums and reservations stay.
    public func setLimits(of customers: [Customer]) {
        state.withLock { state in
            for customer in customers { state.withAccount(of: customer.id) { $0.limits = customer.limits } }
        }
    }

    /// Sets the plans, such as those read anew from a file: they hold for what is charged from now on.
    ///
    /// What was due before stays so, as in the oracle's entries.
    public func setPlans(_ plans: PlanDirectory) {
        state.withLock { state in
            guard state.plans != plans else { return }
            state.plans = plans
            for customer in state.accounts.keys {
                state.accounts[customer]?.setPlans(plans.history(of: customer))
            }
        }
    }

    /// Sets the subscriptions of customers, such as those read anew from a ledger; other customers have none.
    ///
    /// A customer with a subscription can be charged no more than its escrow and caps can settle.
    public func setSubscriptions(_ subscriptions: [Subscription], schedule: EpochSchedule) {
        state.withLock { state in
            let customers = Set(subscriptions.map(\.terms.customer))
            for former in state.subscribers.subtracting(customers) { state.accounts[former]?.subscription = nil }
            for subscription in subscriptions {
                state.withAccount(of: subscription.terms.customer) { $0.subscription = subscription }
            }
            state.subscribers = customers
            state.schedule = schedule
            hasSubscribers.store(!customers.isEmpty, ordering: .relaxed)
        }
    }

    /// Whether the customer has a subscription.
    public func isSubscriber(_ customer: CustomerID) -> Bool {
        // Asked for every call: most gateways have none, and then nothing is locked.
        hasSubscribers.load(ordering: .relaxed) && state.withLock { $0.subscribers.contains(customer) }
    }

    /// Reserves money for a call, or refuses.
    ///
    /// - Parameters:
    ///   - customer: Who pays. A customer without limits always gets a lease.
    ///   - upperBound: The most the call can cost.
    ///   - now: The present moment: it decides which day and month count, and which leases have expired.
    ///   - checksLimits: Whether the customer's limits are held here; ``SharedReservations`` hold them over many gateways.
    public func reserve(
        _ customer: CustomerID, upperBound: PicoUSD, now: Timestamp, checksLimits: Bool = true
    ) -> Result<SpendLease, SpendRefusal> {
        state.withLock { state in
            let schedule = state.schedule
            let id = state.nextLease + 1
            let expires = Timestamp(milliseconds: now.milliseconds + leaseDuration)
            let result = state.withAccount(of: customer) { account -> Result<SpendLease, SpendRefusal> in
                let bound = max(.zero, upperBound)
                let due = account.dueBound(of: bound, from: now, until: expires)
                if let refusal = account.refusal(
                    of: bound, due: due, now: now, schedule: schedule, checksLimits: checksLimits)
                {
                    return .failure(refusal)
                }
                let lease = SpendLease(id: id, customer: customer, upperBound: bound, dueBound: due, expires: expires)
                account.add(lease)
                return .success(lease)
            }
            state.nextLease = id
            return result
        }
    }

    /// Ends a reservation with what the call cost, whether the lease has expired or not.
    ///
    /// A call without a price is taken at its upper bound: what is not known must not look free.
    public func settle(_ lease: SpendLease, charge: UsageEvent.Charge, now: Timestamp) {
        switch charge {
        case .priced(let actual): settle(lease, actual: actual, now: now)
        case .unpriced: settle(lease, actual: lease.upperBound, now: now)
        }
    }

    /// Ends a reservation with what the call cost, whether the lease has expired or not.
    ///
    /// Call it once for a lease.
    public func settle(_ lease: SpendLease, actual: PicoUSD, now: Timestamp) {
        state.withLock { state in
            state.withAccount(of: lease.customer) { account in
                account.remove(lease)
                account.spend(actual, at: now)
            }
        }
    }

    /// Gives a reservation back: the call cost nothing.
    ///
    /// Doing so again is a no-op.
    public func release(_ lease: SpendLease) {
        state.withLock { state in state.withAccount(of: lease.customer) { $0.remove(lease) } }
    }

    /// Counts money that was spent without a reservation, such as the results of a message batch, or a call of a customer
    /// without limits: who subscribes later owes it too.
    public func record(_ amount: PicoUSD, of customer: CustomerID, at time: Timestamp) {
        state.withLock { state in state.withAccount(of: customer) { $0.spend(amount, at: time) } }
    }

    /// How a customer stands.
    public func standing(of customer: CustomerID, now: Timestamp) -> SpendStanding {
        state.withLock { state in state.withAccount(of: customer) { $0.standing(now: now) } }
    }
}

extension UsageRow {
    fileprivate var customer: CustomerID { CustomerID(rawValue: group) }
}
