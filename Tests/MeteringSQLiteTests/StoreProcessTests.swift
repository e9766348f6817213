import Metering
import MeteringConformance
import MeteringSQLite
import Testing

@Suite("The SQLite store and processes", .serialized)
struct StoreProcessTests {
    @Test("keeps everything that was acknowledged before kill -9, exactly once, in 24 rounds")
    func survivesKills() async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        var acknowledged: [String] = []
        for round in 0..<24 {
            let batch = Int.random(in: 1...40, using: &random)
            let writer = try StoreWriterProcess(directory.store, prefix: "r\(round)-", count: 1_000_000, batch: batch)
            var last = 0
            for _ in 0..<Int.random(in: 1...30, using: &random) { last = writer.nextAcknowledgement() ?? last }
            writer.kill()
            // What it reported before it was gone counts too.
            while let number = writer.nextAcknowledgement() { last = number }
            _ = writer.wait()
            #expect(last > 0, "seed \(seed)")
            acknowledged += (1...max(1, last)).map { "r\(round)-\($0)" }
        }
        let store = try SQLiteUsageStore(path: directory.store)
        let stored = try await expectSound(store).map(\.event.id.rawValue)
        #expect(Set(stored).count == stored.count, "seed \(seed)")
        #expect(Set(acknowledged).subtracting(stored).isEmpty, "seed \(seed)")
        // At most the call that was under way in each round is there without having been acknowledged.
        #expect(stored.count - acknowledged.count <= 24 * 40, "seed \(seed)")
        try await store.close()
    }

    @Test("lets two processes append at the same time, also the same ids")
    func twoProcesses() async throws {
        let directory = try TemporaryDirectory()
        // They share the ids both-1 … both-600, and each event is appended once.
        let first = try StoreWriterProcess(directory.store, prefix: "both-", count: 600, batch: 7)
        let second = try StoreWriterProcess(directory.store, prefix: "both-", count: 600, batch: 11)
        let third = try StoreWriterProcess(directory.store, prefix: "third-", count: 300, batch: 1)
        let store = try SQLiteUsageStore(path: directory.store)
        for number in 1...100 { _ = try await store.append([sampleEvent(number)]) }
        for process in [first, second, third] {
            while process.nextAcknowledgement() != nil {}
            let end = process.wait()
            #expect(end.status == 0, "\(end.errors)")
        }
        let stored = try await expectSound(store)
        #expect(stored.count == 1_000)
        try await store.close()
        let reopened = try SQLiteUsageStore(path: directory.store)
        #expect(try await expectSound(reopened).count == 1_000)
        try await reopened.close()
    }

    @Test("shows another process's writes to a store that is open for reading only")
    func readOnly() async throws {
        let directory = try TemporaryDirectory()
        let writer = try StoreWriterProcess(directory.store, prefix: "w", count: 500, batch: 5)
        #expect(writer.nextAcknowledgement() == 5)
        let reader = try SQLiteUsageStore(path: directory.store, mode: .readOnly)
        var seen: Int64 = 5
        while let acknowledged = writer.nextAcknowledgement() {
            let calls = try #require(try await reader.usage(UsageQuery(by: .total)).first).sums.calls
            #expect(calls >= max(seen, Int64(acknowledged)))
            seen = calls
        }
        #expect(writer.wait().status == 0)
        #expect(try await expectSound(reader).count == 500)
        await #expect(throws: MeteringError.self) { _ = try await reader.append([sampleEvent(1)]) }
        await #expect(throws: MeteringError.self) { try await reader.saveImportCursors([]) }
        try await reader.close()
    }
}
