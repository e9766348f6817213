import Metering

extension LedgerConformance {
    static let settlementChecks: [Check] = [
        Check("An epoch moves what its total adds; the same epoch again moves nothing") { harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.settle(1, 100, moves: 100)
            for _ in 0..<3 { try expect(try await fixture.settle(1, 100), equals: .repeated, "again") }
            try await fixture.settle(2, 100, moves: 0)
            try await fixture.settle(5, 350, moves: 250)
            try expect(try await fixture.escrow(), equals: 650, "the escrow")
            try expect(try await fixture.earned(), equals: 350, "the earnings")
        },
        Check("The same epoch with other content, a lower total and an unknown subscription are refused") { harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.settle(5, 100, moves: 100)
            try expect(try await fixture.settle(5, 101), equals: .refused(.conflict), "another total")
            var item = fixture.item(100)
            item.customerRoot = .zero
            let other = SettlementBatch(epoch: fixture.epoch(5), items: [item])
            try expect(
                try await fixture.ledger.settle(other, at: fixture.time(6)), equals: [.refused(.conflict)],
                "another root")
            try expect(try await fixture.settle(6, 99), equals: .refused(.decreased), "a lower total")
            try expect(try await fixture.settle(4, 500), equals: .superseded, "an earlier epoch")
            try expect(
                try await fixture.settle(6, 1, SubscriptionID(rawValue: "nobody")),
                equals: .refused(.unknownSubscription), "nobody")
            try expect(try await fixture.earned(), equals: 100, "the earnings")
            try await fixture.settle(6, 101, moves: 1)
        },
        Check("A refused item does not keep the rest of its batch from settling") { harness in
            let fixture = try await LedgerFixture(harness)
            let nobody = fixture.item(7, SubscriptionID(rawValue: "nobody"))
            let outcomes = try await fixture.ledger.settle(
                SettlementBatch(epoch: fixture.epoch(1), items: [nobody, fixture.item(7)]), at: fixture.time(2))
            try expect(outcomes.count, equals: 2, "the outcomes")
            try expect(outcomes[0], equals: .refused(.unknownSubscription), "the first")
            try expect(try await fixture.earned(), equals: 7, "the earnings")
        },
        Check("A batch has 1 to 1,000 items, each subscription once") { harness in
            let fixture = try await LedgerFixture(harness)
            for items in [[], [fixture.item(1), fixture.item(2)]] {
                try await expect(.invalidInput, "\(items.count) items") {
                    _ = try await fixture.ledger.settle(
                        SettlementBatch(epoch: fixture.epoch(1), items: items), at: fixture.time(2))
                }
            }
            func items(_ count: Int) -> [SettlementItem] {
                (0..<count).map { fixture.item(Int64($0), SubscriptionID(rawValue: "s-\($0)")) }
            }
            try await expect(.invalidInput, "1,001 items") {
                _ = try await fixture.ledger.settle(
                    SettlementBatch(epoch: fixture.epoch(1), items: items(1_001)), at: fixture.time(2))
            }
            for index in 0..<1_000 {
                let terms = SubscriptionTerms(
                    id: SubscriptionID(rawValue: "s-\(index)"), customer: CustomerID(rawValue: "c-\(index)"))
                _ = try await fixture.ledger.subscribe(terms, at: fixture.time(0))
            }
            let outcomes = try await fixture.ledger.settle(
                SettlementBatch(epoch: fixture.epoch(1), items: items(1_000)), at: fixture.time(2))
            try expect(outcomes.count, equals: 1_000, "the outcomes")
            try expect(
                outcomes[999],
                equals: .settled(.init(moved: .zero, unsettled: PicoUSD(999), limits: [.escrow])), "the last one")
        },
        Check("An empty escrow leaves a shortfall, which the next deposit pays with the next epoch") { harness in
            let fixture = try await LedgerFixture(harness, escrow: 50)
            try await fixture.settle(1, 80, moves: 50, leaves: 30, [.escrow])
            try expect(try await fixture.subscription().unsettled.rawValue, equals: 30, "the shortfall on view")
            try await fixture.deposit(100, "more")
            try expect(try await fixture.settle(1, 80), equals: .repeated, "the same epoch again")
            try await fixture.settle(2, 80, moves: 30)
            try expect(try await fixture.escrow(), equals: 70, "the escrow")
        },
        Check("Rounding happens once, on the total: many small epochs settle what one large one does") { harness in
            let fixture = try await LedgerFixture(harness, unit: 100, escrow: 10_000)
            var total: Int64 = 0
            for epoch in 1...50 as ClosedRange<Int64> {
                total += 37
                try await fixture.settle(epoch, total)
                try expect(try await fixture.earned(), equals: total - total % 100, "the earnings after \(total)")
            }
            try expect(try await fixture.subscription().unsettled.rawValue, equals: 50, "the rounding rest")
        },
        Check("Caps and an escrow that are no multiple of the unit move whole units") { harness in
            let caps = SpendingCaps(perEpoch: PicoUSD(250))
            let fixture = try await LedgerFixture(harness, unit: 100, caps: caps, escrow: 10_000)
            try await fixture.settle(1, 999, moves: 200, leaves: 799, [.epochCap])
        },
        Check("Eight callers that settle the same epochs at once move the money once") { harness in
            let fixture = try await LedgerFixture(harness)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for epoch in 1...20 as ClosedRange<Int64> {
                            try await fixture.settle(epoch, epoch * 10)
                        }
                    }
                }
                try await group.waitForAll()
            }
            try expect(try await fixture.earned(), equals: 200, "the earnings")
            try expect(try await fixture.escrow(), equals: 800, "the escrow")
        },
    ]
}
