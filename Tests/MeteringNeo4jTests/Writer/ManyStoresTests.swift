import Bolt
import Metering
import MeteringNeo4j
import Testing

@testable import MeteringConformance

extension LiveGraphTests {
    @Suite("several stores of one database")
    struct ManyStoresTests {
        /// What each gateway does: it submits these without waiting for one another.
        private static func calls(of gateway: Int) -> [[UsageEvent]] {
            var factory = EventFactory(seed: UInt64(gateway + 1), prefix: "g\(gateway)")
            // The same events come from all of them: a call seen by a gateway, and in a transcript elsewhere.
            var shared = EventFactory(seed: 99, prefix: "shared")
            return (0..<12).map { _ in factory.events(8) + shared.events(2) }
        }

        @Test func `keep one chain for each customer, one order of all events, and exact sums`() async throws {
            try await Graph.withDriver { driver in
                let outcomes = try await withThrowingTaskGroup(of: [AppendOutcome].self) { group in
                    for gateway in 0..<4 {
                        group.addTask { try await Self.run(gateway) }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: Graph.options)
                let all = try await store.events(appendedAfter: 0, limit: .max)
                let expected = 4 * 12 * 8 + 12 * 2
                #expect(all.map(\.position) == Array(1...Int64(expected)))
                #expect(outcomes.count { $0.sequence != nil } == expected)
                #expect(outcomes.count { $0.isDuplicate } == 3 * 12 * 2)
                // Recomputed from the order of arrival, apart from the store.
                var shadow = ShadowChains()
                let recomputed = all.map { shadow.append($0.event) }
                #expect(recomputed == all.map { .appended(sequence: $0.sequence, hash: $0.hash) })
                #expect(Set(recomputed) == Set(outcomes.filter { !$0.isDuplicate }))
                try await shadow.check(store)
                let naive = NaiveUsage(events: all.map(\.event))
                for grouping in UsageQuery.Grouping.allCases {
                    let query = UsageQuery(by: grouping)
                    #expect(try await store.usage(query) == naive.rows(query))
                }
                let wrong = try await Graph.query(
                    """
                    MATCH (s:Session)-[:HAS_MESSAGE]->(m:Message)
                    WITH s, count(m) AS messages, sum(m.tokens) AS tokens
                    WHERE s.messages <> messages OR s.tokens <> tokens
                    RETURN s.key
                    """, driver)
                #expect(wrong.isEmpty)
                // Every gateway created a customer and changed it a few times.
                #expect(try await store.directoryVersion() == 4 * 6)
                #expect(try await store.customers().map(\.name) == ["name 4", "name 4", "name 4", "name 4"])
                try await store.close()
                let writers = try await Graph.value("MATCH (w:Writer) RETURN count(w)", driver, as: Int.self)
                #expect(writers == 0)
            }
        }

        private static func run(_ gateway: Int) async throws -> [AppendOutcome] {
            let driver = try Graph.driver()
            defer { driver.close() }
            var options = Graph.options
            options.batchLimit = 25
            let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: options)
            async let directory: Void = changeDirectory(store, gateway)
            let outcomes = try await withThrowingTaskGroup(of: [AppendOutcome].self) { group in
                for call in calls(of: gateway) { group.addTask { try await store.append(call) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try await directory
            try await store.close()
            return outcomes
        }

        /// Changes a customer that events are appended to at the same time.
        private static func changeDirectory(_ store: Neo4jUsageStore, _ gateway: Int) async throws {
            let factory = EventFactory(seed: 1)
            var customer = Customer(
                id: factory.customers[gateway], name: "name", created: Timestamp(milliseconds: 1))
            try await store.create(customer)
            for number in 0..<5 {
                customer.name = "name \(number)"
                try await store.update(customer)
            }
        }
    }
}
