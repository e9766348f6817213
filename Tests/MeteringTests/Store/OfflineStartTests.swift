import MeteringConformance
import Synchronization
import Testing

@testable import Metering

@Suite("A start while the remote store is out of reach")
struct OfflineStartTests {
    private let today = Timestamp(milliseconds: 1_795_000_000_000).day
    private let alice = CustomerID(rawValue: "alice")
    private let bob = CustomerID(rawValue: "bob")

    private func event(_ number: Int, _ customer: CustomerID, day: Int32 = 0, unpriced: Bool = false) -> UsageEvent {
        UsageEvent(
            id: EventID(rawValue: "msg_\(number)"), customer: customer, session: SessionID(rawValue: "s"), key: .none,
            model: "m",
            time: Timestamp(milliseconds: 1_795_000_000_000 + Int64(day) * 86_400_000),
            lines: [SKULine(sku: .webSearch, quantity: 1)],
            charge: unpriced ? .unpriced(missing: [.webSearch]) : .priced(PicoUSD(Int128(number))), priceBook: .zero,
            quality: .exact, source: .gateway)
    }

    private func key(_ id: String, _ customer: CustomerID) -> APIKey {
        APIKey(
            id: APIKeyID(rawValue: id), secretHash: APIKeySecret.hash(of: id), customer: customer, name: "\"ö\\",
            created: Timestamp(milliseconds: 5))
    }

    /// What a guard of spending asks at its start, of any store.
    private func standing(_ store: any UsageStore) async throws -> [String: PicoUSD] {
        let month = today.month
        var sums: [String: PicoUSD] = [:]
        for (name, query) in [
            ("lifetime", UsageQuery(by: .customer)),
            ("month", UsageQuery(by: .customer, since: month.firstDay, until: month.lastDay)),
            ("day", UsageQuery(by: .customer, since: today, until: today)),
            ("alice", UsageQuery(by: .month, customer: alice)), ("bob", UsageQuery(by: .month, customer: bob)),
        ] {
            for row in try await store.usage(query) where row.sums.charge != .zero {
                sums["\(name) \(row.group)"] = row.sums.charge
            }
        }
        return sums
    }

    @Test("is not possible when nothing was ever remembered")
    func nothingKnown() async throws {
        let store = SpooledUsageStore(spool: MemorySpool(), remote: UnreliableStore(isAway: true), options: .eager())
        #expect(try await store.startOffline() == false)
        await #expect(throws: MeteringError.self) { _ = try await store.customers() }
    }

    @Test("knows customers, keys and sums, those of events that wait and that were forwarded since included")
    func everythingKnown() async throws {
        let spool = MemorySpool()
        let remote = UnreliableStore()
        let limits = SpendLimits(daily: PicoUSD(7), lifetime: PicoUSD(1 << 90))
        try await remote.create(
            Customer(id: alice, name: "Al \"ice\"", limits: limits, created: Timestamp(milliseconds: 1)))
        try await remote.create(key("k1", alice))
        _ = try await remote.memory.append([event(1, alice), event(20, bob, day: -40), event(300, bob, day: -1)])

        let first = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        try await first.remember(today: today)
        _ = try await first.append([event(4_000, alice), event(50_000, bob, day: -1), event(9, bob, unpriced: true)])
        try await first.forwardAll()
        // Read as a gateway reads them, in the course of its life.
        try await remote.create(Customer(id: bob, name: "Bob", created: Timestamp(milliseconds: 2)))
        try await remote.create(key("k2", bob))
        _ = try await (first.directoryVersion(), first.customers(), first.keys())
        try await first.forwardAll()
        remote.isAway = true
        _ = try await first.append([event(600_000, alice), event(7_000_000, bob)])

        // The process ends here, and another one begins.
        let second = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        #expect(try await second.startOffline())
        let (version, customers, keys) = try await (second.directoryVersion(), second.customers(), second.keys())
        let known = try await standing(second)
        remote.isAway = false
        #expect(try await customers == remote.customers())
        #expect(try await keys == remote.keys())
        #expect(try await version == remote.directoryVersion())
        try await second.forwardAll()
        #expect(try await known == standing(remote))
        #expect(known["lifetime alice"] == PicoUSD(604_001))
        #expect(known["day bob"] == PicoUSD(7_000_000))
    }

