import Foundation
import GRDB
import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("The SQLite store when things fail")
struct StoreFailureTests {
    @Test("refuses what a full disk has no room for, keeps what it acknowledged, and goes on when there is room")
    func fullDisk() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteUsageStore.Options.eager(rollupInterval: 40, indexInterval: 90)
        options.maximumPageCount = 90
        let store = try SQLiteUsageStore(path: directory.store, options: options)
        var acknowledged: Set<String> = []
        var failures = 0
        for call in 0..<60 {
            let events = (0..<100).map { sampleEvent(call * 100 + $0, session: "session-\(call)") }
            do {
                _ = try await store.append(events)
                acknowledged.formUnion(events.map(\.id.rawValue))
            } catch {
                failures += 1
                #expect(error.code == .storeUnavailable)
                #expect(error.message.contains("no space left"))
            }
        }
        #expect(failures > 0)
        #expect(!acknowledged.isEmpty)
        #expect(Set(try await expectSound(store).map(\.event.id.rawValue)) == acknowledged)
        // There may be no room left for the last of the roll-ups, and nothing is lost without them.
        do { try await store.close() } catch { #expect(error.code == .storeUnavailable) }

        let roomy = try SQLiteUsageStore(path: directory.store)
        let more = (10_000..<10_100).map { sampleEvent($0) }
        #expect(try await roomy.append(more).count { $0 != .duplicate } == 100)
        acknowledged.formUnion(more.map(\.id.rawValue))
        #expect(Set(try await expectSound(roomy).map(\.event.id.rawValue)) == acknowledged)
        try await roomy.close()
    }

