import Metering
import Testing

@Suite("Spending under a subscription")
struct SpendAllowanceTests {
    private static let customer = CustomerID(rawValue: "acme")
    private static let start = Timestamp(milliseconds: 1_795_000_200_000)
    private static let schedule = EpochSchedule.standard

    private static func subscription(
        caps: SpendingCaps = .none, escrow: Int64 = 100, _ change: (inout Subscription) -> Void = { _ in }
    ) -> Subscription {
        var subscription = Subscription(
            terms: SubscriptionTerms(
                id: SubscriptionID(rawValue: "acme"), customer: customer, caps: caps, periodLength: 3_600_000),
            created: start, opening: .zero)
        subscription.escrow = PicoUSD(Int128(escrow))
        change(&subscription)
        return subscription
    }

    private static func window(
        _ subscription: Subscription, spent: Int64, asks: Int64, at time: Timestamp = start
    ) -> SpendWindow? {
        let guardian = SpendGuard()
        guardian.setSubscriptions([subscription], schedule: schedule)
        guardian.record(PicoUSD(Int128(spent)), of: customer, at: start)
        switch guardian.reserve(customer, upperBound: PicoUSD(Int128(asks)), now: time) {
        case .success: return nil
        case .failure(let refusal): return refusal.window
        }
    }

    @Test("Charges go as far as the escrow, what is reserved and not settled included")
    func escrow() {
        #expect(Self.window(Self.subscription(), spent: 60, asks: 40) == nil)
        #expect(Self.window(Self.subscription(), spent: 60, asks: 41) == .escrow)
        #expect(Self.window(Self.subscription(), spent: 100, asks: 0) == .escrow)
        // What was settled left the escrow; what remains is for what comes.
        let settled = Self.subscription(escrow: 40) { $0.settled = PicoUSD(60) }
        #expect(Self.window(settled, spent: 60, asks: 40) == nil)
        #expect(Self.window(settled, spent: 60, asks: 41) == .escrow)
        // A former subscription settled what came before.
        var second = Subscription(terms: settled.terms, created: Self.start, opening: PicoUSD(60))
        second.escrow = PicoUSD(10)
        #expect(Self.window(second, spent: 60, asks: 10) == nil)
        #expect(Self.window(second, spent: 60, asks: 11) == .escrow)
    }

    @Test("Caps hold per epoch, per period and for ever, and say when they begin anew")
    func caps() throws {
        let epoch = Self.subscription(caps: SpendingCaps(perEpoch: PicoUSD(10)))
        #expect(Self.window(epoch, spent: 0, asks: 10) == nil)
        #expect(Self.window(epoch, spent: 0, asks: 11) == .epoch)
        let period = Self.subscription(caps: SpendingCaps(perPeriod: PicoUSD(30))) {
            $0.settled = PicoUSD(25)
            $0.periodSpent = PicoUSD(25)
        }
        #expect(Self.window(period, spent: 25, asks: 5) == nil)
        #expect(Self.window(period, spent: 25, asks: 6) == .period)
        // In the next period the cap begins anew.
        let next = Timestamp(milliseconds: Self.start.milliseconds + 3_600_000)
        #expect(Self.window(period, spent: 25, asks: 30, at: next) == nil)
        let bound = try #require(period.allowance(at: Self.start, schedule: Self.schedule).bounds.last)
        #expect(bound.resets == next)
        let lifetime = Self.subscription(caps: SpendingCaps(lifetime: PicoUSD(50)))
        #expect(Self.window(lifetime, spent: 49, asks: 1) == nil)
        #expect(Self.window(lifetime, spent: 49, asks: 2) == .subscription)
    }

    @Test("Paused or cancelled, nothing goes")
    func paused() {
        #expect(Self.window(Self.subscription { $0.state = .paused }, spent: 0, asks: 1) == .subscription)
        let cancelled = Self.subscription { $0.state = .cancelling(until: Timestamp(milliseconds: .max)) }
        #expect(Self.window(cancelled, spent: 0, asks: 1) == .subscription)
    }

    @Test("Customers without a subscription are not held up, also after theirs has ended")
    func others() {
        let guardian = SpendGuard()
        #expect(!guardian.isSubscriber(Self.customer))
        guardian.setSubscriptions([Self.subscription(escrow: 0)], schedule: Self.schedule)
        #expect(guardian.isSubscriber(Self.customer))
        #expect(!guardian.isSubscriber(.default))
        #expect(throws: SpendRefusal.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(1), now: Self.start).get()
        }
        guardian.setSubscriptions([], schedule: Self.schedule)
        #expect(!guardian.isSubscriber(Self.customer))
        #expect(throws: Never.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(1), now: Self.start).get()
        }
    }

    @Test("A plan that comes later holds for what comes later, and what was due stays due")
    func plans() throws {
        let guardian = SpendGuard()
        guardian.record(PicoUSD(60), of: Self.customer, at: Self.start)
        guardian.setSubscriptions([Self.subscription()], schedule: Self.schedule)
        guardian.setPlans(
            try PlanDirectory(
                json: """
                    {"version":1,"plans":[{"id":"double","markup_bp":10000,"tiers":[]}],
                     "assignments":[{"customer":"acme","plan":"double","from":"2020-01-01"}]}
                    """))
        // 40 are left, which are good for 20 at twice the price.
        #expect(throws: SpendRefusal.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(21), now: Self.start).get()
        }
        let lease = try guardian.reserve(Self.customer, upperBound: PicoUSD(20), now: Self.start).get()
        #expect(throws: SpendRefusal.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(1), now: Self.start).get()
        }
        guardian.settle(lease, actual: PicoUSD(10), now: Self.start)
        #expect(throws: Never.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(10), now: Self.start).get()
        }
    }

    @Test("A guard that starts takes up what a store's events made due, also in a month with two plans")
    func restart() async throws {
        let directory = try PlanDirectory(
            json: """
                {"version":1,"plans":[{"id":"half","markup_bp":-5000,"tiers":[]}],
                 "assignments":[{"customer":"acme","plan":"half","from":"2026-11-18"}]}
                """)
        // 2026-11-18T11:10:00Z and, a day earlier, at list price.
        let store = MemoryUsageStore()
        let sku = SKU(rawValue: "claude-opus-5-5/output")
        let events = [(1, Self.start.milliseconds - 86_400_000, 40), (2, Self.start.milliseconds, 40)].map {
            (number: Int, time: Int64, charge: Int64) in
            UsageEvent(
                id: EventID(rawValue: "msg_\(number)"), customer: Self.customer, session: SessionID(rawValue: "s"),
                key: .none, model: "claude-opus-5-5", time: Timestamp(milliseconds: time),
                lines: [SKULine(sku: sku, quantity: charge)], charge: .priced(PicoUSD(Int128(charge))),
                priceBook: .zero, quality: .exact, source: .gateway)
        }
        _ = try await store.append(events)
        let guardian = try await SpendGuard(store: store, now: Self.start, plans: directory)
        guardian.setSubscriptions([Self.subscription()], schedule: Self.schedule)
        // 40 + 40 ÷ 2 of 100 are due; the other 40 are good for 80.
        #expect(throws: SpendRefusal.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(81), now: Self.start).get()
        }
        #expect(throws: Never.self) {
            try guardian.reserve(Self.customer, upperBound: PicoUSD(80), now: Self.start).get()
        }
    }
}
