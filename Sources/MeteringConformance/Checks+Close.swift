import Metering

extension UsageStoreConformance {
    static let closeChecks = [
        Check("after close every call fails with storeClosed, and closing again is a no-op") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 50)
                let event = factory.event()
                try await store.close()
                try await store.close()
                try await expect(.storeClosed, "append") { _ = try await store.append([event]) }
                try await expect(.storeClosed, "event") { _ = try await store.event(id: event.id) }
                try await expect(.storeClosed, "events") {
                    _ = try await store.events(of: event.customer, after: 0, limit: 1)
                }
                try await expect(.storeClosed, "chainHeads") { _ = try await store.chainHeads() }
                try await expect(.storeClosed, "usage") { _ = try await store.usage(UsageQuery(by: .total)) }
                try await expect(.storeClosed, "customers") { _ = try await store.customers() }
                try await expect(.storeClosed, "keys") { _ = try await store.keys() }
                try await expect(.storeClosed, "directoryVersion") { _ = try await store.directoryVersion() }
                try await expect(.storeClosed, "create") {
                    try await store.create(Customer(id: id("abe"), name: "", created: time(1)))
                }
                try await expect(.storeClosed, "openBatches") { _ = try await store.openBatches(limit: 1) }
                try await expect(.storeClosed, "batch") { _ = try await store.batch(id: "b") }
                try await expect(.storeClosed, "importCursor") { _ = try await store.importCursor(path: "/") }
                try await expect(.storeClosed, "saveImportCursors") {
                    try await store.saveImportCursors([ImportCursor(path: "/", inode: 1, offset: 1, line: 1)])
                }
            }
        },
        Check("what was submitted before close is kept, and every submission completes") { harness in
            var factory = EventFactory(seed: 51)
            let calls = (0..<100).map { _ in factory.events(3) }
            try await harness.withReopenedStore { store in
                let completions = CompletionLog()
                for (index, call) in calls.enumerated() { store.submit(call) { completions.add(index, $0) } }
                try await store.close()
                let results = completions.results
                try expect(results.count, equals: calls.count, "calls completed when close returns")
                for result in results.values.flatMap(\.self) { _ = try result.get() }
            } then: { store in
                for event in calls.flatMap(\.self) {
                    try expect(try await store.event(id: event.id)?.event, equals: event, "event \(event.id)")
                }
            }
        },
    ]
}