    @Test("lets one event that cannot be stored fail its own call only")
    func isolation() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager())
        _ = try await store.append([sampleEvent(0)])
        let other = try DatabaseQueue(path: directory.store)
        try await other.write { database in
            // The two exclude each other.
            try database.execute(
                sql: "CREATE UNIQUE INDEX poison ON event (CASE WHEN id IN ('poison', 'msg_0') THEN 1 END)")
        }
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 1...200 {
                group.addTask {
                    let id = number == 100 ? "poison" : nil
                    do { _ = try await store.append([sampleEvent(number, id: id)]) } catch { return (number, false) }
                    return (number, true)
                }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        #expect(results.filter { !$0.value }.map(\.key) == [100])
        #expect(try await expectSound(store).count == 200)
        try await store.close()
    }

    @Test("gives up on a lock that is held for too long, and works when it is free again")
    func busy() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteUsageStore.Options()
        options.busyTimeoutMilliseconds = 10
        let store = try SQLiteUsageStore(path: directory.store, options: options)
        _ = try await store.append([sampleEvent(1)])
        let other = try StoreConnection(path: directory.store, busyTimeout: 0)
        try other.execute("BEGIN IMMEDIATE")
        let error = await #expect(throws: MeteringError.self) { _ = try await store.append([sampleEvent(2)]) }
        #expect(error?.code == .storeUnavailable)
        #expect(error?.message.contains("another process") == true)
        #expect(try await store.usage(UsageQuery(by: .total)).first?.sums.calls == 1)
        try other.execute("ROLLBACK")
        _ = try await store.append([sampleEvent(2)])
        #expect(try await expectSound(store).count == 2)
        try await store.close()
    }

    @Test("opens whatever a crash left of the write-ahead log: a valid beginning of what was written")
    func tornLog() async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store, options: .eager(rollupInterval: 20, indexInterval: 50))
        for call in 0..<30 { _ = try await store.append((0..<9).map { sampleEvent(call * 9 + $0) }) }
        let log = try Data(contentsOf: URL(fileURLWithPath: directory.store + "-wal"))
        #expect(!log.isEmpty)
        for cut in 0..<12 {
            let copy = directory.path + "/cut-\(cut).sqlite"
            try FileManager.default.copyItem(atPath: directory.store, toPath: copy)
            let length = Int.random(in: 0...log.count, using: &random)
            try log.prefix(length).write(to: URL(fileURLWithPath: copy + "-wal"))
            // With too little of the log, not even the tables are there; then it is a new store.
            let torn = try SQLiteUsageStore(path: copy, options: .eager(rollupInterval: 20, indexInterval: 50))
            let count = try await expectSound(torn).count
            #expect(count.isMultiple(of: 9), "seed \(seed), \(length) bytes: a call was kept in part")
            let again = try await torn.append((0..<270).map { sampleEvent($0) })
            #expect(again.count { $0 == .duplicate } == count, "seed \(seed)")
            #expect(try await expectSound(torn).count == 270, "seed \(seed)")
            try await torn.close()
        }
        try await store.close()
    }

    @Test("says that a file is no database")
    func noDatabase() throws {
        let directory = try TemporaryDirectory()
        try Data(repeating: 0x41, count: 10_000).write(to: URL(fileURLWithPath: directory.store))
        let error = #expect(throws: MeteringError.self) { try SQLiteUsageStore(path: directory.store) }
        #expect(error?.code == .storeCorrupt)
        #expect(error?.message.contains("not a store") == true)
    }

    @Test("says that a database is another program's, and leaves it alone")
    func foreignDatabase() throws {
        let directory = try TemporaryDirectory()
        try DatabaseQueue(path: directory.store).write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
        for mode in [SQLiteUsageStore.Mode.readWrite, .readOnly] {
            let error = #expect(throws: MeteringError.self) { try SQLiteUsageStore(path: directory.store, mode: mode) }
            #expect(error?.code == .storeCorrupt)
            #expect(error?.message.contains("another program") == true)
        }
        let tables = try DatabaseQueue(path: directory.store).read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_master")
        }
        #expect(tables == ["theirs"])
    }

    @Test("says that a store was made by a newer version")
    func newerSchema() async throws {
        let directory = try TemporaryDirectory()
        try await SQLiteUsageStore(path: directory.store).close()
        try await DatabaseQueue(path: directory.store).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: from the future')")
        }
        for mode in [SQLiteUsageStore.Mode.readWrite, .readOnly] {
            let error = #expect(throws: MeteringError.self) { try SQLiteUsageStore(path: directory.store, mode: mode) }
            #expect(error?.code == .storeUnavailable)
            #expect(error?.message.contains("newer version") == true)
        }
    }

    @Test("finds damage inside the file when it is asked to look for it")
    func damage() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        _ = try await store.append((0..<2_000).map { sampleEvent($0) })
        try await store.close()
        #expect(!FileManager.default.fileExists(atPath: directory.store + "-wal"), "the log is emptied on closing")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.store))
        let middle = bytes.count / 2 / 4096 * 4096
        for index in middle..<middle + 4096 { bytes[index] = 0x5a }
        try bytes.write(to: URL(fileURLWithPath: directory.store))
        var options = SQLiteUsageStore.Options()
        options.checksIntegrity = true
        let error = #expect(throws: MeteringError.self) {
            try SQLiteUsageStore(path: directory.store, options: options)
        }
        #expect(error?.code == .storeCorrupt)
    }

    @Test("says what is wrong with a path")
    func paths() throws {
        let directory = try TemporaryDirectory()
        try Data("file".utf8).write(to: URL(fileURLWithPath: directory.path + "/file"))
        let cases: [(String, SQLiteUsageStore.Mode, MeteringError.Code)] = [
            ("", .readWrite, .invalidInput), (directory.path + "/file/store.sqlite", .readWrite, .storeUnavailable),
            (directory.path, .readWrite, .storeUnavailable), (directory.store, .readOnly, .notFound),
        ]
        for (path, mode, code) in cases {
            let error = #expect(throws: MeteringError.self, "\(path)") { try SQLiteUsageStore(path: path, mode: mode) }
            #expect(error?.code == code, "\(path)")
        }
    }

    @Test("creates missing directories, and a file that only its owner can read")
    func modes() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/new/deep/store.sqlite"
        let store = try SQLiteUsageStore(path: path)
        _ = try await store.append([sampleEvent(1)])
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "store.sqlite\(suffix)")
        }
        try await store.close()
    }
}
