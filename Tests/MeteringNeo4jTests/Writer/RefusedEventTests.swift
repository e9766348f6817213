import Bolt
import Metering
import MeteringNeo4j
import Testing

@testable import MeteringConformance

extension LiveGraphTests {
    @Suite("what the database refuses, or has lost")
    struct RefusedEventTests {
        @Test func `one call that is refused takes no other with it that shared its transaction`() async throws {
            try await Graph.withDriver { driver in
                // A rule that only this database has.
                try await Graph.query(
                    "CREATE CONSTRAINT only_here IF NOT EXISTS FOR (m:Message) REQUIRE m.requestId IS UNIQUE", driver)
                var options = Graph.options
                options.retryTime = .milliseconds(20)
                let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: options)
                var factory = EventFactory(seed: 1)
                let calls = (0..<6).map { number in
                    var event = factory.event()
                    event.requestID = number == 3 ? "req-0" : "req-\(number)"
                    return [event]
                }
                let completions = CompletionLog()
                for (number, call) in calls.enumerated() { store.submit(call) { completions.add(number, $0) } }
                try await store.close()
                let codes = completions.results.mapValues { results in
                    results.map { result -> MeteringError.Code? in
                        if case .failure(let error) = result { error.code } else { nil }
                    }
                }
                #expect(codes == [0: [nil], 1: [nil], 2: [nil], 3: [.storeUnavailable], 4: [nil], 5: [nil]])
                try await Graph.query("DROP CONSTRAINT only_here", driver)
                let reader = Neo4jUsageStore(driver: driver, database: Graph.database, options: options)
                let kept = try await reader.events(appendedAfter: 0, limit: 10)
                #expect(kept.map(\.position) == [1, 2, 3, 4, 5])
                try await reader.close()
            }
        }

        @Test func `a message that is missing makes no page that looks whole`() async throws {
            try await Graph.withDriver { driver in
                var options = Graph.options
                options.sleep = { _ in }
                let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: options)
                var factory = EventFactory(seed: 2)
                let customer = factory.customers[0]
                _ = try await store.append(factory.events(5, customer: customer))
                try await Graph.query("MATCH (m:Message {position: 3}) DETACH DELETE m", driver)
                let errors = [
                    await #expect(throws: MeteringError.self) { try await store.events(appendedAfter: 0, limit: 9) },
                    await #expect(throws: MeteringError.self) {
                        try await store.events(of: customer, after: 1, limit: 9)
                    },
                ]
                #expect(errors.map { $0?.code } == [.storeCorrupt, .storeCorrupt])
                #expect(try await store.events(appendedAfter: 3, limit: 9).count == 2)
                try await Graph.query("MATCH (m:Message {position: 4}) SET m.hash = 'torn'", driver)
                let torn = await #expect(throws: MeteringError.self) {
                    try await store.events(appendedAfter: 3, limit: 9)
                }
                #expect(torn?.code == .storeCorrupt)
                try await store.close()
            }
        }
    }
}
