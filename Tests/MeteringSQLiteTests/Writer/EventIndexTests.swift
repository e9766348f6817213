import Metering
import Testing

@testable import MeteringSQLite

@Suite("The index of events")
struct EventIndexTests {
    @Test("tells ids in one slot apart, also past the last slot")
    func collisions() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        _ = try await store.append((1...4).map { sampleEvent($0) })
        try await store.close()
        let connection = try StoreConnection(path: directory.store, busyTimeout: 0)
        let index = try EventIndex(connection)
        try connection.execute("DELETE FROM eventSlot")
        let slot = UInt64(bitPattern: Int64.max)
        for position in [1, 2, 1, 3, 2] as [Int64] { try index.addSlot(slot, position: position) }
        for position in 1...3 {
            #expect(try index.position(of: EventID(rawValue: "msg_\(position)"), slot: slot) == Int64(position))
        }
        #expect(try index.position(of: EventID(rawValue: "msg_4"), slot: slot) == nil)
        #expect(try connection.prepare("SELECT count(*) FROM eventSlot").firstInteger() == 3)
    }

    @Test("refuses a second event with a customer's sequence number")
    func brokenChain() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        _ = try await store.append((1...2).map { sampleEvent($0) })
        try await store.close()
        let index = try EventIndex(StoreConnection(path: directory.store, busyTimeout: 0))
        try index.addSequence(1, of: 1, position: 1)
        #expect(throws: SQLiteFailure.self) { try index.addSequence(1, of: 1, position: 2) }
    }

    @Test("knows recent events by slot, while others are forgotten")
    func recent() throws {
        var random = SystemRandomNumberGenerator()
        var recent = RecentEvents(after: 100)
        // Few different slots, so that chains form.
        let slots = (0..<5_000).map { _ in UInt64.random(in: 0..<700, using: &random) << 3 }
        for slot in slots { recent.append(.init(slot: slot, customer: 1, sequence: 1)) }
        #expect(recent.last == 5_100)
        for forgotten in [0, 1, 2_500, 4_999, 5_000, 9_000] {
            recent.removeThrough(100 + Int64(forgotten))
            for slot in [0, 8, 80, 5_592, 1] as [UInt64] {
                var seen: [Int64] = []
                _ = try recent.contains(slot) { position throws(SQLiteFailure) in
                    seen.append(position)
                    return false
                }
                let expected = slots.indices.filter { $0 >= forgotten && slots[$0] == slot }.map { Int64($0) + 101 }
                #expect(seen.sorted() == expected)
            }
        }
        #expect(recent.base == 9_100)
    }
}
