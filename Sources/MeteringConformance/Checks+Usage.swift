import Metering

extension UsageStoreConformance {
    static let usageChecks = [
        Check("an empty store has a total of nothing and no other rows") { harness in
            try await harness.withStore { store in
                for grouping in UsageQuery.Grouping.allCases {
                    let expected = grouping == .total ? [UsageRow(group: "total", sums: UsageSums())] : []
                    try expect(try await store.usage(UsageQuery(by: grouping)), equals: expected, "by \(grouping)")
                }
            }
        },
        Check("usage equals a recomputation from all events, for every grouping, filter and limit") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 30)
                let events = factory.events(500)
                for start in stride(from: 0, to: events.count, by: 50) {
                    // Every call repeats events of the one before: they must not count again.
                    _ = try await store.append(Array(events[max(0, start - 7)..<start + 50]))
                }
                let naive = NaiveUsage(events: events)
                for grouping in UsageQuery.Grouping.allCases {
                    try await expectUsage(UsageQuery(by: grouping), of: store, equals: naive)
                }
                for _ in 0..<250 {
                    try await expectUsage(factory.query(), of: store, equals: naive)
                }
            }
        },
        Check("usage is the same after the store was opened again") { harness in
            var factory = EventFactory(seed: 31)
            let events = factory.events(200)
            try await harness.withReopenedStore { store in
                _ = try await store.append(events)
            } then: { store in
                for grouping in UsageQuery.Grouping.allCases {
                    try await expectUsage(UsageQuery(by: grouping), of: store, equals: NaiveUsage(events: events))
                }
            }
        },
        Check("since and until are whole days, both inclusive, to the millisecond") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 32)
                let midnight = try Day(text: "2026-11-01").start.milliseconds
                let times = [-86_400_001, -86_400_000, -1, 0, 1, 86_399_999, 86_400_000] as [Int64]
                let events = times.map { offset in
                    var event = factory.event()
                    event.time = Timestamp(milliseconds: midnight + offset)
                    return event
                }
                _ = try await store.append(events)
                let before = try Day(text: "2026-10-31")
                let day = try Day(text: "2026-11-01")
                for (since, until, calls) in [
                    (nil, nil, 7), (day, nil, 4), (nil, day, 6), (day, day, 3), (before, before, 2), (before, day, 5),
                    (day, before, 0),
                ] as [(Day?, Day?, Int64)] {
                    let rows = try await store.usage(UsageQuery(by: .total, since: since, until: until))
                    try expect(
                        rows.first?.sums.calls, equals: calls,
                        "from \(String(describing: since)) to \(String(describing: until))")
                }
                let months = try await store.usage(UsageQuery(by: .month)).map { "\($0.group) \($0.sums.calls)" }
                try expect(months, equals: ["2026-10 3", "2026-11 4"], "months")
            }
        },
        Check("events without a price are counted as such, and not in the charge") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 33)
                var events = factory.events(20)
                for index in events.indices {
                    events[index].quality = index < 3 ? .estimated : .exact
                    events[index].charge = .priced(PicoUSD(1_000_000 + Int128(index)))
                    if index >= 15 { events[index].charge = .unpriced(missing: [events[index].lines[0].sku]) }
                }
                _ = try await store.append(events)
                let sums = try await store.usage(UsageQuery(by: .total)).first?.sums
                try expect(sums?.unpriced, equals: 5, "unpriced")
                try expect(sums?.estimated, equals: 3, "estimated")
                try expect(sums?.charge, equals: PicoUSD(15_000_105), "the charge")
                try expect(sums?.calls, equals: 20, "calls")
            }
        },
        Check("charges beyond the range of 64-bit integers stay exact, in events and in sums") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 34)
                let huge = [
                    Int128(Int64.max), Int128(Int64.max) + 1, Int128(UInt64.max), Int128(UInt64.max) + 1,
                    UsageEvent.chargeLimit.rawValue, UsageEvent.chargeLimit.rawValue - 1, 1, 0,
                ]
                let events = (huge + huge + huge).map { charge in
                    var event = factory.event(customer: factory.customers[0])
                    event.charge = .priced(PicoUSD(charge))
                    event.lines = [SKULine(sku: .webSearch, quantity: 1_000_000_000_000)]
                    return event
                }
                for event in events { _ = try await store.append([event]) }
                let naive = NaiveUsage(events: events)
                for grouping in UsageQuery.Grouping.allCases {
                    try await expectUsage(UsageQuery(by: grouping), of: store, equals: naive)
                }
                for event in events {
                    try expect(try await store.event(id: event.id)?.event.charge, equals: event.charge, "a charge")
                }
            }
        },
    ]

    private static func expectUsage(
        _ query: UsageQuery, of store: any UsageStore, equals naive: NaiveUsage
    ) async throws {
        let seen = try await store.usage(query)
        let expected = naive.rows(query)
        try expect(seen.map(\.group), equals: expected.map(\.group), "the groups of \(query)")
        for (seen, expected) in zip(seen, expected) {
            try expect(seen, equals: expected, "a row of \(query)")
        }
    }
}

extension EventFactory {
    /// A random question about the events of this factory.
    mutating func query() -> UsageQuery {
        var query = UsageQuery(by: random(UsageQuery.Grouping.allCases))
        if chance(40) { query.since = random(days) }
        if chance(40) { query.until = random(days) }
        if chance(30) { query.customer = random(customers + [CustomerID(rawValue: "nobody")]) }
        if chance(30) { query.key = random(keys) }
        if chance(30) { query.session = random(sessions) }
        if chance(30) { query.model = random(models) }
        if chance(40) { query.limit = Int(random(0...6)) }
        return query
    }
}
