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
}
