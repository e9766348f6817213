import Claude
import Metering
import Testing

/// What happens to a customer's money in a month with turns, on a clock that the test moves.
@Suite("Billing scenarios")
struct BillingScenarioTests {
    @Test("An upgrade in mid-month: each call is charged by the plan of its time, on top of the month's sum so far")
    func upgrade() async throws {
        var world = try await World()
        world.plans = PlanHistory([
            PlanHistory.Change(from: try Day(text: "2026-11-15").start, plan: try PlanTests.fourTiers())
        ])
        // 150 USD at list price before; the next 100 USD are all above the tier of 100 USD: 5 % off.
        try await world.call(usd: 150, at: "2026-11-03")
        try await world.call(usd: 100, at: "2026-11-20")
        #expect(world.due == PlanTests.usd(245))
        // A new month begins at zero: its first 100 USD have no discount.
        try await world.call(usd: 120, at: "2026-12-01")
        #expect(world.due == PlanTests.usd(245 + 100 + 19))
        // An event of November that comes late belongs to November's plan and tier; nothing falls.
        try await world.call(usd: 10, at: "2026-11-30")
        #expect(world.due == PicoUSD(373_500_000_000_000))
        try await world.settle()
        #expect(try await world.subscription().settled == world.due)
    }

    @Test("A tier crossed inside one call divides the call at the tier, to the last digit")
    func crossing() async throws {
        var world = try await World()
        world.plans = PlanHistory([
            PlanHistory.Change(from: Timestamp(milliseconds: 0), plan: try PlanTests.fourTiers())
        ])
        try await world.call(pico: PlanTests.usd(100).rawValue - 1, at: "2026-11-03")
        // 1 at the full price, 3 with 5 % off, exactly 3.85; rounded once, with what came before.
        try await world.call(pico: 4, at: "2026-11-03")
        #expect(world.due == PicoUSD(PlanTests.usd(100).rawValue + 2))
        // 17 more make 20 above the tier: 19, no rest.
        try await world.call(pico: 17, at: "2026-11-04")
        #expect(world.due == PicoUSD(PlanTests.usd(100).rawValue + 19))
    }

    @Test("A cap reached in mid-epoch: the epoch moves no more than the cap, the rest moves with the next one")
    func capInMidEpoch() async throws {
        var world = try await World(caps: SpendingCaps(perEpoch: PlanTests.usd(10)))
        for _ in 0..<3 { try await world.call(usd: 4, at: "2026-11-03") }
        try await world.settle()
        #expect(try await world.subscription().settled == PlanTests.usd(10))
        #expect(try await world.subscription().unsettled == PlanTests.usd(2))
        // The customer lifts the cap: it still holds for the epoch in which that is done, and not for the next one.
        try await world.ledger.setCaps(.none, of: World.id, at: world.now)
        try await world.call(usd: 30, at: "2026-11-03")
        try await world.settle()
        #expect(try await world.subscription().settled == PlanTests.usd(20))
        try await world.settle()
        #expect(try await world.subscription().settled == PlanTests.usd(42))
        #expect(try await world.subscription().unsettled == .zero)
    }

