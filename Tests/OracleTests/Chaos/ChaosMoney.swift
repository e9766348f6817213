import Metering
import Testing

/// What customers and the provider did with money, kept apart from the ledger.
struct ChaosMoney {
    /// The subscriptions of each customer, in the order in which they began.
    var subscriptions: [CustomerID: [SubscriptionID]] = [:]
    /// What was paid into each, every payment once.
    var paid: [SubscriptionID: PicoUSD] = [:]
    /// What was promised in credit notes.
    var credited = PicoUSD.zero
    /// What the provider drew.
    var withdrawn = PicoUSD.zero
    /// Payments that a payment provider tells of by webhooks: some never told yet, some to be told again.
    var payments: [Payment] = []
    /// How many settlements were compared with caps.
    private(set) var capsChecked = 0
    private var caps: [SubscriptionID: [CapChange]] = [:]
    private var began: [SubscriptionID: Timestamp] = [:]
    private var spent: [SubscriptionID: PicoUSD] = [:]
    private var spentInPeriod: [Period: PicoUSD] = [:]
    private var lookedThrough: Int64 = 0
    private var serial = 0

    struct Payment {
        var reference: TransferReference
        var subscription: SubscriptionID
        var amount: PicoUSD
        var isBooked = false
    }

    private struct Period: Hashable {
        var subscription: SubscriptionID
        var start: Int64
    }

    /// Two hours, so that a history has many.
    static let period: Int64 = 7_200_000

    mutating func reference(_ kind: String) -> TransferReference {
        serial += 1
        return TransferReference(rawValue: "\(kind)-\(serial)")
    }

    mutating func begin(_ subscription: SubscriptionID, of customer: CustomerID, at time: Timestamp) {
        subscriptions[customer, default: []].append(subscription)
        began[subscription] = time
    }

    mutating func setCaps(_ new: SpendingCaps, of subscription: SubscriptionID, from epoch: Epoch) {
        // A clock that was set back cannot undo a change that was made already.
        var changes = caps[subscription] ?? []
        if let last = changes.last, last.from >= epoch {
            changes[changes.count - 1].caps = new
        } else {
            changes.append(CapChange(from: epoch, caps: new))
        }
        caps[subscription] = changes
    }

    /// No settlement since the last look moved more than the caps that held when it was made.
    ///
    /// Looked at now, because a clock that is set back can change the caps of epochs that are settled already.
    mutating func checkCaps(_ ledger: any Ledger) async throws {
        for settlement in try await ledger.settlements(after: lookedThrough) where settlement.moved > .zero {
            let (id, moved) = (settlement.subscription, settlement.moved)
            let start = World.schedule.start(of: settlement.epoch).milliseconds - (began[id]?.milliseconds ?? 0)
            let period = Period(subscription: id, start: start - (start % Self.period + Self.period) % Self.period)
            spent[id, default: .zero] += moved
            spentInPeriod[period, default: .zero] += moved
            guard let caps = caps[id]?.last(where: { $0.from <= settlement.epoch })?.caps else { continue }
            #expect(moved <= caps.perEpoch ?? moved)
            #expect(spentInPeriod[period] ?? .zero <= caps.perPeriod ?? .ledgerLimit)
            #expect(spent[id] ?? .zero <= caps.lifetime ?? .ledgerLimit)
            if caps != .none { capsChecked += 1 }
        }
        lookedThrough =
            try await ledger.journal(of: nil, after: lookedThrough, limit: .max).last?.number ?? lookedThrough
    }
}

extension Chaos {
    /// Subscribes a customer, anew when it had a subscription before.
    mutating func subscribe(_ customer: CustomerID) async throws {
        let number = money.subscriptions[customer]?.count ?? 0
        let id = SubscriptionID(rawValue: "sub-\(customer)-\(number)")
        let terms = SubscriptionTerms(
            id: id, customer: customer, periodLength: ChaosMoney.period, grace: 600_000)
        _ = try await world.ledger.subscribe(terms, at: now)
        money.begin(id, of: customer, at: now)
    }

