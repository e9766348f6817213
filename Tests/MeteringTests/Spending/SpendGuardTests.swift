import Claude
import Metering
import MeteringConformance
import Synchronization
import Testing

@Suite("The spend guard")
struct SpendGuardTests {
    private let acme = CustomerID(rawValue: "acme")
    private let now = Timestamp(milliseconds: 1_795_461_335_468)  // 2026-11-23T19:15:35.468Z

    private func spendGuard(_ limits: SpendLimits, leaseDuration: Int64 = 60_000) -> SpendGuard {
        let spendGuard = SpendGuard(leaseDuration: leaseDuration)
        spendGuard.setLimits(of: [Customer(id: acme, name: "", limits: limits, created: now)])
        return spendGuard
    }

    private func time(_ text: String) throws -> Timestamp { try Timestamp(text: text) }

    @Test("reserves up to the cap and not beyond")
    func cap() throws {
        let spendGuard = spendGuard(SpendLimits(daily: PicoUSD(100)))
        _ = try spendGuard.reserve(acme, upperBound: PicoUSD(60), now: now).get()
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(40), now: now).get()
        let refusal = #expect(throws: SpendRefusal.self) {
            try spendGuard.reserve(acme, upperBound: PicoUSD(1), now: now).get()
        }
        #expect(
            refusal
                == SpendRefusal(
                    window: .daily, cap: PicoUSD(100), settled: .zero, leased: PicoUSD(100),
                    upperBound: PicoUSD(1), resets: try time("2026-11-24")))
        #expect(refusal?.isPassing == true)
        spendGuard.release(lease)
        spendGuard.release(lease)
        _ = try spendGuard.reserve(acme, upperBound: PicoUSD(40), now: now).get()
    }

    @Test("a settled call counts with what it cost")
    func settle() throws {
        let spendGuard = spendGuard(SpendLimits(lifetime: PicoUSD(100)))
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(90), now: now).get()
        spendGuard.settle(lease, charge: .priced(PicoUSD(10)), now: now)
        let standing = spendGuard.standing(of: acme, now: now)
        #expect(standing.leased == .zero && standing.lifetime == PicoUSD(10) && standing.daily == PicoUSD(10))
        _ = try spendGuard.reserve(acme, upperBound: PicoUSD(90), now: now).get()
    }

    @Test("an unpriced call counts with its upper bound")
    func unpriced() throws {
        let spendGuard = spendGuard(SpendLimits(lifetime: PicoUSD(100)))
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(90), now: now).get()
        spendGuard.settle(lease, charge: .unpriced(missing: [.webSearch]), now: now)
        #expect(spendGuard.standing(of: acme, now: now).lifetime == PicoUSD(90))
    }

    @Test("an overrun is settled in full, and closes the window")
    func overrun() throws {
        let spendGuard = spendGuard(SpendLimits(monthly: PicoUSD(100)))
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(50), now: now).get()
        spendGuard.settle(lease, actual: PicoUSD(150), now: now)
        let refusal = #expect(throws: SpendRefusal.self) {
            try spendGuard.reserve(acme, upperBound: .zero, now: now).get()
        }
        #expect(refusal?.settled == PicoUSD(150))
        #expect(refusal?.resets == (try time("2026-12-01")))
    }

    @Test("a lease that nobody settles expires, and can still be settled later")
    func expiry() throws {
        let spendGuard = spendGuard(SpendLimits(daily: PicoUSD(100)), leaseDuration: 1_000)
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(100), now: now).get()
        let before = Timestamp(milliseconds: lease.expires.milliseconds - 1)
        #expect(throws: SpendRefusal.self) { try spendGuard.reserve(acme, upperBound: PicoUSD(1), now: before).get() }
        let second = try spendGuard.reserve(acme, upperBound: PicoUSD(60), now: lease.expires).get()
        spendGuard.settle(lease, actual: PicoUSD(30), now: lease.expires)
        #expect(spendGuard.standing(of: acme, now: lease.expires).daily == PicoUSD(30))
        #expect(spendGuard.standing(of: acme, now: lease.expires).leased == PicoUSD(60))
        spendGuard.settle(second, actual: PicoUSD(60), now: lease.expires)
        #expect(throws: SpendRefusal.self) {
            try spendGuard.reserve(acme, upperBound: PicoUSD(11), now: lease.expires).get()
        }
    }

    @Test(
        "windows begin anew at midnight UTC, on the first, and never",
        arguments: [
            (SpendLimits(daily: PicoUSD(10)), SpendWindow.daily, "2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00Z"),
            (SpendLimits(monthly: PicoUSD(10)), .monthly, "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
            (SpendLimits(lifetime: PicoUSD(10)), .lifetime, "2027-01-01T00:00:00Z", nil),
        ] as [(SpendLimits, SpendWindow, String, String?)])
    func rollOver(_ limits: SpendLimits, _ window: SpendWindow, _ last: String, _ resets: String?) throws {
        let spendGuard = spendGuard(limits)
        let last = try time(last)
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(10), now: last).get()
        spendGuard.settle(lease, actual: PicoUSD(10), now: last)
        let refusal = #expect(throws: SpendRefusal.self) {
            try spendGuard.reserve(acme, upperBound: PicoUSD(1), now: last).get()
        }
        #expect(refusal?.window == window)
        #expect(refusal?.resets == (try resets.map { try time($0) }))
        if let resets { _ = try spendGuard.reserve(acme, upperBound: PicoUSD(10), now: try time(resets)).get() }
    }

    @Test("of several caps the refusal names the one that opens last")
    func severalCaps() throws {
        let spendGuard = spendGuard(SpendLimits(daily: PicoUSD(10), monthly: PicoUSD(10), lifetime: PicoUSD(50)))
        spendGuard.record(PicoUSD(10), of: acme, at: now)
        let monthly = #expect(throws: SpendRefusal.self) {
            try spendGuard.reserve(acme, upperBound: PicoUSD(1), now: now).get()
        }
        #expect(monthly?.window == .monthly)
        let lifetime = #expect(throws: SpendRefusal.self) {
            try spendGuard.reserve(acme, upperBound: PicoUSD(41), now: now).get()
        }
        #expect(lifetime?.window == .lifetime)
    }

    @Test("customers without limits always get a lease, and their sums count when limits come")
    func unlimited() throws {
        let spendGuard = SpendGuard()
        let lease = try spendGuard.reserve(acme, upperBound: .dollar, now: now).get()
        spendGuard.settle(lease, actual: .dollar, now: now)
        spendGuard.setLimits(of: [Customer(id: acme, name: "", limits: SpendLimits(daily: .dollar), created: now)])
        #expect(throws: SpendRefusal.self) { try spendGuard.reserve(acme, upperBound: PicoUSD(1), now: now).get() }
        _ = try spendGuard.reserve(CustomerID(rawValue: "other"), upperBound: .dollar, now: now).get()
    }

    @Test("a cap of zero refuses everything")
    func zero() {
        let spendGuard = spendGuard(SpendLimits(lifetime: .zero))
        #expect(throws: SpendRefusal.self) { try spendGuard.reserve(acme, upperBound: .zero, now: now).get() }
    }

    @Test("a cap that only running calls block is named last, and as passing")
    func passing() throws {
        let spendGuard = spendGuard(SpendLimits(daily: PicoUSD(10), lifetime: PicoUSD(100)))
        let lease = try spendGuard.reserve(acme, upperBound: PicoUSD(10), now: now).get()
        func refusal(_ bound: Int128) -> SpendRefusal? {
            #expect(throws: SpendRefusal.self) {
                try spendGuard.reserve(acme, upperBound: PicoUSD(bound), now: now).get()
            }
        }
        #expect(refusal(1)?.isPassing == true)
        #expect(refusal(11)?.isPassing == false)
        #expect(refusal(95)?.window == .daily)
        #expect(refusal(95)?.isPassing == false)
        spendGuard.settle(lease, actual: PicoUSD(9), now: now)
        #expect(refusal(2)?.isPassing == false)
        #expect(refusal(2)?.remaining == PicoUSD(1))
        _ = try spendGuard.reserve(acme, upperBound: PicoUSD(1), now: now).get()
    }

    @Test("begins with the sums of the store")
    func fromStore() async throws {
        let store = MemoryUsageStore()
        let limits = SpendLimits(daily: PicoUSD(1_000), monthly: PicoUSD(10_000), lifetime: PicoUSD(100_000))
        try await store.create(Customer(id: acme, name: "", limits: limits, created: now))
        let days =
            [("2026-11-23T00:00:00Z", 1), ("2026-11-01T00:00:00Z", 10), ("2026-10-31T23:59:59Z", 100)]
            as [(String, Int128)]
        let events = try days.map { day, charge in
            UsageEvent(
                id: EventID(rawValue: day), customer: acme, session: SessionID(rawValue: "s"), key: .none, model: "m",
                time: try time(day), lines: [], charge: .priced(PicoUSD(charge)), priceBook: .zero, quality: .exact,
                source: .gateway)
        }
        _ = try await store.append(events)
        let spendGuard = try await SpendGuard(store: store, now: now)
        let standing = spendGuard.standing(of: acme, now: now)
        #expect(standing.daily == PicoUSD(1))
        #expect(standing.monthly == PicoUSD(11))
        #expect(standing.lifetime == PicoUSD(111))
        #expect(standing.limits == limits)
    }

    @Test("under any concurrency settled and reserved money stay within every cap")
    func concurrency() async {
        let caps = SpendLimits(daily: PicoUSD(500_000), monthly: PicoUSD(700_000), lifetime: PicoUSD(900_000))
        let workload = SpendWorkload(spendGuard(caps, leaseDuration: 1_000_000_000), customer: acme, start: now)
        await withTaskGroup(of: Void.self) { group in
            for seed in 0..<8 as Range<UInt64> { group.addTask { await workload.run(seed: seed) } }
        }
        let days = workload.spent
        #expect(workload.highestStanding <= PicoUSD(700_000))
        #expect(days.values.allSatisfy { $0 <= PicoUSD(500_000) })
        #expect(days.values.reduce(.zero, +) <= PicoUSD(700_000))
        #expect(workload.spendGuard.standing(of: acme, now: now).leased == .zero)
        // They were in the way, and nothing of them was lost: what is left can be spent, and not one unit more.
        #expect(workload.refusals > 0)
        let end = workload.end
        let rest = min(
            PicoUSD(700_000) - days.values.reduce(.zero, +), PicoUSD(500_000) - days[end.day, default: .zero])
        #expect(throws: SpendRefusal.self) {
            try workload.spendGuard.reserve(acme, upperBound: rest + PicoUSD(1), now: end).get()
        }
        #expect(throws: Never.self) { try workload.spendGuard.reserve(acme, upperBound: rest, now: end).get() }
    }
}

