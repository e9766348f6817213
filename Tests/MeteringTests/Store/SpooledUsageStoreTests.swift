import Metering
import Synchronization
import Testing

@Suite("A store behind a spool")
struct SpooledUsageStoreTests {
    @Test("accepts events while the remote store is away, and forwards all of them, once, in order, when it is back")
    func outage() async throws {
        let remote = UnreliableStore()
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: .eager())
        try await withForwarding(store) {
            remote.isAway = true
            for number in 0..<50 {
                let outcomes = try await store.append([event(number), event(number + 1000)])
                #expect(outcomes == [.accepted, .accepted])
            }
            let heads = try await remote.memory.chainHeads()
            #expect(heads.isEmpty)
            remote.isAway = false
            await remote.waitFor(events: 100)
        }
        let stored = try await remote.memory.events(of: event(0).customer, after: 0, limit: .max)
        #expect(stored.map(\.event) == (0..<50).flatMap { [event($0), event($0 + 1000)] })
        #expect(store.load.events == 0)
    }

    @Test("forwards again what the remote store kept while its answer was lost, and it counts once")
    func lostAnswer() async throws {
        let remote = UnreliableStore()
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: .eager())
        remote.losesAnswers = 3
        try await withForwarding(store) {
            for number in 0..<20 { _ = try await store.append([event(number)]) }
            await remote.waitFor(events: 20)
        }
        #expect(remote.losesAnswers == 0)
        #expect(try await remote.memory.usage(UsageQuery(by: .total)).first?.sums.calls == 20)
    }

    @Test("forwards what an earlier life left in the spool")
    func leftOver() async throws {
        let spool = MemorySpool()
        let first = SpooledUsageStore(spool: spool, remote: UnreliableStore(isAway: true), options: .eager())
        _ = try await first.append((0..<25).map(event))
        let remote = UnreliableStore()
        let second = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        try await second.forwardAll()
        #expect(try await remote.memory.usage(UsageQuery(by: .total)).first?.sums.calls == 25)
        #expect(second.load.events == 0)
    }

    @Test("has no room while the spool is full, still takes what is under way, and has room again afterwards")
    func backPressure() async throws {
        let remote = UnreliableStore(isAway: true)
        let store = SpooledUsageStore(spool: MemorySpool(limit: 10), remote: remote, options: .eager())
        #expect(store.hasRoom)
        _ = try await store.append((0..<10).map(event))
        #expect(!store.hasRoom)
        #expect(try await store.append([event(10)]) == [.accepted])
        remote.isAway = false
        try await store.forwardAll()
        #expect(store.hasRoom)
    }

    @Test("tells once when the remote store fails, and once when it works again")
    func changes() async throws {
        let remote = UnreliableStore()
        let seen = Mutex<[String]>([])
        var options = SpooledUsageStore.Options.eager()
        options.onChange = { change in
            seen.withLock { seen in
                switch change {
                case .interrupted: seen.append("interrupted")
                case .resumed: seen.append("resumed")
                }
            }
        }
        let failures = Mutex(0)
        options.sleep = { _ in
            // The remote store comes back at the fifth try.
            if failures.withLock({
                $0 += 1; return $0
            }) == 5 {
                remote.isAway = false
            }
            await Task.yield()
        }
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: options)
        remote.isAway = true
        try await withForwarding(store) {
            _ = try await store.append([event(1)])
            await remote.waitFor(events: 1)
            // The change is told before the next batch is taken.
            _ = try await store.append([event(2)])
            await remote.waitFor(events: 2)
        }
        #expect(seen.withLock { $0 } == ["interrupted", "resumed"])
    }

    @Test("waits longer after each failure, up to the longest pause")
    func pauses() async throws {
        let remote = UnreliableStore(isAway: true)
        let pauses = Mutex<[Duration]>([])
        var options = SpooledUsageStore.Options()
        options.sleep = { pause in
            let count = pauses.withLock { pauses in
                pauses.append(pause)
                return pauses.count
            }
            if count == 8 { throw CancellationError() }
        }
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: options)
        _ = try await store.append([event(1)])
        await store.run()
        #expect(
            pauses.withLock { $0 }
                == [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { Duration.milliseconds($0) })
    }

    @Test("refuses an event that is not valid, and everything after it was closed")
    func refusals() async throws {
        let store = SpooledUsageStore(spool: MemorySpool(), remote: UnreliableStore(), options: .eager())
        var bad = event(1)
        bad.id = EventID(rawValue: "")
        await #expect(throws: MeteringError.self) { _ = try await store.append([bad]) }
        try await store.close()
        await #expect(throws: MeteringError.self) { _ = try await store.append([event(1)]) }
    }

    private func event(_ number: Int) -> UsageEvent {
        UsageEvent(
            id: EventID(rawValue: "msg_\(number)"), customer: CustomerID(rawValue: "acme"),
            session: SessionID(rawValue: "s"), key: .none, model: "m", time: Timestamp(milliseconds: 1_795_000_000_000),
            lines: [SKULine(sku: .webSearch, quantity: 1)], charge: .priced(PicoUSD(Int128(number))),
            priceBook: .zero, quality: .exact, source: .gateway)
    }

    private func withForwarding(_ store: SpooledUsageStore, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await store.run() }
            try await body()
            group.cancelAll()
        }
        // What the cancelled run had not yet taken out of the spool.
        try await store.forwardAll()
    }
}
