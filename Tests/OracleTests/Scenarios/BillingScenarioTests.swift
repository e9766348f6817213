import Metering
import MeteringConformance
import Testing

@testable import Oracle

/// What happens to a customer's money from the call to the books: guard, store, oracle and ledger together, on a clock
/// that the test moves.
@Suite("Billing scenarios, from the call to the books")
struct BillingScenarioTests {
    private static let acme = CustomerID(rawValue: "acme")
    private static let id = World.subscription(of: acme)
    /// 2026-11-24 begins so many minutes after the world does.
    private static let midnight: Int64 = 480
    private static let sku = SKU(rawValue: "claude-opus-5-5/output")

    /// How a scenario begins.
    private struct Start {
        var plans = "[]"
        var assignments = "[]"
        var paying: PicoUSD
        var caps = SpendingCaps.none
    }

    /// A customer whose calls go through the guard, as through the gateway.
    private struct Caller {
        var world: World
        let spending = SpendGuard()
        private var serial = 0
        /// Σ list prices of the calls that were let through.
        var list = PicoUSD.zero
        var book: PriceBook

        init(_ start: Start) async throws {
            world = try World()
            world.plans = try PlanDirectory(
                json: #"{"version":1,"plans":\#(start.plans),"assignments":\#(start.assignments)}"#)
            // So that no amount is too small to be settled.
            world.policy.minimumAmount = PicoUSD(1)
            book = try PriceBook(
                id: "test", effectiveFrom: Timestamp(milliseconds: 0),
                prices: [BillingScenarioTests.sku: PicoUSD(1)])
            spending.setPlans(world.plans)
            try await world.subscribe(BillingScenarioTests.acme, paying: start.paying, caps: start.caps)
        }

        /// A call of so many tokens of one part in 10¹² USD each, with as many reserved as it will use, or with `bound`.
        @discardableResult
        mutating func call(_ tokens: Int64, bound: Int64? = nil, at time: Timestamp) async throws -> SpendWindow? {
            let subscription = try #require(
                await world.ledger.subscription(BillingScenarioTests.id))
            spending.setSubscriptions(subscription.isOpen ? [subscription] : [], schedule: World.schedule)
            let upper = (bound ?? tokens) * (book.prices[BillingScenarioTests.sku] ?? .zero)
            switch spending.reserve(BillingScenarioTests.acme, upperBound: upper, now: time) {
            case .failure(let refusal): return refusal.window
            case .success(let lease):
                let event = event(tokens, at: time)
                _ = try await world.usage.append([event])
                spending.settle(lease, charge: event.charge, now: time)
                list += event.amount
                return nil
            }
        }

        mutating func event(_ tokens: Int64, at time: Timestamp) -> UsageEvent {
            serial += 1
            let lines = [SKULine(sku: BillingScenarioTests.sku, quantity: tokens)]
            return UsageEvent(
                id: EventID(rawValue: "msg_\(serial)"), customer: BillingScenarioTests.acme,
                session: SessionID(rawValue: "s"), key: .none, model: "claude-opus-5-5", time: time, lines: lines,
                charge: Rating.charge(for: lines, book: book), priceBook: book.hash, quality: .exact, source: .gateway)
        }

        func settle(at time: Timestamp) async throws { _ = try await world.worker().run(at: time) }

        func subscription() async throws -> Subscription {
            try #require(await world.ledger.subscription(BillingScenarioTests.id))
        }
    }

    private static func volume(_ tiers: String, markup: Int = 0) -> String {
        #"[{"id":"v","markup_bp":\#(markup),"tiers":\#(tiers)}]"#
    }

