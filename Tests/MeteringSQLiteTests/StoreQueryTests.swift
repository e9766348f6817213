import GRDB
import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("Usage queries of the SQLite store")
struct StoreQueryTests {
    private static func event(_ number: Int, _ random: inout SeededGenerator) -> UsageEvent {
        let customer = Int.random(in: 0..<6, using: &random)
        // 400 days; some sessions are long, most are short; a key of two customers; late events.
        let day = Int32(20_400 + (number / 5 + Int.random(in: 0..<3, using: &random)) % 400)
        let isLong = Int.random(in: 0..<4, using: &random) == 0
        let key = ["key-\(customer)-a", "key-\(customer)-b", "shared"].randomElement(using: &random) ?? ""
        var event = sampleEvent(
            number, customer: "customer-\(customer)", key: key,
            session: isLong ? "long-\(customer % 2)" : "short-\(day)-\(customer)",
            model: ["claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"].randomElement(using: &random) ?? "",
            day: day, charge: Int128.random(in: 0...3, using: &random) * 1_000_000)
        if Int.random(in: 0..<20, using: &random) == 0 {
            event.charge = .unpriced(missing: [SKU(rawValue: "\(event.model)/input")])
        }
        return event
    }

    private static func query(_ random: inout SeededGenerator) -> UsageQuery {
        func maybe<Value>(_ percent: Int, _ value: Value) -> Value? {
            Int.random(in: 0..<100, using: &random) < percent ? value : nil
        }
        let customer = Int.random(in: 0..<7, using: &random)
        let since = Int32.random(in: 20_380...20_820, using: &random)
        let until = since + Int32.random(in: -3...300, using: &random)
        let session = ["long-0", "long-1", "short-\(since)-\(customer)"].randomElement(using: &random) ?? ""
        return UsageQuery(
            by: UsageQuery.Grouping.allCases.randomElement(using: &random) ?? .total,
            since: maybe(60, Day(sinceEpoch: since)), until: maybe(60, Day(sinceEpoch: until)),
            customer: maybe(35, CustomerID(rawValue: "customer-\(customer)")),
            key: maybe(25, APIKeyID(rawValue: ["shared", "key-\(customer)-a"].randomElement(using: &random) ?? "")),
            session: maybe(25, SessionID(rawValue: session)), model: maybe(30, "claude-haiku-5-5"),
            limit: maybe(40, Int.random(in: 0...20, using: &random)))
    }

    @Test(
        "are answered as a store without roll-ups answers them",
        arguments: [(1, 1), (97, 300), (700, 1_000), (100_000, 100_000)])
    func random(rollupInterval: Int, indexInterval: Int) async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(
            path: directory.store, options: .eager(rollupInterval: rollupInterval, indexInterval: indexInterval))
        let reference = MemoryUsageStore()
        var events = (0..<2_500).map { Self.event($0, &random) }
        // Some come twice.
        events += events.prefix(100)
        for start in stride(from: 0, to: events.count, by: 130) {
            let call = Array(events[start..<min(start + 130, events.count)])
            #expect(try await store.append(call) == reference.append(call), "seed \(seed)")
        }
        for _ in 0..<400 {
            let query = Self.query(&random)
            #expect(try await store.usage(query) == reference.usage(query), "seed \(seed): \(query)")
        }
        try await store.close()
    }

    @Test("stay exact when sums of charges leave 64 bits")
    func largeCharges() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 3, indexInterval: 3))
        let charges: [Int128] = [
            UsageEvent.chargeLimit.rawValue, 999_999_999_999_999_999, 1, 1_000_000_000_000_000_000,
            Int128(Int64.max), UsageEvent.chargeLimit.rawValue - 1,
        ]
        var total: Int128 = 0
        for (number, charge) in charges.enumerated() {
            _ = try await store.append([sampleEvent(number, charge: charge)])
            total += charge
            for grouping in UsageQuery.Grouping.allCases {
                let sums = try await store.usage(UsageQuery(by: grouping)).map(\.sums.charge.rawValue)
                #expect(sums.reduce(0, +) == total, "by \(grouping)")
            }
        }
        #expect(try await expectSound(store).map(\.event.charge) == charges.map { .priced(PicoUSD($0)) })
        try await store.close()
    }

    @Test("see what the writer has committed, while it writes")
    func concurrentReaders() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 60, indexInterval: 100))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for call in 0..<150 { _ = try await store.append((0..<4).map { sampleEvent(call * 4 + $0) }) }
            }
            for grouping in [UsageQuery.Grouping.total, .session, .customer, .day] {
                group.addTask {
                    var last: Int64 = 0
                    while last < 600 {
                        let calls = try await store.usage(UsageQuery(by: grouping)).reduce(0) { $0 + $1.sums.calls }
                        #expect(calls >= last)
                        #expect(calls.isMultiple(of: 4), "a call was seen in part")
                        last = calls
                    }
                }
            }
            try await group.waitForAll()
        }
        try await store.close()
    }

    @Test("leave a database in which every foreign key holds")
    func foreignKeys() async throws {
        let directory = try TemporaryDirectory()
        var random = SeededGenerator(seed: 7)
        let store = try SQLiteUsageStore(path: directory.store, options: .eager())
        _ = try await store.append((0..<500).map { Self.event($0, &random) })
        try await store.close()
        let (violations, counts, check) = try await DatabaseQueue(path: directory.store).read { database in
            (
                try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").count,
                try ["event", "customerEvent"].map {
                    try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)")
                },
                try String.fetchOne(database, sql: "PRAGMA integrity_check")
            )
        }
        #expect(violations == 0)
        #expect(counts == [500, 500])
        #expect(check == "ok")
    }
}
