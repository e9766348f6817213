import GRDB
import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("Usage queries of the SQLite store")
struct StoreQueryTests {
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
        var events = (0..<2_500).map { RandomUsage.event($0, &random) }
        // Some come twice.
        events += events.prefix(100)
        for start in stride(from: 0, to: events.count, by: 130) {
            let call = Array(events[start..<min(start + 130, events.count)])
            #expect(try await store.append(call) == reference.append(call), "seed \(seed)")
        }
        for _ in 0..<400 {
            let query = RandomUsage.query(&random)
            #expect(try await store.usage(query) == reference.usage(query), "seed \(seed): \(query)")
        }
        try await store.close()
    }

    @Test(
        "find the same highest sessions from the highest down, and among all that can match", arguments: [0, 3, 4_096])
    func ranking(patience: Int) async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 97))
        let reference = MemoryUsageStore()
        let events = (0..<1_500).map { RandomUsage.event($0, &random) }
        #expect(try await store.append(events) == reference.append(events), "seed \(seed)")
        for limit in (0..<300).map({ $0 == 0 ? Int.max : $0 % 30 }) {
            var query = RandomUsage.query(&random)
            query.grouping = .session
            query.session = nil
            query.limit = limit
            let asked = query
            let rows = try await store.read { database in
                let reader = try UsageReader(StoreConnection(readingFrom: database), query: asked)
                reader?.patience = patience
                return try reader?.rows() ?? asked.noRows
            }
            #expect(try await rows == reference.usage(query), "seed \(seed): \(query)")
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
        _ = try await store.append((0..<500).map { RandomUsage.event($0, &random) })
        try await store.close()
        let (violations, counts, check) = try await DatabaseQueue(path: directory.store).read { database in
            (
                try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").count,
                try ["count(*) FROM event", "sum(length(positions)) / 8 FROM chainPart"].map {
                    try Int.fetchOne(database, sql: "SELECT \($0)")
                },
                try String.fetchOne(database, sql: "PRAGMA integrity_check")
            )
        }
        #expect(violations == 0)
        #expect(counts == [500, 500])
        #expect(check == "ok")
    }
}