    @Test("An upgrade in mid-month: what was used before is settled as before, what comes after by the new plan")
    func upgrade() async throws {
        var caller = try await Caller(
            Start(
                plans: Self.volume(#"[{"from_usd":"0.000000001","discount_bp":5000}]"#),
                assignments: #"[{"customer":"acme","plan":"v","from":"2026-11-24"}]"#, paying: PicoUSD(100_000)))
        try await caller.call(3_000, at: World.minute(0))
        try await caller.settle(at: World.minute(1))
        #expect(try await caller.subscription().settled == PicoUSD(3_000))
        // The month's sum is above the tier already, so the first call of the plan has the discount.
        try await caller.call(1_000, at: World.minute(Self.midnight))
        // One that ended a millisecond before midnight, and comes late, has none.
        try await caller.call(100, at: Timestamp(milliseconds: World.minute(Self.midnight).milliseconds - 1))
        try await caller.settle(at: World.minute(Self.midnight + 1))
        #expect(try await caller.subscription().settled == PicoUSD(3_000 + 500 + 100))
        let entry = try #require(await caller.world.archive.entry(of: Self.acme, notAfter: Epoch(.max)))
        #expect((entry.cumulativeCharge, entry.cumulativeDue) == (PicoUSD(4_100), PicoUSD(3_600)))
        #expect((entry.root.sum, entry.due) == (1_100, PicoUSD(600)))
        #expect(caller.spending.standing(of: Self.acme, now: World.minute(Self.midnight)).lifetime == caller.list)
    }

    @Test("A tier crossed inside one call: the last cent of a prepaid balance is usable, and no more than that")
    func crossing() async throws {
        // 10,000 at the full price, then at half of it: a balance of 12,000 is good for 14,000.
        var caller = try await Caller(
            Start(
                plans: Self.volume(#"[{"from_usd":"0.00000001","discount_bp":5000}]"#),
                assignments: #"[{"customer":"acme","plan":"v","from":"2026-11-01"}]"#, paying: PicoUSD(12_000)))
        #expect(try await caller.call(9_999, at: World.minute(0)) == nil)
        // This one crosses: 1 + 1,000 ÷ 2 is due. It is bounded as if none of it were above the tier.
        #expect(try await caller.call(1_001, at: World.minute(0)) == nil)
        try await caller.settle(at: World.minute(1))
        #expect(try await caller.subscription().settled == PicoUSD(10_500))
        // Now each call is known to be in the tier.
        #expect(try await caller.call(3_001, at: World.minute(2)) == .escrow)
        #expect(try await caller.call(3_000, at: World.minute(2)) == nil)
        #expect(try await caller.call(1, at: World.minute(2)) == .escrow)
        try await caller.settle(at: World.minute(3))
        let subscription = try await caller.subscription()
        #expect((subscription.settled, subscription.escrow) == (PicoUSD(12_000), .zero))
        #expect(subscription.unsettled == .zero)
    }

    @Test("A markup is reserved too: a balance is never overdrawn by it")
    func markup() async throws {
        var caller = try await Caller(
            Start(
                plans: Self.volume("[]", markup: 5_000),
                assignments: #"[{"customer":"acme","plan":"v","from":"2026-11-01"}]"#, paying: PicoUSD(1_500)))
        #expect(try await caller.call(1_001, at: World.minute(0)) == .escrow)
        #expect(try await caller.call(999, bound: 1_000, at: World.minute(0)) == nil)
        // 1,498.5 are due: rounded down 1,498. One more makes 1,500, to the last digit.
        #expect(try await caller.call(2, at: World.minute(0)) == .escrow)
        #expect(try await caller.call(1, at: World.minute(0)) == nil)
        #expect(try await caller.call(1, at: World.minute(0)) == .escrow)
        try await caller.settle(at: World.minute(1))
        #expect(try await caller.subscription().settled == PicoUSD(1_500))
        #expect(try await caller.subscription().unsettled == .zero)
    }

    @Test(
        "No balance is overdrawn, whatever the plans and wherever months and upgrades fall",
        arguments: 0..<40 as Range<UInt64>)
    func neverOverdrawn(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let tiers = (1...3).map { number in
            let discount = Int.random(in: 0...10_000, using: &random)
            return #"{"from_usd":"0.00000000\#(number * 2)","discount_bp":\#(discount)}"#
        }
        let plans = """
            [{"id":"a","markup_bp":\(Int.random(in: -5_000...20_000, using: &random)),"tiers":[\(tiers.joined(separator: ","))]},
             {"id":"b","markup_bp":\(Int.random(in: 0...3_000, using: &random)),"tiers":[]}]
            """
        var caller = try await Caller(
            Start(
                plans: plans,
                assignments: """
                    [{"customer":"acme","plan":"a","from":"2026-11-24"},{"customer":"acme","plan":"b","from":"2026-11-29"},
                     {"customer":"acme","plan":"a","from":"2026-12-02"}]
                    """, paying: PicoUSD(20_000)))
        var minute: Int64 = 0
        var refused = 0
        for _ in 0..<60 {
            minute += Int64.random(in: 1...500, using: &random)
            let tokens = Int64.random(in: 1...1_200, using: &random)
            let bound = tokens + Int64.random(in: 0...300, using: &random)
            if try await caller.call(tokens, bound: bound, at: World.minute(minute)) != nil { refused += 1 }
            if Int.random(in: 0..<3, using: &random) == 0 { try await caller.settle(at: World.minute(minute + 1)) }
        }
        try await caller.settle(at: World.minute(minute + 1))
        let subscription = try await caller.subscription()
        #expect(subscription.unsettled == .zero, "seed \(seed)")
        #expect(subscription.escrow >= .zero, "seed \(seed)")
        let entry = try #require(await caller.world.archive.entry(of: Self.acme, notAfter: Epoch(.max)))
        #expect(entry.cumulativeCharge == caller.list, "seed \(seed)")
        #expect(subscription.settled == entry.cumulativeDue, "seed \(seed)")
    }

    @Test("A cap reached in mid-epoch: the epoch settles the cap, the rest moves with the next one")
    func capInMidEpoch() async throws {
        var caller = try await Caller(Start(paying: PicoUSD(100_000), caps: SpendingCaps(perEpoch: PicoUSD(1_000))))
        #expect(try await caller.call(900, at: World.minute(0)) == nil)
        #expect(try await caller.call(101, at: World.minute(0, seconds: 10)) == .epoch)
        // A batch's result is charged when it is read, whatever the cap.
        _ = try await caller.world.usage.append([caller.event(600, at: World.minute(0, seconds: 20))])
        try await caller.settle(at: World.minute(1))
        #expect(try await caller.subscription().settled == PicoUSD(1_000))
        #expect(try await caller.subscription().unsettled == PicoUSD(500))
        // Nothing new is used, and the next epoch settles the rest all the same.
        try await caller.settle(at: World.minute(2))
        #expect(try await caller.subscription().settled == PicoUSD(1_500))
    }

    @Test("Cancelled with open usage: it is settled, and after the grace the rest goes back by itself, once")
    func cancelWithOpenUsage() async throws {
        var caller = try await Caller(Start(paying: PicoUSD(100_000)))
        try await caller.call(700, at: World.minute(0))
        try await caller.world.ledger.cancel(Self.id, at: World.minute(0, seconds: 30))
        #expect(try await caller.call(1, at: World.minute(0, seconds: 31)) == .subscription)
        // What ran when it was cancelled ends later, and is owed.
        _ = try await caller.world.usage.append([caller.event(50, at: World.minute(3))])
        let grace: Int64 = 7 * 1_440
        try await caller.settle(at: World.minute(grace))
        #expect(try await caller.subscription().settled == PicoUSD(750))
        #expect(try await caller.subscription().isOpen)
        // The epoch in which the grace ends has to be over, for its usage is owed too.
        #expect(
            try await caller.world.worker().run(at: World.minute(grace, seconds: 40)) == [
                .idle(until: World.minute(grace + 1))
            ])
        let progress = try await caller.world.worker().run(at: World.minute(grace + 1))
        #expect(progress == [.ended([Self.id]), .idle(until: World.minute(grace + 2))])
        #expect(try await !caller.subscription().isOpen)
        #expect(try await caller.world.ledger.balance(of: .world) == .zero - PicoUSD(750))
        #expect(
            try await caller.world.worker().run(at: World.minute(grace + 2)) == [.idle(until: World.minute(grace + 3))])
        let refunds = try await caller.world.ledger.journal(of: Self.id, after: 0, limit: .max).filter {
            $0.kind == .refund
        }
        #expect(refunds.count == 1)
    }

    @Test(
        "A price book change in mid-stream: receipt, entry and settlement have the price of the moment the call ended")
    func priceChange() async throws {
        var caller = try await Caller(Start(paying: PicoUSD(100_000)))
        try await caller.call(10, at: World.minute(0))
        let old = caller.book.hash
        caller.book = try PriceBook(
            id: "dear", effectiveFrom: World.minute(0, seconds: 30), prices: [Self.sku: PicoUSD(7)])
        try await caller.call(10, at: World.minute(0, seconds: 30))
        try await caller.settle(at: World.minute(1))
        let entry = try #require(await caller.world.archive.entry(of: Self.acme, notAfter: Epoch(.max)))
        #expect(entry.cumulativeDue == PicoUSD(10 + 70))
        #expect(Set(entry.priceBooks) == [old, caller.book.hash])
        #expect(try await caller.subscription().settled == PicoUSD(80))
        #expect(try await caller.subscription().position?.item.priceBook == entry.priceBookHash)
    }

    @Test("A credit note names its evidence, is booked once, and comes out of what the provider has or earns next")
    func creditNote() async throws {
        var caller = try await Caller(Start(paying: PicoUSD(10_000)))
        try await caller.call(500, at: World.minute(0))
        try await caller.settle(at: World.minute(1))
        let ledger = caller.world.ledger
        // More than was settled cannot be drawn; the same draw twice is one.
        await #expect {
            try await ledger.withdraw(PicoUSD(501), by: .operator, reference: .init(rawValue: "w"), at: World.minute(1))
        } throws: {
            ($0 as? MeteringError)?.code == .insufficientFunds
        }
        for _ in 0..<2 {
            try await ledger.withdraw(PicoUSD(450), by: .operator, reference: .init(rawValue: "w"), at: World.minute(1))
        }
        let evidence = Digest32(words: (1, 2, 3, 4))
        let note = CreditNote(
            reference: TransferReference(rawValue: "note"), subscription: Self.id, amount: PicoUSD(200),
            reason: "over-price", evidence: evidence)
        for _ in 0..<2 { try await ledger.credit(note, at: World.minute(1)) }
        #expect(try await caller.subscription().escrow == PicoUSD(9_500 + 50))
        #expect(try await caller.subscription().creditOwed == PicoUSD(150))
        try await caller.call(400, at: World.minute(1))
        try await caller.settle(at: World.minute(2))
        #expect(try await caller.subscription().creditOwed == .zero)
        #expect(try await ledger.balance(of: .earnings(.operator)) == PicoUSD(250))
        let statement = Statement(
            of: try await caller.subscription(), journal: try await ledger.journal(of: Self.id, after: 0, limit: .max),
            from: World.start, until: World.minute(9))
        let credited = statement.lines.compactMap { line in
            if case .credit(let note) = line.entry.kind { note.evidence } else { nil }
        }
        #expect(credited == [evidence])
    }
}
