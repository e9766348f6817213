import GRDB
import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("The schema of the SQLite store")
struct StoreConstraintTests {
    /// A copy of the first event's row, with what `changes` replaces.
    private static func copyFirstEvent(_ changes: [String: String], insert: String = "INSERT") -> String {
        let columns = [
            "position", "id", "customer", "sequence", "key", "session", "model", "time", "requestID", "agent", "lines",
            "charge", "chargeCarry", "missing", "priceBook", "quality", "source", "hash",
        ]
        let values = columns.map { changes[$0] ?? $0 }.joined(separator: ", ")
        let names = columns.joined(separator: ", ")
        return "\(insert) INTO event (\(names)) SELECT \(values) FROM event WHERE sequence = 1"
    }

    @Test("lets nobody store an id twice, whether the event is old, recent, or on a connection without foreign keys")
    func uniqueIDs() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 50, indexInterval: 100))
        _ = try await store.append((1...250).map { sampleEvent($0) })
        _ = try await store.append([sampleEvent(251)])
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = false
        let other = try DatabaseQueue(path: directory.store, configuration: configuration)
        // As the writer's own, without triggers: the constraint is enough.
        let writer = try StoreConnection(path: directory.store, busyTimeout: 1_000)
        try writer.disableTriggers()
        for id in ["msg_1", "msg_250", "msg_251"] {
            let sql = Self.copyFirstEvent(["position": "1000", "sequence": "1000", "id": "'\(id)'"])
            let failure = #expect(throws: SQLiteFailure.self) { try writer.execute(sql) }
            #expect(failure?.code == ResultCode.SQLITE_CONSTRAINT_UNIQUE.rawValue, "\(id)")
        }
        try await other.write { database in
            for id in ["msg_1", "msg_250", "msg_251"] {
                let sql = Self.copyFirstEvent(["position": "1000", "sequence": "1000", "id": "'\(id)'"])
                let error = #expect(throws: DatabaseError.self) { try database.execute(sql: sql) }
                #expect(error?.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER, "\(id)")
            }
            // Only the id was wrong.
            let sql = Self.copyFirstEvent(["position": "1000", "sequence": "1000", "id": "'msg_1000'"])
            try database.inSavepoint {
                try database.execute(sql: sql)
                return .rollback
            }
        }
        #expect(try await expectSound(store).count == 251)
        try await store.close()
    }

    @Test("lets nobody put an event in the place of another")
    func replacement() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        _ = try await store.append((1...5).map { sampleEvent($0) })
        try await DatabaseQueue(path: directory.store).write { database in
            for changes in [
                ["position": "2", "sequence": "1000", "id": "'msg_1000'"], ["position": "1000", "id": "'msg_3'"], [:],
            ] {
                let sql = Self.copyFirstEvent(changes, insert: "INSERT OR REPLACE")
                let error = #expect(throws: DatabaseError.self, "\(sql)") { try database.execute(sql: sql) }
                #expect(error?.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER)
            }
        }
        #expect(try await expectSound(store).count == 5)
        try await store.close()
    }

    @Test("lets nobody change or delete an event")
    func finality() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        _ = try await store.append((1...5).map { sampleEvent($0) })
        try await DatabaseQueue(path: directory.store).write { database in
            for sql in [
                "UPDATE event SET charge = 0", "UPDATE event SET id = 'x' WHERE sequence = 1", "DELETE FROM event",
            ] {
                let error = #expect(throws: DatabaseError.self, "\(sql)") { try database.execute(sql: sql) }
                #expect(error?.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER)
            }
        }
        #expect(try await expectSound(store).count == 5)
        try await store.close()
    }

    @Test("is brought up to date in a store of the first version, whose events stay")
    func migration() async throws {
        let directory = try TemporaryDirectory()
        let queue = try DatabaseQueue(path: directory.store)
        try StoreSchema.migrator.migrate(queue, upTo: "1: events, roll-ups, directory")
        #expect(try await queue.read { try $0.tableExists("eventSlot") })
        let charges: [Int128] = [999_999_999_999_999_999, 1_999_999_999_999_999_998, 1_000_000_000, 7]
        try await queue.write { database in
            for table in ["eventCustomer", "eventKey", "eventModel"] {
                try database.execute(sql: "INSERT INTO \(table) VALUES (1, 'old')")
            }
            for (month, charge) in charges.enumerated() {
                let parts = RollupSums.parts(of: PicoUSD(charge))
                try database.execute(
                    sql: "INSERT INTO monthUsage VALUES (?, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ?, ?)",
                    arguments: [600 + month, parts.charge, parts.carry])
            }
        }
        try queue.close()
        let store = try SQLiteUsageStore(path: directory.store)
        for grouping in [UsageQuery.Grouping.customer, .key] {
            let old = try #require(try await store.usage(UsageQuery(by: grouping)).first)
            #expect(old.sums.charge.rawValue == charges.reduce(0, +))
            #expect(old.sums.calls == 8)
            #expect(old.sums.estimated == 40)
        }
        try await store.close()
    }

    @Test("keeps every total when a store of an earlier version is brought up to date", arguments: [1, 2, 3])
    func migratedRollups(version: Int) async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let reference = MemoryUsageStore()
        let events = (0..<900).map { RandomUsage.event($0, &random) }
        for (part, isOld) in [(events.prefix(600), true), (events.suffix(300), false)] {
            let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 97))
            #expect(try await store.append(Array(part)) == reference.append(Array(part)), "seed \(seed)")
            for _ in 0..<150 {
                let query = RandomUsage.query(&random)
                #expect(try await store.usage(query) == reference.usage(query), "seed \(seed): \(query)")
            }
            try await store.close()
            guard isOld else { continue }
            try await DatabaseQueue(path: directory.store).write { try FormerSchema.revert($0, to: version) }
        }
    }

    @Test("refuses ids that a store of the first version has, after it was brought up to date")
    func migratedEvents() async throws {
        let directory = try TemporaryDirectory()
        let current = try SQLiteUsageStore(path: directory.store)
        _ = try await current.append((1...30).map { sampleEvent($0) })
        try await current.close()
        try await DatabaseQueue(path: directory.store).write { try FormerSchema.revert($0, to: 1) }
        let store = try SQLiteUsageStore(path: directory.store)
        #expect(try await expectSound(store).count == 30)
        #expect(try await store.append([sampleEvent(7)]) == [.duplicate])
        #expect(try await store.append([sampleEvent(31)]) != [.duplicate])
        #expect(try await expectSound(store).count == 31)
        try await store.close()
    }

    @Test("meets duplicates of every age in one call, in a call that follows at once, and inside a call")
    func duplicates() async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 90, indexInterval: 400))
        let reference = MemoryUsageStore()
        // Calls large enough for one to be prepared while the other is written.
        var calls: [[UsageEvent]] = []
        for call in 0..<24 {
            let range = Int.random(in: 0..<2, using: &random) == 0 ? call * 300..<call * 300 + 300 : 0..<7_200
            calls.append(
                (0..<300).map { _ in
                    let number = Int.random(in: range, using: &random)
                    return sampleEvent(number, customer: "customer-\(number % 11)")
                })
        }
        let outcomes = await withCheckedContinuation { continuation in
            let collector = OutcomeCollector(count: calls.count) { continuation.resume(returning: $0) }
            for (index, call) in calls.enumerated() { store.submit(call) { collector.add($0, at: index) } }
        }
        for (index, call) in calls.enumerated() {
            #expect(try await outcomes[index]?.get() == reference.append(call), "seed \(seed), call \(index)")
        }
        try await expectSound(store)
        try await store.close()
    }
}
