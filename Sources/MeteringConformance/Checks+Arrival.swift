import Metering

extension UsageStoreConformance {
    static let arrivalChecks = [
        Check("all events can be read in the order of their commits, page by page, each once") { harness in
            var factory = EventFactory(seed: 13)
            let events = factory.events(300)
            try await harness.withStore { store in
                try expect(try await store.events(appendedAfter: 0, limit: 10), equals: [], "events of an empty store")
                var shadow = ShadowChains()
                var expected: [AppendedEvent] = []
                for event in events {
                    guard case .appended(let sequence, let hash) = shadow.append(event) else { continue }
                    expected.append(AppendedEvent(position: 0, event: event, sequence: sequence, hash: hash))
                }
                for start in stride(from: 0, to: events.count, by: 23) {
                    _ = try await store.append(Array(events[start..<min(start + 23, events.count)]))
                }
                for limit in [1, 7, 300, 1_000] {
                    var read: [AppendedEvent] = []
                    var position: Int64 = 0
                    while true {
                        let page = try await store.events(appendedAfter: position, limit: limit)
                        try expect(page.count <= limit, "a page of at most \(limit) has \(page.count) events")
                        for event in page {
                            try expect(event.position > position, "positions do not grow")
                            position = event.position
                        }
                        read += page.map { event in
                            var event = event
                            event.position = 0
                            return event
                        }
                        if page.count < limit { break }
                    }
                    try expect(read.count, equals: expected.count, "the count of events in pages of \(limit)")
                    // Those of one commit come in any order.
                    for start in stride(from: 0, to: expected.count, by: 23) {
                        let commit = start..<min(start + 23, expected.count)
                        try expect(
                            Set(read[commit]), equals: Set(expected[commit]), "commit \(start / 23), pages of \(limit)")
                    }
                }
                let none = try await store.events(appendedAfter: 0, limit: 0)
                try expect(none, equals: [], "a page of no events")
            }
        },
        Check("positions stay when the store is opened again, and go on") { harness in
            var factory = EventFactory(seed: 14)
            let (first, second) = (factory.events(20), factory.events(20))
            try await harness.withReopenedStore { store in
                _ = try await store.append(first)
            } then: { store in
                let before = try await store.events(appendedAfter: 0, limit: 100)
                _ = try await store.append(second)
                let all = try await store.events(appendedAfter: 0, limit: 100)
                try expect(Array(all.prefix(before.count)), equals: before, "the events of before")
                let last = before.last?.position ?? 0
                let more = try await store.events(appendedAfter: last, limit: 100)
                try expect(Set(more.map(\.event)), equals: Set(second), "the events after them")
            }
        },
    ]
}