    /// Does what may not be allowed just now; whether it was.
    private func attempt(_ body: () async throws -> Void) async throws -> Bool {
        do { try await body() } catch let error as MeteringError {
            guard [.notAllowed, .insufficientFunds].contains(error.code) else { throw error }
            return false
        }
        return true
    }

    private mutating func subscription() -> SubscriptionID {
        money.subscriptions[pick(subscribers)]?.last ?? SubscriptionID(rawValue: "none")
    }

    /// An amount that the ledger can move; may be nothing.
    private mutating func amount(upTo cents: Int128) -> PicoUSD {
        PicoUSD(Int128.random(in: 1...cents, using: &random) * 10_000_000_000).roundedDown(to: world.ledger.unit)
    }

    /// A deposit, half of them sent twice.
    mutating func deposit() async throws {
        let payment = ChaosMoney.Payment(
            reference: money.reference("deposit"), subscription: subscription(), amount: amount(upTo: 200))
        guard payment.amount > .zero else { return }
        for round in 0..<Int.random(in: 1...2, using: &random) {
            if try await book(payment), round == 0 {
                money.paid[payment.subscription, default: .zero] += payment.amount
            }
        }
    }

    private func book(_ payment: ChaosMoney.Payment) async throws -> Bool {
        let (world, now) = (world, now)
        return try await attempt {
            try await world.ledger.deposit(
                payment.amount, to: payment.subscription, reference: payment.reference, at: now)
        }
    }

    /// A payment provider's webhooks: late, out of order, and each as often as it likes.
    mutating func paymentWebhooks() async throws {
        let amount = amount(upTo: 200)
        if amount > .zero {
            money.payments.append(
                .init(reference: money.reference("evt"), subscription: subscription(), amount: amount))
        }
        let told = money.payments.indices.shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
        for index in told where try await book(money.payments[index]) && !money.payments[index].isBooked {
            money.payments[index].isBooked = true
            money.paid[money.payments[index].subscription, default: .zero] += money.payments[index].amount
        }
    }

    mutating func changeCaps() async throws {
        func cap(_ percent: Int, _ limit: Int128) -> PicoUSD? {
            factory.chance(percent) ? PicoUSD(Int128.random(in: 0...limit, using: &random) * 1_000_000_000) : nil
        }
        let caps = SpendingCaps(perEpoch: cap(60, 500), perPeriod: cap(30, 3_000), lifetime: cap(10, 50_000))
        let (id, world, now) = (subscription(), world, now)
        if try await attempt({ try await world.ledger.setCaps(caps, of: id, at: now) }) {
            money.setCaps(caps, of: id, from: World.schedule.epoch(at: now).next)
        }
    }

    mutating func pauseOrResume() async throws {
        let (id, world, now, pauses) = (subscription(), world, now, Bool.random(using: &random))
        _ = try await attempt {
            if pauses { try await world.ledger.pause(id, at: now) } else { try await world.ledger.resume(id, at: now) }
        }
    }

    /// Ends a subscription, which the oracle closes after its grace, or begins a new one where one has ended.
    mutating func cancelOrRenew() async throws {
        let customer = pick(subscribers)
        guard let open = try await world.ledger.openSubscriptions(of: [customer])[customer] else {
            return try await subscribe(customer)
        }
        try await world.ledger.cancel(open.id, at: now)
    }

    mutating func withdraw() async throws {
        let (amount, reference) = (amount(upTo: 100), money.reference("withdrawal"))
        guard amount > .zero else { return }
        let (world, now, times) = (world, now, Int.random(in: 1...2, using: &random))
        let isDone = try await attempt {
            for _ in 0..<times {
                try await world.ledger.withdraw(amount, by: .operator, reference: reference, at: now)
            }
        }
        if isDone { money.withdrawn += amount }
    }

    /// A credit note, also on a subscription that has ended, and also for more than the provider has.
    mutating func credit() async throws {
        let note = CreditNote(
            reference: money.reference("credit"),
            subscription: pick(money.subscriptions[pick(subscribers)] ?? [subscription()]), amount: amount(upTo: 30),
            reason: "random")
        guard note.amount > .zero else { return }
        for _ in 0..<Int.random(in: 1...2, using: &random) { try await world.ledger.credit(note, at: now) }
        money.credited += note.amount
    }
}
