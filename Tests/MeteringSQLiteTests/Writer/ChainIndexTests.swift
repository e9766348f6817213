import Metering
import Testing

@testable import MeteringSQLite

@Suite("The index of chains")
struct ChainIndexTests {
    @Test("refuses a second event with a customer's sequence number")
    func brokenChain() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        _ = try await store.append((1...2).map { sampleEvent($0) })
        try await store.close()
        let index = try ChainIndex(StoreConnection(path: directory.store, busyTimeout: 0))
        let first = try #require(try index.head(of: 1))
        #expect(first.sequence == 2)
        #expect(throws: SQLiteFailure.self) { try index.add(customer: 1, first: 1, [9]) }
        #expect(throws: SQLiteFailure.self) { try index.add(customer: 1, first: 2, [9, 10]) }
        // Neither one with a gap before it.
        #expect(throws: SQLiteFailure.self) { try index.add(customer: 1, first: 4, [9]) }
        try index.add(customer: 1, first: 1, [1, 2])
        #expect(try index.positions(of: 1, after: 0, limit: 9) == [1, 2])
    }

    @Test("finds events on both sides of where its rows end", arguments: [1, 63, 64, 65, 128, 200])
    func parts(count: Int) async throws {
        let directory = try TemporaryDirectory()
        try await SQLiteUsageStore(path: directory.store).close()
        let connection = try StoreConnection(path: directory.store, busyTimeout: 0)
        try connection.execute("INSERT INTO eventCustomer VALUES (1, 'acme')")
        let index = try ChainIndex(connection)
        var tail = ChainTail(after: 1_000)
        for sequence in 1...Int64(count) { tail.append(.init(customer: 1, sequence: sequence)) }
        // The second pass meets what the first has done.
        for step in [7, 300] {
            let pass = IndexPass(tail)
            while !pass.isDone { try pass.advance(step, with: index) }
        }
        let all = (1...Int64(count)).map { $0 + 1_000 }
        for start in 0...count {
            #expect(try index.positions(of: 1, after: Int64(start), limit: 70) == Array(all[start...].prefix(70)))
            #expect(try index.position(of: 1, sequence: Int64(start) + 1) == (start < count ? all[start] : nil))
        }
    }

    @Test("is filled chain by chain, from the start of each, in portions of any size")
    func passes() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteUsageStore(path: directory.store)
        // Ids in the opposite order of the chain: positions follow ids inside a commit.
        let events = (1...60).map { sampleEvent($0, id: "msg_\(1_000 - $0)", customer: "customer-\($0 % 3)") }
        _ = try await store.append(events)
        try await store.close()
        let connection = try StoreConnection(path: directory.store, busyTimeout: 0)
        try connection.execute("DELETE FROM chainPart")
        let select = try connection.prepare("SELECT customer, sequence FROM event ORDER BY position")
        var tail = ChainTail(after: 0)
        while try select.step() {
            tail.append(.init(customer: select.integer(at: 0), sequence: select.integer(at: 1)))
        }
        let index = try ChainIndex(connection)
        let pass = IndexPass(tail)
        #expect(pass.end == 60)
        let gaps = try connection.prepare(
            """
            SELECT count(*) FROM chainPart JOIN event
                ON event.customer = chainPart.customer AND event.sequence = length(positions) / 8
            WHERE hex(substr(positions, -8)) <> printf('%016X', position)
            """)
        while !pass.isDone {
            try pass.advance(7, with: index)
            #expect(try gaps.firstInteger() == 0)
        }
        #expect(try connection.prepare("SELECT sum(length(positions)) / 8 FROM chainPart").firstInteger() == 60)
    }
}
