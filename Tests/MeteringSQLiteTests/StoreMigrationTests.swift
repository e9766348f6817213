import GRDB
import Metering
import Testing

@testable import MeteringSQLite

@Suite("The migrations of a store's file")
struct StoreMigrationTests {
    /// Four migrations; as soon as the first or third is done, `overtake` runs before the next one begins.
    private static func migrator(overtake: (@Sendable (_ place: Int) -> Void)? = nil) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for place in 1...4 {
            migrator.registerMigration("\(place)", foreignKeyChecks: .immediate) { database in
                try database.execute(sql: "CREATE TABLE made\(place) (value INTEGER)")
                guard let overtake, place.isMultiple(of: 2) == false else { return }
                database.afterNextTransaction { _ in overtake(place + 1) }
            }
        }
        return migrator
    }

    @Test("go on after those that another process takes over")
    func takenOver() throws {
        let path = try TemporaryDirectory()
        let other = try StoreFile.openPool(path.store, mode: .readWrite, options: SQLiteUsageStore.Options())
        let migrator = Self.migrator { place in
            do { try Self.migrator().migrate(other, upTo: "\(place)") } catch { Issue.record(error) }
        }
        let pool = try StoreFile.openPool(path.store, mode: .readWrite, options: SQLiteUsageStore.Options())
        try StoreFile.migrate(pool, path: path.store, as: StoreFile.Kind(applicationID: 7, migrator: migrator))
        #expect(try pool.read(migrator.appliedIdentifiers) == ["1", "2", "3", "4"])
        #expect(try pool.read { database in try (1...4).allSatisfy { try database.tableExists("made\($0)") } })
    }

    @Test("fail with their own error when nobody else has done them")
    func failing() throws {
        let path = try TemporaryDirectory()
        var migrator = Self.migrator()
        migrator.registerMigration("5", foreignKeyChecks: .immediate) { try $0.execute(sql: "CREATE TABLE made1 (a)") }
        let pool = try StoreFile.openPool(path.store, mode: .readWrite, options: SQLiteUsageStore.Options())
        let kind = StoreFile.Kind(applicationID: 7, migrator: migrator)
        let error = #expect(throws: DatabaseError.self) {
            try StoreFile.migrate(pool, path: path.store, as: kind)
        }
        #expect(error?.message == "table made1 already exists")
    }

    /// A connection in the middle of a transaction, on a file that has no log yet.
    private static func writing(to path: String) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        return queue
    }

    @Test("wait for a process that is busy with a file that has no log yet")
    func busy() throws {
        let path = try TemporaryDirectory()
        let other = try Self.writing(to: path.store)
        var attempts = 0
        let pool = try StoreFile.openPool(path.store, mode: .readWrite, options: SQLiteUsageStore.Options()) {
            attempts += 1
            guard attempts == 3 else { return }
            do { try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } } catch { Issue.record(error) }
        }
        #expect(attempts == 3)
        try StoreFile.migrate(pool, path: path.store)
    }

    @Test("give up when a process is busy with the file for longer than the timeout")
    func busyForEver() throws {
        let path = try TemporaryDirectory()
        let other = try Self.writing(to: path.store)
        var options = SQLiteUsageStore.Options()
        options.busyTimeoutMilliseconds = 20
        let error = #expect(throws: MeteringError.self) { try SQLiteUsageStore(path: path.store, options: options) }
        #expect(error?.code == .storeUnavailable)
        try other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }

    @Test("are done once when many open a new file at the same time", arguments: 1...8)
    func together(_ round: Int) async throws {
        let path = try TemporaryDirectory()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask { try await SQLiteUsageStore(path: path.store).close() }
            }
            try await group.waitForAll()
        }
    }
}
