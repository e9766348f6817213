import Metering

extension UsageStoreConformance {
    static let chainChecks = [
        Check("sequence numbers have no gap, and every hash covers the one before") { harness in
            var factory = EventFactory(seed: 10)
            let events = factory.events(400)
            var shadow = ShadowChains()
            try await harness.withStore { store in
                var rest = events[...]
                while !rest.isEmpty {
                    let repeated = Array(events[..<rest.startIndex].suffix(2))
                    let call = repeated + rest.prefix(Int(factory.random(1...40)))
                    rest = rest.dropFirst(call.count - repeated.count)
                    try expect(try await store.append(call), equals: call.map { shadow.append($0) }, "outcomes")
                }
                try await shadow.check(store)
            }
        },
        Check("chains go on after the store was opened again") { harness in
            var factory = EventFactory(seed: 11)
            var shadow = ShadowChains()
            let first = factory.events(100)
            let second = factory.events(100)
            let expected = (first + second).map { shadow.append($0) }
            try await harness.withReopenedStore { store in
                try expect(try await store.append(first), equals: Array(expected[..<100]), "outcomes before")
            } then: { store in
                try expect(try await store.append(second), equals: Array(expected[100...]), "outcomes after")
                try await shadow.check(store)
            }
        },
        Check("pages of events begin after the given number and hold at most the limit") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 12)
                let customer = factory.customers[0]
                let events = factory.events(25, customer: customer)
                _ = try await store.append(events + factory.events(5, customer: factory.customers[1]))
                for (after, limit, expected) in [
                    (0, 10, 0..<10), (10, 10, 10..<20), (20, 10, 20..<25), (25, 10, 25..<25), (99, 10, 25..<25),
                    (0, 1000, 0..<25), (3, 1, 3..<4), (0, 0, 0..<0), (-5, 2, 0..<2),
                ] as [(Int64, Int, Range<Int>)] {
                    let page = try await store.events(of: customer, after: after, limit: limit)
                    try expect(page.map(\.event), equals: Array(events[expected]), "after \(after), limit \(limit)")
                    try expect(page.map(\.sequence), equals: expected.map { Int64($0) + 1 }, "sequence numbers")
                }
                let none = try await store.events(of: CustomerID(rawValue: "nobody"), after: 0, limit: 10)
                try expect(none, equals: [], "events of a customer without any")
            }
        },
    ]
}

/// The chains that a store should have, computed apart from it.
struct ShadowChains {
    private var chains: [CustomerID: [StoredEvent]] = [:]
    private var ids: Set<EventID> = []

    mutating func append(_ event: UsageEvent) -> AppendOutcome {
        guard ids.insert(event.id).inserted else { return .duplicate }
        let chain = chains[event.customer] ?? []
        let sequence = Int64(chain.count) + 1
        let previous = chain.last?.hash ?? .zero
        let hash = CanonicalReceipt.hash(event, sequence: sequence, previousHash: previous)
        chains[event.customer] =
            chain + [StoredEvent(event: event, sequence: sequence, previousHash: previous, hash: hash)]
        return .appended(sequence: sequence, hash: hash)
    }

    func check(_ store: any UsageStore) async throws {
        let customers = chains.keys.sorted {
            Array($0.rawValue.utf8).lexicographicallyPrecedes(Array($1.rawValue.utf8))
        }
        let heads = customers.map { customer in
            let last = chains[customer]?.last
            return ChainHead(customer: customer, sequence: last?.sequence ?? 0, hash: last?.hash ?? .zero)
        }
        try expect(try await store.chainHeads(), equals: heads, "chain heads")
        for customer in customers {
            let stored = try await store.events(of: customer, after: 0, limit: .max)
            try expect(stored, equals: chains[customer] ?? [], "the chain of \(customer)")
        }
    }
}