/// Calls as the gateway makes them: bounded by bytes and `max_tokens`, then rated by what they used.
@Suite("Caps under concurrent calls")
struct HardCapTests {
    private let acme = CustomerID(rawValue: "acme")
    private let now = Timestamp(milliseconds: 1_795_461_335_468)
    private let book = PriceCatalog.anthropic.books[PriceCatalog.anthropic.books.count - 1]

    /// What one call may cost, and what it does.
    private func randomCall(_ generator: inout SeededGenerator) -> (bound: PicoUSD, charge: PicoUSD)? {
        let models = ["claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-fable-5-2"]
        let model = models[Int.random(in: 0..<models.count, using: &generator)]
        let bytes = Int64.random(in: 0...300_000, using: &generator)
        // Answers far beyond 32,000 tokens, and often as long as they may be.
        let maxTokens = Int64.random(in: 1...128_000, using: &generator)
        var record = MessageRecord(model: model, hasContent: true, ending: .complete)
        let prompt = Bool.random(using: &generator) ? bytes : Int64.random(in: 0...bytes, using: &generator)
        record.usage.cacheCreationInputTokens = prompt
        record.usage.cacheCreation = .init(ephemeral1hInputTokens: prompt)
        record.usage.outputTokens =
            Bool.random(using: &generator) ? maxTokens : Int64.random(in: 0...maxTokens, using: &generator)
        record.usage.inferenceGeo = Bool.random(using: &generator) ? "us" : "global"
        guard case .priced(let charge) = Rating.charge(for: Rating.lines(for: record), book: book) else { return nil }
        return (
            SpendBound.strict.amount(model: model, inputBytes: bytes, maxTokens: maxTokens, book: book), charge
        )
    }