    @Test("guards the same caps as a start with the remote store")
    func caps() async throws {
        let spool = MemorySpool()
        let remote = UnreliableStore()
        let limits = SpendLimits(daily: PicoUSD(100))
        try await remote.create(Customer(id: alice, name: "a", limits: limits, created: Timestamp(milliseconds: 1)))
        let first = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        try await first.remember(today: today)
        _ = try await first.append([event(60, alice)])
        try await first.forwardAll()
        remote.isAway = true
        _ = try await first.append([event(30, alice)])
        let second = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        #expect(try await second.startOffline())
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        let spending = try await SpendGuard(store: second, now: now)
        #expect(throws: SpendRefusal.self) {
            try spending.reserve(alice, upperBound: PicoUSD(11), now: now).get()
        }
        #expect(throws: Never.self) { try spending.reserve(alice, upperBound: PicoUSD(10), now: now).get() }
    }

    @Test("counts what waits when the remote store answers too, so a long queue holds up no start")
    func longQueue() async throws {
        let spool = MemorySpool()
        let remote = UnreliableStore()
        _ = try await remote.memory.append([event(1, alice)])
        let first = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        _ = try await first.append((2...40).map { event($0, alice) })
        try await first.forwardAll(batches: 2)
        #expect(first.load.events == 39 - 14)
        try await first.remember(today: today)
        let known = try await standing(first)
        try await first.forwardAll()
        #expect(try await known == standing(remote))
        #expect(known["day alice"] == PicoUSD(820))
        // What was noted since is right as well.
        remote.isAway = true
        let second = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        #expect(try await second.startOffline())
        #expect(try await standing(second) == known)
    }

    @Test("ends when the remote store answers, which is made ready first")
    func recovery() async throws {
        let spool = MemorySpool()
        let remote = UnreliableStore()
        let first = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        try await first.remember(today: today)
        remote.isAway = true
        let prepared = Mutex(0)
        var options = SpooledUsageStore.Options.eager()
        options.prepareRemote = { () throws(MeteringError) in
            guard !remote.isAway else { throw MeteringError(.storeUnavailable, "away") }
            prepared.withLock { $0 += 1 }
        }
        let second = SpooledUsageStore(spool: spool, remote: remote, options: options)
        #expect(try await second.startOffline())
        _ = try await second.append([event(1, alice)])
        await #expect(throws: MeteringError.self) { try await second.forwardAll() }
        #expect(try await second.customers().isEmpty)
        try await remote.create(Customer(id: alice, name: "a", created: Timestamp(milliseconds: 1)))
        remote.isAway = false
        try await second.forwardAll()
        try await second.forwardAll()
        #expect(prepared.withLock { $0 } == 1)
        #expect(try await second.customers().map(\.id) == [alice])
        #expect(try await remote.memory.usage(UsageQuery(by: .total)).first?.sums.calls == 1)
    }

    @Test("is exact after any course of events, forwarding and restarts")
    func randomCourses() async throws {
        for seed in 0..<20 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let spool = MemorySpool()
            let remote = UnreliableStore()
            var store = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
            try await store.remember(today: today)
            for number in 1...60 {
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: remote.isAway.toggle()
                case 1:
                    do { try await store.forwardAll() } catch {
                        #expect(remote.isAway)
                    }
                case 2:
                    store = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
                    let wasAway = remote.isAway
                    #expect(try await store.startOffline())
                    remote.isAway = true
                    let known = try await standing(store)
                    remote.isAway = false
                    try await store.forwardAll()
                    #expect(try await known == standing(remote), "seed \(seed)")
                    remote.isAway = wasAway
                default:
                    let customer = Bool.random(using: &generator) ? alice : bob
                    _ = try await store.append([
                        event(number, customer, day: Int32.random(in: -2...0, using: &generator))
                    ])
                }
            }
        }
    }

    @Test("does without notes that are damaged, and forwards all the same")
    func damage() async throws {
        let spool = MemorySpool()
        try await spool.replaceNotes(with: Array("no note".utf8))
        let remote = UnreliableStore()
        let store = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        #expect(try await store.startOffline() == false)
        _ = try await store.append([event(1, alice)])
        try await store.forwardAll()
        #expect(try await remote.memory.usage(UsageQuery(by: .total)).first?.sums.calls == 1)
        try await store.remember(today: today)
        let next = SpooledUsageStore(spool: spool, remote: UnreliableStore(isAway: true), options: .eager())
        #expect(try await next.startOffline())
    }
}
