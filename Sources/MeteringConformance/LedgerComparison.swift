import Metering

/// Runs random calls, sensible and senseless ones, on a ledger and on `MemoryLedger`, and compares all they do.
public struct LedgerComparison {
    private let model: MemoryLedger
    private let subject: any Ledger
    private var random: SeededGenerator
    private var epoch: Epoch
    private var compared: Int64 = 0
    private let customers = (0..<3).map { CustomerID(rawValue: "c-\($0)") }
    private let providers = [ProviderID.operator, ProviderID(rawValue: "partner")]

    /// Prepares a run with an empty ledger of the harness.
    ///
    /// - Throws: What making the ledgers throws.
    public init(_ harness: LedgerHarness, seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        let unit = [1, 1, 10_000_000_000][Int.random(in: 0..<3, using: &random)] as Int128
        subject = try await harness.ledger(unit: unit)
        model = try MemoryLedger(unit: PicoUSD(unit))
        epoch = subject.schedule.epoch(at: LedgerFixture.start)
    }

    /// Makes so many calls.
    ///
    /// - Throws: ``ConformanceFailure`` at the first difference.
    public mutating func run(calls: Int) async throws {
        for _ in 0..<calls {
            if chance(30) { epoch = Epoch(epoch.rawValue + Int64.random(in: 1...3, using: &random)) }
            let call = call()
            let expected = await outcome(of: call, on: model)
            let seen = await outcome(of: call, on: subject)
            try expect(seen, equals: expected, "\(call)")
            try await compareState(after: call)
        }
    }

    // MARK: Calls

    private enum Call {
        case subscribe(SubscriptionTerms)
        case deposit(PicoUSD, SubscriptionID, TransferReference)
        case setCaps(SpendingCaps, SubscriptionID)
        case pause(SubscriptionID)
        case resume(SubscriptionID)
        case cancel(SubscriptionID)
        case close(SubscriptionID)
        case settle(SettlementBatch)
        case credit(CreditNote)
        case withdraw(PicoUSD, ProviderID, TransferReference)
    }

    private var now: Timestamp { subject.schedule.start(of: epoch) }

    private func outcome(of call: Call, on ledger: any Ledger) async -> String {
        do throws(MeteringError) {
            switch call {
            case .subscribe(let terms): return "\(try await ledger.subscribe(terms, at: now))"
            case .deposit(let amount, let id, let reference):
                try await ledger.deposit(amount, to: id, reference: reference, at: now)
            case .setCaps(let caps, let id): try await ledger.setCaps(caps, of: id, at: now)
            case .pause(let id): try await ledger.pause(id, at: now)
            case .resume(let id): try await ledger.resume(id, at: now)
            case .cancel(let id): try await ledger.cancel(id, at: now)
            case .close(let id): try await ledger.close(id, at: now)
            case .settle(let batch):
                return try await ledger.settle(batch, at: now).map(Self.text).joined(separator: ", ")
            case .credit(let note): try await ledger.credit(note, at: now)
            case .withdraw(let amount, let provider, let reference):
                try await ledger.withdraw(amount, by: provider, reference: reference, at: now)
            }
            return "done"
        } catch {
            return "\(error.code): \(error.message)"
        }
    }

    private static func text(_ outcome: SettlementOutcome) -> String {
        guard case .settled(let settled) = outcome else { return "\(outcome)" }
        return "moved \(settled.moved), unsettled \(settled.unsettled), \(settled.limits.map(\.rawValue).sorted())"
    }

    private mutating func call() -> Call {
        switch Int.random(in: 0..<20, using: &random) {
        case 0...2: return .subscribe(terms())
        case 3...5: return .deposit(amount(), subscription(), reference())
        case 6: return .setCaps(caps(), subscription())
        case 7: return .pause(subscription())
        case 8: return .resume(subscription())
        case 9: return .cancel(subscription())
        case 10: return .close(subscription())
        case 11: return .withdraw(amount(), random(providers), reference())
        case 12, 13:
            return .credit(
                CreditNote(
                    reference: reference(), subscription: subscription(), amount: amount(),
                    reason: chance(95) ? "it's \"random\" 😀" : "", evidence: digest()))
        default:
            let items = (0..<Int.random(in: 0...4, using: &random)).map { _ in item() }
            let epoch = Epoch(epoch.rawValue + Int64.random(in: -2...1, using: &random))
            return .settle(SettlementBatch(epoch: epoch, items: items))
        }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    private mutating func random<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
    private mutating func subscription() -> SubscriptionID {
        SubscriptionID(rawValue: "s-\(Int.random(in: 0..<8, using: &random))")
    }
    private mutating func reference() -> TransferReference {
        TransferReference(rawValue: "r-\(Int.random(in: 0..<200, using: &random))")
    }
    private mutating func digest() -> Digest32 { Digest32(words: (random.next(), 0, 0, random.next())) }

    /// Mostly dollars and cents, sometimes 10⁻¹² USD, more than 64 bits hold, or what is not allowed.
    private mutating func amount() -> PicoUSD {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: PicoUSD(Int128.random(in: -1...3, using: &random))
        case 1: PicoUSD(Int128.random(in: 0...PicoUSD.ledgerLimit.rawValue + 1, using: &random))
        case 2...6: PicoUSD(Int128.random(in: 1...3_000_000_000_000, using: &random))
        default: PicoUSD(Int128.random(in: 1...500, using: &random) * 10_000_000_000)
        }
    }

    private mutating func terms() -> SubscriptionTerms {
        SubscriptionTerms(
            id: subscription(), customer: random(customers), provider: random(providers),
            caps: chance(50) ? .none : caps(), periodLength: 3_600_000, grace: chance(50) ? 0 : 600_000)
    }

    private mutating func caps() -> SpendingCaps {
        SpendingCaps(
            perEpoch: chance(50) ? amount() : nil, perPeriod: chance(50) ? amount() : nil,
            lifetime: chance(30) ? amount() : nil)
    }

    private mutating func item() -> SettlementItem {
        SettlementItem(
            subscription: subscription(),
            cumulativeCharge: PicoUSD(
                Int128.random(in: 0...5_000_000_000, using: &random)
                    * Int128(epoch.rawValue % 1_000) + Int128.random(in: -1...1, using: &random)),
            customerRoot: digest(), priceBook: digest())
    }

    // MARK: State

    private mutating func compareState(after call: Call) async throws {
        let subscriptions = try await subject.subscriptions(after: nil, limit: .max)
        try expect(
            subscriptions, equals: try await model.subscriptions(after: nil, limit: .max),
            "the subscriptions after \(call)")
        let balances = try await subject.balances()
        try expect(balances, equals: try await model.balances(), "the balances after \(call)")
        try expect(balances.values.reduce(.zero, +), equals: PicoUSD.zero, "the sum of all balances after \(call)")
        let entries = try await subject.journal(of: nil, after: compared, limit: .max)
        try expect(
            entries, equals: try await model.journal(of: nil, after: compared, limit: .max), "the journal after \(call)"
        )
        compared += Int64(entries.count)
    }
}
