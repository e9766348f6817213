import Foundation
import Testing

@testable import MeteringSQLite

@Suite("Checkpoints")
struct CheckpointerTests {
    @Test("the log is brought into the file, and begins anew: it does not grow with what is written")
    func boundsTheLog() async throws {
        let directory = try TemporaryDirectory()
        try await SQLiteUsageStore(path: directory.store).close()
        let writer = try StoreConnection(path: directory.store, busyTimeout: 1_000)
        // At the limit the writer waits, so the test knows when a checkpoint is done.
        let checkpointer = try Checkpointer(path: directory.store, writer: writer, due: 20, limit: 20)
        defer { checkpointer.disconnect() }
        try writer.execute("CREATE TABLE filling (bytes BLOB)")
        var longest = 0
        for _ in 0..<50 {
            try writer.execute("INSERT INTO filling VALUES (randomblob(80000))")
            checkpointer.checkpointIfDue()
            longest = max(longest, try Self.size(of: directory.store + "-wal"))
        }
        #expect(try Self.size(of: directory.store) > 40 * 80_000)
        #expect(longest < 4 * 80_000)
    }

    private static func size(of path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }
}
