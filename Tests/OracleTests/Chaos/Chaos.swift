import Metering
import MeteringConformance
import OracleChaos
import Testing

@testable import Oracle

/// A random history; each step is something that happens in production.
///
/// It counts apart from everything else what was served and what was paid.
struct Chaos {
    let oracle: any ChaosOracle
    var random: SeededGenerator
    var factory: CallFactory
    var now = World.start
    /// What each customer was served.
    var served: [CustomerID: PicoUSD] = [:]
    private var calls: [UsageEvent] = []
    var money = ChaosMoney()

    var world: World { oracle.world }

    /// Two of the four customers have plans, one of them upgraded in the middle of things.
    static let plans = """
        {"version":1,"plans":[
            {"id":"steps","markup_bp":1500,"tiers":[{"from_usd":"0.3","discount_bp":777},
                {"from_usd":"2","discount_bp":2500}]},
            {"id":"cheap","markup_bp":-3333,"tiers":[]}],
         "assignments":[{"customer":"acme","plan":"steps","from":"2026-11-01"},
            {"customer":"b.corp","plan":"cheap","from":"2026-11-10"},
            {"customer":"b.corp","plan":"steps","from":"2026-11-24"}]}
        """

    init(_ oracle: any ChaosOracle, seed: UInt64) async throws {
        self.oracle = oracle
        random = SeededGenerator(seed: seed)
        factory = CallFactory(seed: seed ^ 0xabcdef)
        for customer in subscribers { try await subscribe(customer) }
    }

    /// All customers but the last one, who never subscribes: it uses, and settles nothing.
    var subscribers: ArraySlice<CustomerID> { factory.customers.dropLast() }

    mutating func pick<Elements: Collection>(_ elements: Elements) -> Elements.Element {
        elements[elements.index(elements.startIndex, offsetBy: Int.random(in: 0..<elements.count, using: &random))]
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: try await call()
        case 40..<48: try await repeatCalls()
        case 48..<55: try await importCalls()
        case 55..<59: try await deposit()
        case 59..<62: try await paymentWebhooks()
        case 62..<66: try await changeCaps()
        case 66..<69: try await pauseOrResume()
        case 69: try await cancelOrRenew()
        case 70: try await withdraw()
        case 71: try await credit()
        case 72..<74: moveClock()
        default: try await work()
        }
    }

    // MARK: Usage

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
        for _ in 0..<Int.random(in: 1...12, using: &random) { events.append(factory.call(at: time, source: .import)) }
        try await serve(events)
    }

    // MARK: The oracle

    private mutating func moveClock() {
        now.milliseconds += pick([-90_000, -3_600_000, 3_600_000, 61_000, 600_000, 86_400_000])
    }

    private mutating func work() async throws {
        now.milliseconds += Int64.random(in: 0...90_000, using: &random)
        try await oracle.work(as: pick(["one", "two"]), at: now, &random)
        try await money.checkCaps(world.ledger)
    }

    /// Lets the oracle come to rest, with a subscription for every customer that ever had one.
    mutating func settle() async throws {
        now.milliseconds = max(now.milliseconds, World.minute(0).milliseconds) + 90_000_000
        if let latest = try await world.archive.latest() {
            now = max(now, World.schedule.end(of: latest.epoch.next.next))
        }
        try await rest()
        for customer in subscribers where try await world.ledger.openSubscriptions(of: [customer]).isEmpty {
            try await subscribe(customer)
        }
        now.milliseconds += 2 * World.schedule.seconds * 1_000
        try await rest()
    }

    private mutating func rest() async throws {
        for _ in 0..<300 {
            let progress = try await world.worker("last").run(
                at: now, confirmedEpoch: World.schedule.epoch(at: now))
            if case .standby = progress.last { now.milliseconds += 31_000 }
            if case .idle = progress.last { return try await money.checkCaps(world.ledger) }
        }
        Issue.record("the oracle does not come to rest")
    }
}
