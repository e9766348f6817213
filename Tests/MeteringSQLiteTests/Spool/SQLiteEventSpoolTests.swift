import Foundation
import Metering
import Testing

@testable import MeteringSQLite

@Suite("The SQLite spool")
struct SQLiteEventSpoolTests {
    @Test("gives events back unchanged and in order, before and after it was opened again")
    func order() async throws {
        let directory = try TemporaryDirectory()
        let events = (0..<300).map { sampleEvent($0) } + [unpriced]
        let first = try SQLiteEventSpool(path: directory.spool)
        for start in stride(from: 0, to: events.count, by: 7) {
            try await first.append(Array(events[start..<min(start + 7, events.count)]))
        }
        #expect(try await first.oldest(limit: .max).map(\.event) == events)
        let load = first.load
        #expect(load.events == Int64(events.count))
        try await first.close()
        let second = try SQLiteEventSpool(path: directory.spool)
        #expect(second.load == load)
        #expect(try await second.oldest(limit: 1000).map(\.event) == events)
        try await second.close()
    }

    @Test("forgets what was forwarded, never gives a position out twice, and reuses the space")
    func removal() async throws {
        let directory = try TemporaryDirectory()
        var spool = try SQLiteEventSpool(path: directory.spool)
        var last: Int64 = 0
        for round in 0..<40 {
            try await spool.append((0..<100).map { sampleEvent(round * 100 + $0) })
            let batch = try await spool.oldest(limit: 1000)
            #expect(batch.count == 100)
            #expect(batch.allSatisfy { $0.position > last })
            last = try #require(batch.last?.position)
            try await spool.remove(through: last)
            try await spool.remove(through: last)
            #expect(spool.load.events == 0)
            #expect(spool.load.bytes == 0)
            if round.isMultiple(of: 10) {
                try await spool.close()
                spool = try SQLiteEventSpool(path: directory.spool)
            }
        }
        try await spool.close()
        let size = try FileManager.default.attributesOfItem(atPath: directory.spool)[.size] as? Int
        // One round takes some 70 kB; forty would take 2.8 MB.
        #expect(try #require(size) < 400_000)
    }

    @Test("keeps notes with what is forgotten, in their order, until one replaces them, and after it was opened again")
    func notes() async throws {
        let directory = try TemporaryDirectory()
        var spool = try SQLiteEventSpool(path: directory.spool)
        try await spool.append((0..<10).map { sampleEvent($0) })
        let positions = try await spool.oldest(limit: 10).map(\.position)
        try await spool.remove(through: positions[2], note: [1])
        try await spool.remove(through: positions[4], note: nil)
        try await spool.remove(through: positions[5], note: [2, 0, 255])
        #expect(try await spool.notes() == [[1], [2, 0, 255]])
        #expect(try await spool.oldest(after: positions[7], limit: 10).map(\.position) == Array(positions[8...]))
        #expect(try await spool.oldest(after: positions[9], limit: 10).isEmpty)
        try await spool.close()
        spool = try SQLiteEventSpool(path: directory.spool)
        #expect(try await spool.notes() == [[1], [2, 0, 255]])
        try await spool.replaceNotes(with: [3])
        try await spool.remove(through: positions[6], note: [4])
        #expect(try await spool.notes() == [[3], [4]])
        try await spool.close()
    }

    @Test("says how much waits in a file, used or not, and changes nothing")
    func waiting() async throws {
        let directory = try TemporaryDirectory()
        #expect(try SQLiteEventSpool.waiting(at: directory.spool) == nil)
        #expect(!FileManager.default.fileExists(atPath: directory.spool))
        let spool = try SQLiteEventSpool(path: directory.spool)
        try await spool.append((0..<3).map { sampleEvent($0) })
        let used = try SQLiteEventSpool.waiting(at: directory.spool)
        #expect(used?.events == 3)
        #expect(used?.bytes == spool.load.bytes)
        try await spool.close()
        #expect(try SQLiteEventSpool.waiting(at: directory.spool)?.events == 3)
        let store = try SQLiteUsageStore(path: directory.spool + ".store")
        try await store.close()
        #expect(throws: MeteringError.self) { try SQLiteEventSpool.waiting(at: directory.spool + ".store") }
    }

    @Test("is full at its limit, has a reserve for what is under way, and refuses beyond it without keeping anything")
    func limit() async throws {
        let directory = try TemporaryDirectory()
        var options = SQLiteEventSpool.Options()
        options.limit = 5_000
        options.reserve = 5_000
        let spool = try SQLiteEventSpool(path: directory.spool, options: options)
        var kept: [UsageEvent] = []
        var wasFull = false
        while true {
            wasFull = wasFull || spool.load.isFull
            let event = sampleEvent(kept.count)
            do { try await spool.append([event]) } catch {
                #expect((error as? MeteringError)?.code == .storeUnavailable)
                break
            }
            kept.append(event)
        }
        #expect(wasFull)
        #expect(spool.load.bytes <= 10_000)
        #expect(try await spool.oldest(limit: 1000).map(\.event) == kept)
        let half = try #require(try await spool.oldest(limit: kept.count * 2 / 3).last?.position)
        try await spool.remove(through: half)
        #expect(!spool.load.isFull)
        try await spool.append([sampleEvent(999)])
        try await spool.close()
    }

    @Test("keeps the calls of many tasks, each in its order")
    func concurrency() async throws {
        let directory = try TemporaryDirectory()
        let spool = try SQLiteEventSpool(path: directory.spool)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<40 { try await spool.append([sampleEvent(number, session: "task-\(task)")]) }
                }
            }
            try await group.waitForAll()
        }
        let events = try await spool.oldest(limit: 1000).map(\.event)
        #expect(events.count == 320)
        for task in 0..<8 {
            let mine = events.filter { $0.session.rawValue == "task-\(task)" }.map(\.id.rawValue)
            #expect(mine == (0..<40).map { "msg_\($0)" })
        }
        try await spool.close()
    }

    @Test("fails with storeClosed after it was closed, and what was submitted before is kept")
    func closing() async throws {
        let directory = try TemporaryDirectory()
        let spool = try SQLiteEventSpool(path: directory.spool)
        try await spool.append([sampleEvent(1)])
        try await spool.close()
        try await spool.close()
        await #expect(throws: MeteringError.self) { try await spool.append([sampleEvent(2)]) }
        await #expect(throws: MeteringError.self) { _ = try await spool.oldest(limit: 1) }
        let again = try SQLiteEventSpool(path: directory.spool)
        #expect(again.load.events == 1)
        try await again.close()
    }

    @Test("does not open a database of another kind")
    func foreignFile() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        try await store.close()
        #expect(throws: MeteringError.self) { _ = try SQLiteEventSpool(path: directory.store) }
    }

    private var unpriced: UsageEvent {
        var event = sampleEvent(1000)
        event.charge = .unpriced(missing: [event.lines[0].sku])
        event.agent = "agent-7"
        event.requestID = nil
        event.quality = .estimated
        return event
    }
}

extension TemporaryDirectory {
    fileprivate var spool: String { path + "/spool.sqlite" }
}

extension SQLiteEventSpool {
    /// Submits, and waits until the events are durable.
    fileprivate func append(_ events: [UsageEvent]) async throws {
        let result = await withCheckedContinuation { continuation in
            submit(events) { continuation.resume(returning: $0) }
        }
        try result.get()
    }
}