    @Test("hold to the last PicoUSD, whatever calls run at once", arguments: 0..<8 as Range<UInt64>)
    func hold(_ seed: UInt64) async throws {
        let cap = PicoUSD(60 * PicoUSD.dollar.rawValue)
        let spendGuard = SpendGuard()
        spendGuard.setLimits(of: [Customer(id: acme, name: "", limits: SpendLimits(daily: cap), created: now)])
        let refusals = await withTaskGroup(of: Int.self) { group in
            for agent in 0..<8 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: seed << 8 | agent)
                    var refusals = 0
                    for _ in 0..<60 {
                        guard let call = randomCall(&generator) else { continue }
                        switch spendGuard.reserve(acme, upperBound: call.bound, now: now) {
                        case .failure: refusals += 1
                        case .success(let lease):
                            await Task.yield()
                            spendGuard.settle(lease, charge: .priced(call.charge), now: now)
                        }
                    }
                    return refusals
                }
            }
            return await group.reduce(0, +)
        }
        let standing = spendGuard.standing(of: acme, now: now)
        #expect(standing.daily <= cap, "seed \(seed)")
        #expect(standing.leased == .zero)
        // It was in the way, and nothing of it was lost: what is left can be spent, and not one PicoUSD more.
        #expect(refusals > 0)
        let rest = cap - standing.daily
        #expect(throws: SpendRefusal.self, "seed \(seed)") {
            try spendGuard.reserve(acme, upperBound: rest + PicoUSD(1), now: now).get()
        }
        #expect(throws: Never.self, "seed \(seed)") {
            try spendGuard.reserve(acme, upperBound: rest, now: now).get()
        }
    }
}

