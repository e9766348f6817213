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
    /// - Throws: What the store throws.
    public convenience init(
        store: any UsageStore, now: Timestamp, leaseDuration: Int64 = 86_400_000
    ) async throws(MeteringError) {
        self.init(leaseDuration: leaseDuration)
        let today = now.day
        let month = today.month
        let lifetime = try await store.usage(UsageQuery(by: .customer))
        let monthly = try await store.usage(UsageQuery(by: .customer, since: month.firstDay, until: month.lastDay))
        let daily = try await store.usage(UsageQuery(by: .customer, since: today, until: today))
        let customers = try await store.customers()
        state.withLock { state in
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
            for customer in customers { state.accounts[customer.id, default: SpendAccount()].limits = customer.limits }
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
                state.accounts[subscription.terms.customer, default: SpendAccount()].subscription = subscription
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
    public func reserve(
        _ customer: CustomerID, upperBound: PicoUSD, now: Timestamp
    ) -> Result<SpendLease, SpendRefusal> {
        state.withLock { state in
            let schedule = state.schedule
            let refusal = state.accounts[customer, default: SpendAccount()].refusal(
                of: upperBound, now: now, schedule: schedule)
            if let refusal { return .failure(refusal) }
            state.nextLease += 1
            let lease = SpendLease(
                id: state.nextLease, customer: customer, upperBound: max(.zero, upperBound),
                expires: Timestamp(milliseconds: now.milliseconds + leaseDuration))
            state.accounts[customer, default: SpendAccount()].add(lease)
            return .success(lease)
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
            state.accounts[lease.customer, default: SpendAccount()].remove(lease)
            state.accounts[lease.customer, default: SpendAccount()].spend(actual, at: now)
        }
    }

    /// Gives a reservation back: the call cost nothing.
    ///
    /// Doing so again is a no-op.
    public func release(_ lease: SpendLease) {
        state.withLock { state in state.accounts[lease.customer, default: SpendAccount()].remove(lease) }
    }

    /// Counts money that was spent without a reservation, such as the results of a message batch.
    public func record(_ amount: PicoUSD, of customer: CustomerID, at time: Timestamp) {
        state.withLock { state in state.accounts[customer, default: SpendAccount()].spend(amount, at: time) }
    }

    /// How a customer stands.
    public func standing(of customer: CustomerID, now: Timestamp) -> SpendStanding {
        state.withLock { state in state.accounts[customer, default: SpendAccount()].standing(now: now) }
    }
}

extension UsageRow {
    fileprivate var customer: CustomerID { CustomerID(rawValue: group) }
}