    @Test("Cancelled with open usage: the grace settles it, the rest goes back, and the next subscription owes no more")
    func cancelWithOpenUsage() async throws {
        var world = try await World(deposit: 50)
        try await world.call(usd: 20, at: "2026-11-03")
        try await world.ledger.cancel(World.id, at: world.now)
        try await world.call(usd: 5, at: "2026-11-03")
        try await world.settle()
        world.advance(days: 8)
        try await world.ledger.close(World.id, at: world.now)
        #expect(try await world.ledger.balance(of: .world) == .zero - PlanTests.usd(25))
        // What is used later waits for a new subscription, which owes that alone.
        try await world.call(usd: 7, at: "2026-11-20")
        let second = SubscriptionTerms(id: SubscriptionID(rawValue: "second"), customer: World.customer)
        _ = try await world.ledger.subscribe(second, at: world.now)
        try await world.ledger.deposit(
            PlanTests.usd(10), to: second.id, reference: TransferReference(rawValue: "again"), at: world.now)
        #expect(
            try await world.settle(second.id) == .settled(.init(moved: PlanTests.usd(7), unsettled: .zero, limits: [])))
    }

    @Test("Cancelled with more open usage than escrow: the shortfall is on view, and follows the customer")
    func cancelWithShortfall() async throws {
        var world = try await World(deposit: 5)
        try await world.call(usd: 8, at: "2026-11-03")
        try await world.ledger.cancel(World.id, at: world.now)
        try await world.settle()
        world.advance(days: 8)
        try await world.ledger.close(World.id, at: world.now)
        #expect(try await world.subscription().unsettled == PlanTests.usd(3))
        let second = SubscriptionTerms(id: SubscriptionID(rawValue: "second"), customer: World.customer)
        _ = try await world.ledger.subscribe(second, at: world.now)
        try await world.ledger.deposit(
            PlanTests.usd(10), to: second.id, reference: TransferReference(rawValue: "again"), at: world.now)
        #expect(
            try await world.settle(second.id) == .settled(.init(moved: PlanTests.usd(3), unsettled: .zero, limits: [])))
    }

    @Test("A price book change in mid-stream: a call is rated with the book in force when it ends, all of it")
    func priceChange() throws {
        let change = try Day(text: "2026-11-15").start
        let sku = SKU(rawValue: "claude-opus-5-5/output")
        let cheap = try PriceBook(id: "cheap", effectiveFrom: Timestamp(milliseconds: 0), prices: [sku: PicoUSD(1_000)])
        let dear = try PriceBook(id: "dear", effectiveFrom: change, prices: [sku: PicoUSD(3_000)])
        let catalog = try PriceCatalog([cheap, dear])
        // Both streams began before the change; one ended a millisecond before it.
        for (offset, book, charge) in [(-1, cheap, 7_000), (0, dear, 21_000)] as [(Int64, PriceBook, Int128)] {
            let time = Timestamp(milliseconds: change.milliseconds + offset)
            let inForce = catalog.book(at: time)
            #expect(inForce.hash == book.hash)
            #expect(Rating.charge(for: [SKULine(sku: sku, quantity: 7)], book: inForce) == .priced(PicoUSD(charge)))
        }
        // The invoice has one line for each price, and says which receipts are in which.
        var builder = InvoiceBuilder(
            customer: World.customer, month: try Month(text: "2026-11"), plans: .list, catalog: catalog)
        for (number, offset) in [-2, -1, 0, 5].enumerated() {
            let time = Timestamp(milliseconds: change.milliseconds + Int64(offset))
            try builder.add(
                World.stored(sku: sku, quantity: 7, at: time, book: catalog.book(at: time), sequence: Int64(number) + 1)
            )
        }
        let invoice = builder.invoice(name: "", issued: change)
        #expect(invoice.lines.map(\.unitPrice.rawValue) == [1_000, 3_000])
        #expect(invoice.lines.map(\.receipts) == [[1, 2], [3, 4]])
        #expect(invoice.due == PicoUSD(2 * 7_000 + 2 * 21_000))
    }

    /// One customer, its plan meter, and a ledger with one subscription.
    private struct World {
        static let customer = CustomerID(rawValue: "acme")
        static let id = SubscriptionID(rawValue: "acme")
        let ledger: MemoryLedger
        var plans = PlanHistory.list
        var now: Timestamp
        private var charges: [(PicoUSD, Timestamp)] = []

        init(caps: SpendingCaps = .none, deposit: Int64 = 10_000) async throws {
            now = try Day(text: "2026-11-01").start
            ledger = try MemoryLedger()
            _ = try await ledger.subscribe(
                SubscriptionTerms(id: Self.id, customer: Self.customer, caps: caps), at: now)
            try await ledger.deposit(
                PlanTests.usd(Int128(deposit)), to: Self.id, reference: TransferReference(rawValue: "first"), at: now)
        }

        /// All that is due, by the plans, over every call so far in the order of arrival.
        var due: PicoUSD {
            var meter = PlanMeter(plans: plans)
            do { for (charge, time) in charges { try meter.add(charge, at: time) } } catch { return PicoUSD(-1) }
            return meter.due
        }

        mutating func call(usd: Int64, at day: String) async throws {
            try await call(pico: Int128(usd) * PicoUSD.dollar.rawValue, at: day)
        }

        mutating func call(pico: Int128, at day: String) async throws {
            let time = Timestamp(milliseconds: try Day(text: day).start.milliseconds + 1)
            charges.append((PicoUSD(pico), time))
            now = max(now, time)
        }

        mutating func advance(days: Int64) { now = Timestamp(milliseconds: now.milliseconds + days * 86_400_000) }

        /// Ends the present epoch and settles it.
        @discardableResult
        mutating func settle(_ id: SubscriptionID = Self.id) async throws -> SettlementOutcome {
            let epoch = ledger.schedule.epoch(at: now)
            now = ledger.schedule.end(of: epoch)
            let item = SettlementItem(
                subscription: id, cumulativeCharge: due, customerRoot: Digest32(words: (1, 0, 0, 0)), priceBook: .zero)
            return try await ledger.settle(SettlementBatch(epoch: epoch, items: [item]), at: now)[0]
        }

        func subscription() async throws -> Subscription {
            try #require(try await ledger.subscription(Self.id))
        }

        static func stored(
            sku: SKU, quantity: Int64, at time: Timestamp, book: PriceBook, sequence: Int64
        ) -> StoredEvent {
            let event = UsageEvent(
                id: EventID(rawValue: "msg_\(sequence)"), customer: customer, session: SessionID(rawValue: "s"),
                key: .none, model: "claude-opus-5-5", time: time, lines: [SKULine(sku: sku, quantity: quantity)],
                charge: Rating.charge(for: [SKULine(sku: sku, quantity: quantity)], book: book), priceBook: book.hash,
                quality: .exact, source: .gateway)
            return StoredEvent(
                event: event, sequence: sequence, previousHash: .zero,
                hash: CanonicalReceipt.hash(event, sequence: sequence, previousHash: .zero))
        }
    }
}