/// Many small calls over two days of one month, and what they really spent.
private final class SpendWorkload: Sendable {
    let spendGuard: SpendGuard
    private let customer: CustomerID
    private let start: Timestamp
    private let state = Mutex((spent: [Day: PicoUSD](), highest: PicoUSD.zero, refusals: 0))

    init(_ spendGuard: SpendGuard, customer: CustomerID, start: Timestamp) {
        self.spendGuard = spendGuard
        self.customer = customer
        self.start = start
    }

    var spent: [Day: PicoUSD] { state.withLock { $0.spent } }
    /// The second of the two days.
    var end: Timestamp { Timestamp(milliseconds: start.milliseconds + 86_400_000) }
    var refusals: Int { state.withLock { $0.refusals } }
    /// The most that was ever seen settled and reserved in the month.
    var highestStanding: PicoUSD { state.withLock { $0.highest } }

    func run(seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        for step in 0..<1_500 {
            let now = step < 750 ? start : end
            let bound = Int128.random(in: 0...2_000, using: &generator)
            guard case .success(let lease) = spendGuard.reserve(customer, upperBound: PicoUSD(bound), now: now) else {
                state.withLock { $0.refusals += 1 }
                continue
            }
            let standing = spendGuard.standing(of: customer, now: now)
            state.withLock { $0.highest = max($0.highest, standing.monthly + standing.leased) }
            if Bool.random(using: &generator) { await Task.yield() }
            if step.isMultiple(of: 7) {
                spendGuard.release(lease)
            } else {
                let actual = PicoUSD(Int128.random(in: 0...bound, using: &generator))
                spendGuard.settle(lease, actual: actual, now: now)
                state.withLock { $0.spent[now.day, default: .zero] += actual }
            }
        }
    }
}

