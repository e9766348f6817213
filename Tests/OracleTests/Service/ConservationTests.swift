import Foundation
import Metering
import MeteringConformance
import Testing

@testable import Oracle

/// Money neither appears nor disappears, whatever happens: what was served is what the events say, the receipts, the
/// leaves, and what was settled and is still owed; for each customer, to the last 10⁻¹² USD.
@Suite("Conservation")
struct ConservationTests {
    /// The steps of a random history; each is something that happens in production.
    private struct Chaos {
        let world: World
        let killer = Killer()
        let plain: any OracleStore
        var random: SeededGenerator
        var factory: CallFactory
        /// What each customer was served, counted apart from everything else.
        var served: [CustomerID: PicoUSD] = [:]
        var calls: [UsageEvent] = []
        var now = World.start
        var transfers = 0
        /// Payments that a payment provider tells of by webhooks: some never told yet, some to be told again.
        var payments: [(id: Int, customer: CustomerID, amount: PicoUSD)] = []
        var paid: [Int: (customer: CustomerID, amount: PicoUSD)] = [:]
        var lookedThrough: Int64 = 0
        var capsChecked = 0
        var caps: [CustomerID: [(from: Epoch, caps: SpendingCaps)]] = [:]

        init(seed: UInt64, unit: PicoUSD) async throws {
            random = SeededGenerator(seed: seed)
            factory = CallFactory(seed: seed ^ 0xabcdef)
            plain = MemoryOracleStore()
            var world = try World(store: CrashingOracleStore(plain, killer), unit: unit)
            world.policy.threshold = PicoUSD(PicoUSD.dollar.rawValue / 2)
            // Two of the four have plans, one of them upgraded in the middle of things.
            world.plans = try PlanDirectory(
                json: """
                    {"version":1,"plans":[
                        {"id":"steps","markup_bp":1500,"tiers":[{"from_usd":"0.3","discount_bp":777},
                            {"from_usd":"2","discount_bp":2500}]},
                        {"id":"cheap","markup_bp":-3333,"tiers":[]}],
                     "assignments":[{"customer":"acme","plan":"steps","from":"2026-11-01"},
                        {"customer":"b.corp","plan":"cheap","from":"2026-11-10"},
                        {"customer":"b.corp","plan":"steps","from":"2026-11-24"}]}
                    """)
            self.world = world
            // The last one never subscribes: it uses, and settles nothing.
            for customer in factory.customers.dropLast() { try await world.subscribe(customer, paying: .zero) }
        }

        mutating func pick<Element>(_ elements: [Element]) -> Element {
            elements[Int.random(in: elements.indices, using: &random)]
        }

        mutating func step() async throws {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<40: try await call()
            case 40..<48: try await repeatCalls()
            case 48..<55: try await importCalls()
            case 55..<59: try await deposit()
            case 59..<62: try await paymentWebhooks()
            case 62..<67: try await changeCaps()
            case 67..<70: try await pauseOrResume()
            case 70..<73: moveClock()
            default: try await oracle()
            }
        }

