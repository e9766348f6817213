import Metering

extension LedgerConformance {
    static let customerChecks: [Check] = [
        Check("A subscription is made once; other terms and a second open one are refused") { harness in
            let fixture = try await LedgerFixture(harness)
            let terms = try await fixture.subscription().terms
            let again = try await fixture.ledger.subscribe(terms, at: fixture.time(9))
            try expect(again.created, equals: LedgerFixture.start, "the time of the first subscribing")
            var other = terms
            other.grace += 1
            let changed = other
            try await expect(.alreadyExists, "other terms") {
                _ = try await fixture.ledger.subscribe(changed, at: fixture.time(9))
            }
            other = terms
            other.id = SubscriptionID(rawValue: "sub-2")
            let second = other
            try await expect(.notAllowed, "a second open subscription") {
                _ = try await fixture.ledger.subscribe(second, at: fixture.time(9))
            }
            let open = try await fixture.ledger.openSubscriptions(of: [fixture.customer, .default])
            try expect(open.mapValues(\.id), equals: [fixture.customer: fixture.id], "the open subscriptions")
        },
        Check("Terms that make no sense are refused") { harness in
            let ledger = try await harness.ledger()
            let customer = CustomerID(rawValue: "acme")
            for terms in [
                SubscriptionTerms(id: SubscriptionID(rawValue: ""), customer: customer),
                SubscriptionTerms(id: SubscriptionID(rawValue: "a b"), customer: customer),
                SubscriptionTerms(id: SubscriptionID(rawValue: "a"), customer: CustomerID(rawValue: "")),
                SubscriptionTerms(
                    id: SubscriptionID(rawValue: "a"), customer: customer, caps: SpendingCaps(lifetime: PicoUSD(-1))),
                SubscriptionTerms(id: SubscriptionID(rawValue: "a"), customer: customer, periodLength: 0),
                SubscriptionTerms(id: SubscriptionID(rawValue: "a"), customer: customer, grace: -1),
            ] {
                try await expect(.invalidInput, "\(terms)") {
                    _ = try await ledger.subscribe(terms, at: LedgerFixture.start)
                }
            }
            try expect(try await ledger.subscriptions(after: nil, limit: 10), equals: [], "the subscriptions")
        },
        Check("A deposit counts once, however often it is sent") { harness in
            let fixture = try await LedgerFixture(harness, unit: 10, escrow: 100)
            try await fixture.deposit(100, "first")
            try expect(try await fixture.escrow(), equals: 100, "the escrow")
            try await expect(.conflict, "the reference with another amount") {
                try await fixture.deposit(110, "first")
            }
            for amount in [0, -10, 15] as [Int64] {
                try await expect(.invalidInput, "a deposit of \(amount)") {
                    try await fixture.deposit(amount, "other \(amount)")
                }
            }
            try await expect(.invalidInput, "an empty reference") { try await fixture.deposit(10, "") }
            try await expect(.notFound, "a deposit to nobody") {
                try await fixture.deposit(10, "x", to: SubscriptionID(rawValue: "nobody"))
            }
            try expect(try await fixture.ledger.balance(of: .world).rawValue, equals: -100, "the world")
        },
        Check("Caps limit an epoch, a period and the whole subscription; the rest is carried") { harness in
            let caps = SpendingCaps(perEpoch: PicoUSD(100), perPeriod: PicoUSD(250), lifetime: PicoUSD(420))
            let fixture = try await LedgerFixture(harness, caps: caps)
            try await fixture.settle(1, 90, moves: 90)
            try await fixture.settle(2, 300, moves: 100, leaves: 110, [.epochCap, .periodCap])
            try await fixture.settle(3, 300, moves: 60, leaves: 50, [.epochCap, .periodCap])
            try await fixture.settle(4, 300, moves: 0, leaves: 50, [.periodCap])
            // A period is twelve epochs long.
            try await fixture.settle(12, 300, moves: 50)
            try await fixture.settle(13, 400, moves: 100)
            try await fixture.settle(24, 1_000, moves: 20, leaves: 580, [.epochCap, .periodCap, .lifetimeCap])
            try await fixture.settle(36, 1_000, moves: 0, leaves: 580, [.epochCap, .periodCap, .lifetimeCap])
            try expect(try await fixture.escrow(), equals: 580, "the escrow")
        },
        Check("A change of caps holds from the next epoch on") { harness in
            let fixture = try await LedgerFixture(harness)
            let cap = SpendingCaps(perEpoch: PicoUSD(10))
            try await fixture.ledger.setCaps(cap, of: fixture.id, at: fixture.time(2))
            try await fixture.settle(1, 100, moves: 100)
            try await fixture.settle(2, 200, moves: 100)
            try await fixture.settle(3, 300, moves: 10, leaves: 90, [.epochCap])
            // Of two changes in one epoch the last one counts.
            try await fixture.ledger.setCaps(SpendingCaps(perEpoch: PicoUSD(20)), of: fixture.id, at: fixture.time(3))
            try await fixture.ledger.setCaps(SpendingCaps(perEpoch: PicoUSD(30)), of: fixture.id, at: fixture.time(3))
            try await fixture.settle(4, 300, moves: 30, leaves: 60, [.epochCap])
            try await fixture.ledger.setCaps(.none, of: fixture.id, at: fixture.time(4))
            try await fixture.settle(5, 300, moves: 60)
            try await expect(.invalidInput, "a negative cap") {
                try await fixture.ledger.setCaps(
                    SpendingCaps(perEpoch: PicoUSD(-1)), of: fixture.id, at: fixture.time(5))
            }
            try await expect(.notFound, "caps of nobody") {
                try await fixture.ledger.setCaps(
                    .none, of: SubscriptionID(rawValue: "nobody"), at: fixture.time(5))
            }
        },
        Check("A pause stops all movement; what was charged meanwhile is due afterwards") { harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.ledger.pause(fixture.id, at: fixture.time(1))
            try await fixture.ledger.pause(fixture.id, at: fixture.time(1))
            try await fixture.settle(1, 70, moves: 0, leaves: 70, [.paused])
            try await fixture.ledger.resume(fixture.id, at: fixture.time(2))
            try await fixture.settle(2, 80, moves: 80)
        },
        Check("A cancelled subscription settles what is open, then gives the rest back, and is closed") { harness in
            let fixture = try await LedgerFixture(harness)
            try await expect(.notAllowed, "closing without cancelling") {
                try await fixture.ledger.close(fixture.id, at: fixture.time(1))
            }
            try await fixture.ledger.pause(fixture.id, at: fixture.time(1))
            try await fixture.ledger.cancel(fixture.id, at: fixture.time(1))
            try await fixture.ledger.cancel(fixture.id, at: fixture.time(2))
            try await expect(.notAllowed, "a cap after cancelling, which could evade what is owed") {
                try await fixture.ledger.setCaps(
                    SpendingCaps(lifetime: .zero), of: fixture.id, at: fixture.time(1))
            }
            try await expect(.notAllowed, "a pause after cancelling") {
                try await fixture.ledger.pause(fixture.id, at: fixture.time(1))
            }
            try await fixture.settle(1, 300, moves: 300)
            try await expect(.notAllowed, "closing within the grace") {
                try await fixture.ledger.close(fixture.id, at: fixture.time(2))
            }
            // The grace counts from the first cancellation.
            let end = Timestamp(milliseconds: fixture.time(1).milliseconds + 1_000_000)
            try await fixture.ledger.close(fixture.id, at: end)
            try await fixture.ledger.close(fixture.id, at: end)
            try expect(try await fixture.escrow(), equals: 0, "the escrow")
            try expect(try await fixture.ledger.balance(of: .world).rawValue, equals: -300, "the world")
            try expect(try await fixture.settle(9, 400), equals: .refused(.closed), "settling when closed")
            try expect(try await fixture.settle(1, 300), equals: .repeated, "repeating when closed")
            try await expect(.notAllowed, "a deposit when closed") { try await fixture.deposit(10, "late") }
        },
        Check("A new subscription owes what the former one left unsettled, and not what it settled") { harness in
            let fixture = try await LedgerFixture(harness, escrow: 100)
            try await fixture.settle(1, 130, moves: 100, leaves: 30, [.escrow])
            try await fixture.ledger.cancel(fixture.id, at: fixture.time(2))
            try await fixture.ledger.close(fixture.id, at: fixture.time(100))
            var terms = try await fixture.subscription().terms
            terms.id = SubscriptionID(rawValue: "sub-2")
            let second = try await fixture.ledger.subscribe(terms, at: fixture.time(100))
            try expect(second.opening.rawValue, equals: 100, "where the second begins")
            try await fixture.deposit(50, "second", to: second.id)
            try expect(
                try await fixture.settle(101, 90, second.id), equals: .refused(.decreased),
                "a total below what the first settled")
            try await fixture.settle(102, 140, moves: 40, second.id)
        },
    ]
}

extension LedgerFixture {
    fileprivate func settle(
        _ offset: Int64, _ cumulative: Int64, moves moved: Int64, _ id: SubscriptionID
    ) async throws { try await settle(offset, cumulative, moves: moved, leaves: 0, [], id) }
}