@Suite("Spend bounds")
struct SpendBoundTests {
    private let book = PriceCatalog.anthropic.books[PriceCatalog.anthropic.books.count - 1]

    @Test(
        "are made of bytes and max_tokens",
        arguments: [
            // (1000/2 + 1) × 5 + 1000 × 20, per million
            (SpendBound.balanced, "claude-opus-5-5", 1_000, 1_000, [], "0.022505"),
            (.balanced, "claude-opus-5-5", 0, 128_000, [], "0.640005"),
            (.balanced, "claude-opus-5-5[1m]", 1_000, 1_000, [.fast, .us], "0.049511"),
            // The same with 8 for a token kept an hour, served in the US: 1.1 times that.
            (.strict, "claude-opus-5-5", 1_000, 1_000, [], "0.0308088"),
            (.strict, "claude-opus-5-5", 0, 128_000, [], "2.8160088"),
            (.balanced, "claude-haiku-5-5", 199_998, 0, [], "0.0125"),
            (.balanced, "claude-haiku-5-5", 200_000, 0, [], "0.062500625"),
            (.balanced, "claude-opus-4-6", 0, 1_000, [.fast], "0.02500625"),
        ] as [(SpendBound, String, Int64, Int64, SKU.Modifiers, String)])
    func amounts(
        _ bound: SpendBound, _ model: String, _ bytes: Int64, _ tokens: Int64, _ modifiers: SKU.Modifiers, _ usd: String
    ) throws {
        let amount = bound.amount(model: model, inputBytes: bytes, maxTokens: tokens, modifiers: modifiers, book: book)
        #expect(amount == (try PicoUSD(usd: usd)))
    }

    @Test("take a model without prices as the dearest one")
    func unknownModel() {
        let known = RandomUsage.models.compactMap(\.self).map {
            SpendBound.strict.amount(
                model: $0, inputBytes: 1_000, maxTokens: 1_000, modifiers: [.fast, .us], book: book)
        }
        let unknown = SpendBound.strict.amount(model: "new-model", inputBytes: 1_000, maxTokens: 1_000, book: book)
        #expect(unknown == known.max())
    }

    @Test("do not overflow", arguments: [Int64.min, -1, .max])
    func extremes(_ value: Int64) {
        #expect(SpendBound.strict.amount(model: "x", inputBytes: value, maxTokens: value, book: book) >= .zero)
        #expect(SpendBound.balanced.amount(model: nil, inputBytes: value, maxTokens: value, book: book) >= .zero)
    }

    @Test("the strict bound covers what a call of so many bytes and tokens can cost")
    func isUpperBound() {
        let seed: UInt64 = 3
        var generator = SeededGenerator(seed: seed)
        for model in ["claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5", "claude-fable-5-2"] {
            for _ in 0..<300 {
                let bytes = Int64.random(in: 0...400_000, using: &generator)
                let maxTokens = Int64.random(in: 0...64_000, using: &generator)
                var record = MessageRecord(model: model, hasContent: true, ending: .complete)
                record.usage.inputTokens = Int64.random(in: 0...bytes, using: &generator)
                let rest = bytes - record.usage.inputTokens
                record.usage.cacheCreation = .init(
                    ephemeral1hInputTokens: Int64.random(in: 0...rest, using: &generator))
                record.usage.cacheReadInputTokens = rest - (record.usage.cacheCreation?.ephemeral1hInputTokens ?? 0)
                record.usage.outputTokens = Int64.random(in: 0...maxTokens, using: &generator)
                record.usage.inferenceGeo = Bool.random(using: &generator) ? "us" : "global"
                let bound = SpendBound.strict.amount(model: model, inputBytes: bytes, maxTokens: maxTokens, book: book)
                guard case .priced(let charge) = Rating.charge(for: Rating.lines(for: record), book: book) else {
                    Issue.record("\(model) has no price")
                    return
                }
                #expect(charge <= bound, "seed \(seed)")
            }
        }
    }
}
