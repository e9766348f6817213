import Metering

extension LedgerConformance {
    static let randomChecks: [Check] = (1...20 as ClosedRange<UInt64>).map { seed in
        Check("Random use conserves every unit, settles nothing twice and keeps within the caps (seed \(seed))") {
            var use = try await RandomLedgerUse(harness: $0, seed: seed)
            try await use.run()
        }
    }
}

/// Uses a ledger at random and keeps its own books beside it.
private struct RandomLedgerUse {
    private struct Settlement {
        var batch: SettlementBatch
        var time: Timestamp
    }

    private let ledger: any Ledger
    private let unit: Int128
    private var random: SeededGenerator
    private var epoch: Epoch
    private var totals: [CustomerID: PicoUSD] = [:]
    private var sent: [Settlement] = []
    private var serial = 0
    private let customers = (0..<4).map { CustomerID(rawValue: "c-\($0)") }

    init(harness: LedgerHarness, seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        unit = [1, 1, 7, 1_000][Int.random(in: 0..<4, using: &random)]
        ledger = try await harness.ledger(unit: unit)
        epoch = ledger.schedule.epoch(at: LedgerFixture.start)
    }

    private var now: Timestamp { ledger.schedule.start(of: epoch.next) }

    mutating func run() async throws {
        for _ in 0..<200 {
            do { try await step() } catch let error as MeteringError {
                // What a random caller asks for is often not allowed; anything else is a failure.
                let expected: [MeteringError.Code] = [.notAllowed, .insufficientFunds, .notFound]
                guard expected.contains(error.code) else { throw error }
            }
            try await checkBooks()
        }
        try await replay()
    }

    private mutating func amount() -> PicoUSD { PicoUSD(Int128.random(in: 1...500, using: &random) * unit) }

    private mutating func reference() -> TransferReference {
        serial += 1
        return TransferReference(rawValue: "r-\(serial)")
    }

    private mutating func step() async throws {
        let customer = customers[Int.random(in: 0..<4, using: &random)]
        let open = try await ledger.openSubscriptions(of: [customer])[customer]
        guard let open else {
            serial += 1
            _ = try await ledger.subscribe(
                SubscriptionTerms(
                    id: SubscriptionID(rawValue: "s-\(serial)"), customer: customer, caps: caps(),
                    periodLength: 3_600_000, grace: 600_000), at: now)
            return
        }
        switch Int.random(in: 0..<20, using: &random) {
        case 0...3: try await ledger.deposit(amount(), to: open.id, reference: reference(), at: now)
        case 4: try await ledger.setCaps(caps(), of: open.id, at: now)
        case 5: try await ledger.pause(open.id, at: now)
        case 6, 7: try await ledger.resume(open.id, at: now)
        case 8: try await ledger.cancel(open.id, at: now)
        case 9: try await ledger.close(open.id, at: now)
        case 10: try await ledger.withdraw(amount(), by: .operator, reference: reference(), at: now)
        case 11:
            let note = CreditNote(
                reference: reference(), subscription: open.id, amount: amount(), reason: "random")
            try await ledger.credit(note, at: now)
        case 12: try await replay()
        default: try await settle()
        }
    }

    private mutating func caps() -> SpendingCaps {
        func cap(_ range: ClosedRange<Int128>) -> PicoUSD? {
            Bool.random(using: &random) ? PicoUSD(Int128.random(in: range, using: &random)) : nil
        }
        return SpendingCaps(
            perEpoch: cap(0...(300 * unit)), perPeriod: cap(0...(900 * unit)), lifetime: cap(0...(5_000 * unit)))
    }

    private mutating func settle() async throws {
        epoch = Epoch(epoch.rawValue + Int64.random(in: 1...4, using: &random))
        var items: [SettlementItem] = []
        var before: [SubscriptionID: Subscription] = [:]
        for (customer, subscription) in try await ledger.openSubscriptions(of: customers) {
            totals[customer, default: .zero] += PicoUSD(Int128.random(in: 0...(300 * unit), using: &random))
            items.append(
                SettlementItem(
                    subscription: subscription.id, cumulativeCharge: totals[customer, default: .zero],
                    customerRoot: Digest32(words: (random.next(), 0, 0, 0)), priceBook: .zero))
            before[subscription.id] = subscription
        }
        guard !items.isEmpty else { return }
        let settlement = Settlement(batch: SettlementBatch(epoch: epoch, items: items), time: now)
        sent.append(settlement)
        let outcomes = try await ledger.settle(settlement.batch, at: settlement.time)
        for (item, outcome) in zip(items, outcomes) {
            guard case .settled(let settled) = outcome, let old = before[item.subscription],
                let new = try await ledger.subscription(item.subscription)
            else { throw ConformanceFailure("\(item) was not settled: \(outcome)") }
            let caps = old.caps(for: epoch)
            try expect(new.settled, equals: old.settled + settled.moved, "what is settled")
            try expect(settled.moved <= caps.perEpoch ?? settled.moved, "the cap per epoch was passed")
            try expect(
                settled.moved == .zero || new.periodSpent <= caps.perPeriod ?? new.periodSpent,
                "the cap per period was passed")
            try expect(
                settled.moved == .zero || new.settled <= caps.lifetime ?? new.settled, "the lifetime cap was passed")
            try expect(settled.moved.rawValue % unit == 0, "a fraction of a unit moved")
            if settled.limits.isEmpty { try expect(settled.unsettled.rawValue < unit, "more is left than a rest") }
        }
    }

    /// Sends everything again, in any order: nothing may change.
    private mutating func replay() async throws {
        let balances = try await ledger.balances()
        for settlement in sent.shuffled(using: &random) {
            for outcome in try await ledger.settle(settlement.batch, at: settlement.time) {
                switch outcome {
                case .repeated, .superseded: break
                default: throw ConformanceFailure("epoch \(settlement.batch.epoch) again: \(outcome)")
                }
            }
        }
        try expect(try await ledger.balances(), equals: balances, "the balances after sending everything again")
    }

    private func checkBooks() async throws {
        let balances = try await ledger.balances()
        try expect(balances.values.reduce(.zero, +), equals: PicoUSD.zero, "the sum of all balances")
        for (account, balance) in balances where account != .world {
            try expect(balance >= .zero, "\(account) is at \(balance)")
        }
        var settled: [CustomerID: PicoUSD] = [:]
        for subscription in try await ledger.subscriptions(after: nil, limit: .max) {
            settled[subscription.terms.customer, default: .zero] += subscription.settled
            try expect(subscription.creditOwed >= .zero, "a negative credit is owed")
            try expect(
                subscription.escrow, equals: balances[.escrow(subscription.id)] ?? .zero,
                "the escrow that \(subscription.id) states")
            guard subscription.isOpen, let total = totals[subscription.terms.customer], subscription.position != nil
            else { continue }
            try expect(
                subscription.opening + subscription.settled + subscription.unsettled, equals: total,
                "what \(subscription.id) settled and left unsettled")
        }
        for (customer, amount) in settled {
            try expect(amount <= totals[customer] ?? .zero, "\(customer) settled more than it was charged")
        }
    }
}
