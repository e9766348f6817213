import Metering

extension LedgerConformance {
    private static func withdraw(_ amount: Int128, _ reference: String, _ fixture: LedgerFixture) async throws {
        try await fixture.ledger.withdraw(
            PicoUSD(amount), by: .operator, reference: TransferReference(rawValue: reference), at: fixture.time(5))
    }

    private static func credit(_ amount: Int128, _ reference: String, _ fixture: LedgerFixture) async throws {
        try await fixture.ledger.credit(
            CreditNote(
                reference: TransferReference(rawValue: reference), subscription: fixture.id, amount: PicoUSD(amount),
                reason: "a test"), at: fixture.time(5))
    }

    static let providerChecks: [Check] = [
        Check("A provider draws what was settled, once, and no more") { harness in
            let fixture = try await LedgerFixture(harness)
            try await expect(.insufficientFunds, "drawing escrow") { try await withdraw(1, "early", fixture) }
            try await fixture.settle(1, 100, moves: 100)
            try await withdraw(60, "w-1", fixture)
            try await withdraw(60, "w-1", fixture)
            try expect(try await fixture.earned(), equals: 40, "the earnings")
            try await expect(.insufficientFunds, "drawing more") { try await withdraw(41, "w-2", fixture) }
            try await expect(.conflict, "the reference with another amount") { try await withdraw(1, "w-1", fixture) }
            try await expect(.conflict, "the reference of a deposit") { try await withdraw(1, "first", fixture) }
            try await expect(.invalidInput, "nothing") { try await withdraw(0, "w-3", fixture) }
        },
        Check("A credit note gives money back to the escrow, once") { harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.settle(1, 100, moves: 100)
            try await credit(30, "c-1", fixture)
            try await credit(30, "c-1", fixture)
            try expect(try await fixture.escrow(), equals: 930, "the escrow")
            try expect(try await fixture.earned(), equals: 70, "the earnings")
            try await expect(.conflict, "the reference with another amount") { try await credit(31, "c-1", fixture) }
            try await expect(.invalidInput, "a negative credit") { try await credit(-1, "c-2", fixture) }
            // A credit is not a change of what was charged: nothing becomes due again.
            try await fixture.settle(2, 100, moves: 0)
        },
        Check("A credit that the provider has drawn already is paid from what it earns next, before it can draw") {
            harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.settle(1, 100, moves: 100)
            try await withdraw(80, "w-1", fixture)
            try await credit(50, "c-1", fixture)
            try expect(try await fixture.earned(), equals: 0, "the earnings")
            try expect(try await fixture.subscription().creditOwed.rawValue, equals: 30, "the credit owed")
            try await fixture.settle(2, 120, moves: 20)
            try expect(try await fixture.earned(), equals: 0, "the earnings after 20 more")
            try await fixture.settle(3, 150, moves: 30)
            try expect(try await fixture.earned(), equals: 20, "the earnings after 50 more")
            try expect(try await fixture.subscription().creditOwed.rawValue, equals: 0, "the credit owed")
            try expect(try await fixture.escrow(), equals: 900, "the escrow")
        },
        Check("A credit for a closed subscription goes out to the customer") { harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.settle(1, 100, moves: 100)
            try await fixture.ledger.cancel(fixture.id, at: fixture.time(2))
            try await fixture.ledger.close(fixture.id, at: fixture.time(100))
            try await credit(40, "c-1", fixture)
            try expect(try await fixture.escrow(), equals: 0, "the escrow")
            try expect(try await fixture.ledger.balance(of: .world).rawValue, equals: -60, "the world")
        },
        Check("The journal tells everything, in order, in pages, and every entry is balanced") { harness in
            let fixture = try await LedgerFixture(harness)
            try await fixture.settle(1, 100, moves: 100)
            try await credit(10, "c-1", fixture)
            try await withdraw(20, "w-1", fixture)
            let all = try await fixture.ledger.journal(of: nil, after: 0, limit: 100)
            try expect(all.map(\.number), equals: [1, 2, 3, 4], "the numbers")
            try expect(all.allSatisfy(\.isBalanced), "an entry is not balanced")
            let own = try await fixture.ledger.journal(of: fixture.id, after: 0, limit: 100)
            try expect(own, equals: Array(all[..<3]), "the subscription's entries")
            let page = try await fixture.ledger.journal(of: nil, after: 1, limit: 2)
            try expect(page, equals: Array(all[1..<3]), "a page")
            var sums: [LedgerAccount: PicoUSD] = [:]
            for posting in all.flatMap(\.postings) { sums[posting.account, default: .zero] += posting.amount }
            try expect(sums, equals: try await fixture.ledger.balances(), "the balances by the journal")
        },
        Check("Subscriptions are listed by id, in pages") { harness in
            let fixture = try await LedgerFixture(harness)
            for name in ["b", "a", "z"] {
                _ = try await fixture.ledger.subscribe(
                    SubscriptionTerms(id: SubscriptionID(rawValue: name), customer: CustomerID(rawValue: name)),
                    at: fixture.time(0))
            }
            let first = try await fixture.ledger.subscriptions(after: nil, limit: 2)
            try expect(first.map(\.id.rawValue), equals: ["a", "b"], "the first page")
            let second = try await fixture.ledger.subscriptions(after: first[1].id, limit: 9)
            try expect(second.map(\.id.rawValue), equals: ["sub-1", "z"], "the second page")
        },
    ]
}