        /// New calls, some of them late.
        private mutating func call() async throws {
            now.milliseconds += Int64.random(in: 0...20_000, using: &random)
            var events: [UsageEvent] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                var time = now
                if factory.chance(15) { time.milliseconds -= Int64.random(in: 0...7_200_000, using: &random) }
                // Around the change of prices too: what counts is the book of the event's time.
                if factory.chance(5) { time = CallFactory.priceChange }
                events.append(factory.call(at: time))
            }
            try await serve(events.shuffled(using: &random))
        }

        private mutating func serve(_ events: [UsageEvent]) async throws {
            for event in events { served[event.customer, default: .zero] += event.amount }
            calls += events
            _ = try await world.usage.append(events)
        }

        /// What is reported again: by a webhook, an import, a batch; with another source and other values.
        private mutating func repeatCalls() async throws {
            guard !calls.isEmpty else { return }
            var again = (0..<Int.random(in: 1...8, using: &random)).map { _ in pick(calls) }
            for index in again.indices {
                again[index].source = pick([.webhook, .import, .batch, .transcript])
                if factory.chance(50) { again[index].charge = .priced(PicoUSD(1 << 70)) }
            }
            _ = try await world.usage.append(again)
        }

        /// Old calls that nobody had seen.
        private mutating func importCalls() async throws {
            var time = now
            time.milliseconds -= Int64.random(in: 0...864_000_000, using: &random)
            var events: [UsageEvent] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                events.append(factory.call(at: time, source: .import))
            }
            try await serve(events)
        }

        private mutating func deposit() async throws {
            let customer = pick(Array(factory.customers.dropLast()))
            transfers += 1
            let cents = Int128.random(in: 1...200, using: &random)
            let amount = PicoUSD(cents * 10_000_000_000).roundedDown(to: world.ledger.unit)
            guard amount > .zero else { return }
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                try await world.ledger.deposit(
                    amount, to: World.subscription(of: customer),
                    reference: TransferReference(rawValue: "deposit-\(transfers)"), at: now)
            }
            paid[transfers] = (customer, amount)
        }

        /// A payment provider's webhooks: late, out of order, and each as often as it likes.
        private mutating func paymentWebhooks() async throws {
            transfers += 1
            let customer = pick(Array(factory.customers.dropLast()))
            let amount = PicoUSD(Int128.random(in: 1...200, using: &random) * 10_000_000_000)
                .roundedDown(to: world.ledger.unit)
            if amount > .zero { payments.append((transfers, customer, amount)) }
            for payment in payments.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random)) {
                try await world.ledger.deposit(
                    payment.amount, to: World.subscription(of: payment.customer),
                    reference: TransferReference(rawValue: "evt_\(payment.id)"), at: now)
                paid[payment.id] = (payment.customer, payment.amount)
            }
        }

        private mutating func changeCaps() async throws {
            let customer = pick(Array(factory.customers.dropLast()))
            let cap = PicoUSD(Int128.random(in: 0...500, using: &random) * 1_000_000_000)
            let new = factory.chance(30) ? SpendingCaps.none : SpendingCaps(perEpoch: cap)
            try await world.ledger.setCaps(new, of: World.subscription(of: customer), at: now)
            let from = World.schedule.epoch(at: now).next
            // A clock that was set back cannot undo a change that was made already.
            if var last = caps[customer]?.popLast() {
                if last.from >= from { last.caps = new }
                caps[customer, default: []].append(last)
                if last.from >= from { return }
            }
            caps[customer, default: []].append((from, new))
        }

        private mutating func pauseOrResume() async throws {
            let id = World.subscription(of: pick(Array(factory.customers.dropLast())))
            if Bool.random(using: &random) {
                try await world.ledger.pause(id, at: now)
            } else {
                try await world.ledger.resume(id, at: now)
            }
        }

        private mutating func moveClock() {
            now.milliseconds += pick([-90_000, -3_600_000, 3_600_000, 61_000, 600_000, 86_400_000])
        }

        /// Lets the oracle work, and kills it somewhere on the way more often than not.
        mutating func oracle() async throws {
            now.milliseconds += Int64.random(in: 0...90_000, using: &random)
            let point = factory.chance(70) ? Int.random(in: 0..<16, using: &random) : nil
            killer.arm(point)
            let worker = world.worker(
                pick(["one", "two"]),
                channel: factory.chance(50)
                    ? CrashingSettlement(ledger: world.ledger, killer: killer)
                    : SlowSettlement(world.ledger, seed: random.next()))
            do { _ = try await worker.run(at: now, limit: 50) } catch {
                // Killed, or the clock was not believed: the next run goes on from what is durable.
            }
            killer.arm(nil)
            try await checkCaps()
        }

        /// No settlement since the last look moved more than the caps that held when it was made.
        ///
        /// Looked at now, because a clock that is set back can change the caps of epochs that are settled already.
        private mutating func checkCaps() async throws {
            for entry in try await world.ledger.journal(of: nil, after: lookedThrough, limit: .max) {
                lookedThrough = entry.number
                guard case .settlement(let epoch, let item, let outcome) = entry.kind else { continue }
                let customer = CustomerID(rawValue: String(item.subscription.rawValue.dropFirst("sub-".count)))
                guard let cap = caps[customer]?.last(where: { $0.from <= epoch })?.caps.perEpoch else { continue }
                #expect(outcome.moved <= cap)
                capsChecked += 1
            }
        }

        /// Lets the oracle come to rest.
        mutating func settle() async throws {
            now.milliseconds = max(now.milliseconds, World.minute(0).milliseconds) + 90_000_000
            killer.arm(nil)
            if let latest = try await world.archive.latest() {
                now = max(now, World.schedule.end(of: latest.epoch.next.next))
            }
            for _ in 0..<300 {
                let progress = try await world.worker("last", channel: nil).run(
                    at: now, confirmedEpoch: World.schedule.epoch(at: now))
                if case .standby = progress.last { now.milliseconds += 31_000 }
                if case .idle = progress.last { return try await checkCaps() }
            }
            Issue.record("the oracle does not come to rest")
        }
    }

    @Test("holds in short random histories", arguments: 0..<60 as Range<UInt64>)
    func shortHistories(seed: UInt64) async throws {
        try await run(seed: seed, steps: 60, unit: [PicoUSD(1), PicoUSD(10_000_000_000), PicoUSD(777)][Int(seed % 3)])
    }

    /// FLOWMETER_CHAOS_STEPS=20000 makes it as long as you like.
    @Test("holds in a long one")
    func longHistory() async throws {
        let environment = ProcessInfo.processInfo.environment
        let steps = environment["FLOWMETER_CHAOS_STEPS"].flatMap { Int($0) } ?? 700
        let seed = environment["FLOWMETER_SEED"].flatMap { UInt64($0) } ?? 2_026
        let chaos = try await run(seed: seed, steps: steps, unit: PicoUSD(1))
        #expect(chaos.capsChecked > 20, "seed \(seed): too little happened to prove anything")
    }

    @discardableResult
    private func run(seed: UInt64, steps: Int, unit: PicoUSD) async throws -> Chaos {
        var chaos = try await Chaos(seed: seed, unit: unit)
        for _ in 0..<steps { try await chaos.step() }
        try await chaos.settle()
        try await check(chaos, "seed \(seed)")
        return chaos
    }

    private func check(_ chaos: Chaos, _ seed: Comment) async throws {
        let world = chaos.world
        var (allLeaves, allDue) = (PicoUSD.zero, PicoUSD.zero)
        var entries: [CustomerEpoch] = []
        for commitment in try await world.archive.commitments(before: nil, limit: .max).reversed() {
            entries += try await world.archive.entries(of: commitment.epoch)
        }
        for customer in chaos.factory.customers {
            let served = chaos.served[customer] ?? .zero
            let receipts = try await world.receipts(customer)
            #expect(receipts.reduce(.zero) { $0 + $1.event.amount } == served, seed)
            let row = try await world.usage.usage(UsageQuery(by: .total, customer: customer)).first
            #expect(row?.sums.charge ?? .zero == served, seed)
            // Signed receipts, read again from their text.
            var signed = PicoUSD.zero
            for stored in receipts {
                let text = try SignedReceipt(stored, signedWith: world.key).text
                signed += try SignedReceipt(text: text).charge
            }
            #expect(signed == served, seed)
            // The leaves of all epochs, each epoch continuing the one before, no receipt in two of them.
            var leaves = PicoUSD.zero
            var due = PicoUSD.zero
            var next: Int64 = 1
            for entry in entries where entry.customer == customer {
                #expect(entry.firstSequence == next, seed)
                next = entry.lastSequence + 1
                leaves += PicoUSD(try #require(Int128(exactly: entry.root.sum)))
                #expect(entry.cumulativeCharge == leaves, seed)
                due += entry.due
                #expect(entry.cumulativeDue == due, seed)
            }
            #expect(next == Int64(receipts.count) + 1, seed)
            #expect(leaves == served, seed)
            allLeaves += leaves
            allDue += due
            // What the plan makes due of the list price, computed anew from the receipts.
            var meter = PlanMeter(plans: world.plans.history(of: customer))
            for stored in receipts { try meter.add(stored.event.amount, at: stored.event.time) }
            #expect(meter.due == due, seed)
            if world.plans.history(of: customer).isList { #expect(due == served, seed) }
            // Settled, and owed.
            if let subscription = try await world.ledger.subscription(World.subscription(of: customer)) {
                let stated = subscription.position?.item.cumulativeCharge ?? .zero
                #expect(subscription.settled + subscription.unsettled == stated, seed)
                // What the oracle still waits with is less than what is worth settling.
                let waiting = due - stated
                #expect(waiting >= .zero, seed)
                #expect(waiting < world.policy.minimumAmount, seed)
                #expect(subscription.escrow >= .zero, seed)
                // What was paid in, each payment once, is in escrow or was earned.
                let paid = chaos.paid.values.filter { $0.customer == customer }.reduce(PicoUSD.zero) { $0 + $1.amount }
                #expect(subscription.escrow + subscription.settled == paid, seed)
            }
        }
        #expect(try await world.archive.latest()?.cumulativeCharge ?? .zero == allLeaves, seed)
        #expect(try await world.archive.latest()?.cumulativeDue ?? .zero == allDue, seed)
        #expect(try await world.ledger.balances().values.reduce(.zero, +) == .zero, seed)
        try await checkJournal(chaos, seed)
    }

    /// No epoch settles twice, and what moved was earned: counted from the ledger's journal alone.
    private func checkJournal(_ chaos: Chaos, _ seed: Comment) async throws {
        var seen: Set<[String]> = []
        var moved: [CustomerID: PicoUSD] = [:]
        for entry in try await chaos.world.ledger.journal(of: nil, after: 0, limit: .max) {
            guard case .settlement(let epoch, let item, let outcome) = entry.kind else { continue }
            #expect(seen.insert(["\(epoch)", item.subscription.rawValue]).inserted, seed)
            let customer = CustomerID(rawValue: String(item.subscription.rawValue.dropFirst("sub-".count)))
            moved[customer, default: .zero] += outcome.moved
        }
        let earned = try await chaos.world.ledger.balance(of: .earnings(.operator))
        #expect(moved.values.reduce(.zero, +) == earned, seed)
    }
}
