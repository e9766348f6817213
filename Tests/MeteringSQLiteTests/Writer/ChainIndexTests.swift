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
        #expect(throws: SQLiteFailure.self) { try index.add(.init(customer: 1, sequence: 1), position: 9) }
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
        try connection.execute("DELETE FROM customerEvent")
        let select = try connection.prepare("SELECT customer, sequence FROM event ORDER BY position")
        var tail = ChainTail(after: 0)
        while try select.step() {
            tail.append(.init(customer: select.integer(at: 0), sequence: select.integer(at: 1)))
        }
        let index = try ChainIndex(connection)
        let pass = IndexPass(tail)
        #expect(pass.end == 60)
        let gaps = try connection.prepare(
            "SELECT count(*) FROM (SELECT 1 FROM customerEvent GROUP BY customer HAVING max(sequence) <> count(*))")
        while !pass.isDone {
            try pass.advance(7, with: index)
            #expect(try gaps.firstInteger() == 0)
        }
        #expect(try connection.prepare("SELECT count(*) FROM customerEvent").firstInteger() == 60)
    }
}
