import Metering

extension UsageStoreConformance {
    static let appendChecks = [
        Check("an appended event is found by its id, unchanged") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 1)
                let events = factory.events(200)
                _ = try await store.append(events)
                for event in events {
                    let stored = try await store.event(id: event.id)
                    try expect(stored?.event, equals: event, "event \(event.id)")
                }
                try expect(try await store.event(id: EventID(rawValue: "no such id")), equals: nil, "an unknown id")
            }
        },
        Check("an empty call succeeds and changes nothing") { harness in
            try await harness.withStore { store in
                try expect(try await store.append([]), equals: [], "outcomes")
                try expect(try await store.chainHeads(), equals: [], "chain heads")
            }
        },
        Check("an id twice in one call is appended once") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 2)
                let first = factory.event(customer: factory.customers[0])
                var second = factory.event(customer: factory.customers[1])
                second.id = first.id
                let outcomes = try await store.append([first, second, first])
                try expect(outcomes.map(\.isDuplicate), equals: [false, true, true], "duplicates")
                try expect(try await store.event(id: first.id)?.event, equals: first, "the event kept")
                try expect(try await store.chainHeads().map(\.customer), equals: [first.customer], "customers")
            }
        },
        Check("an id of an earlier call is a no-op, whatever the customer, the content and the source") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 3)
                let first = factory.event(customer: factory.customers[0])
                _ = try await store.append([first])
                for source in UsageEvent.Source.allCases {
                    var again = factory.event(customer: factory.customers[1])
                    again.id = first.id
                    again.source = source
                    try expect(try await store.append([again]), equals: [.duplicate], "the outcome from \(source)")
                }
                try expect(try await store.event(id: first.id)?.event, equals: first, "the event kept")
                let total = try await store.usage(UsageQuery(by: .total))
                try expect(total, equals: NaiveUsage(events: [first]).rows(UsageQuery(by: .total)), "the total")
            }
        },
        Check("ids are compared byte by byte: case and trailing spaces count") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 4)
                let ids = ["msg_a", "MSG_A", "msg_a ", "msg_A", "1", "01", "1.0"]
                let outcomes = try await store.append(ids.map { factory.event(id: $0) })
                try expect(outcomes.count(where: \.isDuplicate), equals: 0, "duplicates")
                for id in ids {
                    let found = try await store.event(id: EventID(rawValue: id))?.event.id.rawValue
                    try expect(found, equals: id, "the event of that id")
                }
            }
        },
        Check("ids stay known after the store was opened again") { harness in
            var factory = EventFactory(seed: 5)
            let events = factory.events(50)
            let more = factory.events(10)
            try await harness.withReopenedStore { store in
                _ = try await store.append(events)
            } then: { store in
                let outcomes = try await store.append(events + more)
                try expect(
                    outcomes.map(\.isDuplicate), equals: events.map { _ in true } + more.map { _ in false },
                    "duplicates")
                for event in events + more {
                    try expect(try await store.event(id: event.id)?.event, equals: event, "event \(event.id)")
                }
                let query = UsageQuery(by: .customer)
                try expect(
                    try await store.usage(query), equals: NaiveUsage(events: events + more).rows(query), "usage")
            }
        },
        Check("a call with an event that is not valid keeps nothing, and can be repeated") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 6)
                _ = try await store.append([factory.event(customer: factory.customers[0])])
                let heads = try await store.chainHeads()
                for (rule, spoil) in spoilers {
                    let good = factory.events(3, customer: factory.customers[0])
                    var bad = factory.event(customer: factory.customers[0])
                    spoil(&bad)
                    try await expect(.invalidInput, rule) {
                        _ = try await store.append([good[0], good[1], bad, good[2]])
                    }
                    for event in good {
                        try expect(
                            try await store.event(id: event.id), equals: nil, "\(rule): a good event of the call")
                    }
                    try expect(try await store.chainHeads(), equals: heads, "\(rule): the chain heads")
                }
                let retried = try await store.append(factory.events(2, customer: factory.customers[0]))
                try expect(retried.map(\.sequence), equals: [2, 3], "the sequence numbers afterwards")
            }
        },
    ]

    /// Ways to break an event.
    private static let spoilers: [(String, @Sendable (inout UsageEvent) -> Void)] = [
        ("an empty id", { $0.id = EventID(rawValue: "") }),
        ("a long session", { $0.session = SessionID(rawValue: String(repeating: "s", count: 257)) }),
        ("a NUL in the key", { $0.key = APIKeyID(rawValue: "a\0b") }),
        ("a customer with a space", { $0.customer = CustomerID(rawValue: "a b") }),
        ("a negative quantity", { $0.lines = [SKULine(sku: .webSearch, quantity: -1)] }),
        ("a quantity of zero", { $0.lines = [SKULine(sku: .webSearch, quantity: 0)] }),
        ("a SKU twice", { $0.lines = [SKULine(sku: .webSearch, quantity: 1), SKULine(sku: .webSearch, quantity: 1)] }),
        ("a malformed SKU", { $0.lines = [SKULine(sku: SKU(rawValue: "web search"), quantity: 1)] }),
        ("a negative charge", { $0.charge = .priced(PicoUSD(-1)) }),
        ("a charge beyond the limit", { $0.charge = .priced(UsageEvent.chargeLimit + PicoUSD(1)) }),
        ("nothing missing", { $0.charge = .unpriced(missing: []) }),
        ("a time before 1970", { $0.time = Timestamp(milliseconds: -1) }),
    ]
}

extension AppendOutcome {
    var isDuplicate: Bool { self == .duplicate }

    var sequence: Int64? {
        if case .appended(let sequence, _) = self { sequence } else { nil }
    }
}
