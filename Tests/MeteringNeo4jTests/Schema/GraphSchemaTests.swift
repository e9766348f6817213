import Bolt
import Metering
import MeteringNeo4j
import Testing

extension LiveGraphTests {
    @Suite("the schema")
    struct SchemaTests {
        @Test func `is prepared by several at once, and again, without a change`() async throws {
            try await Graph.withDriver { driver in
                try await Graph.query("MATCH (s:StoreState) DELETE s", driver)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let store = Neo4jUsageStore(
                                driver: driver, database: Graph.database, options: Graph.options)
                            try await store.prepareSchema()
                            try await store.close()
                        }
                    }
                    try await group.waitForAll()
                }
                let versions: [Int] = try await Graph.value("MATCH (s:StoreState) RETURN collect(s.version)", driver)
                #expect(versions == [1])
                let constraints = try await Graph.query("SHOW CONSTRAINTS", driver)
                #expect(constraints.count >= 17)
            }
        }

        @Test func `of a newer program is refused`() async throws {
            try await Graph.withDriver { driver in
                try await Graph.query("MATCH (s:StoreState {id: 1}) SET s.version = 99", driver)
                let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: Graph.options)
                let error = await #expect(throws: MeteringError.self) { try await store.prepareSchema() }
                #expect(error?.code == .storeUnavailable)
                #expect(error?.message.contains("version 99") == true)
                try await Graph.query("MATCH (s:StoreState {id: 1}) DELETE s", driver)
                let missing = await #expect(throws: MeteringError.self) { try await store.directoryVersion() }
                #expect(missing?.message.contains("prepare") == true)
                try await store.close()
            }
        }

        @Test func `forgets writers that crashed long ago, and a store removes its own at the end`() async throws {
            try await Graph.withStore { store in
                try await Graph.query(
                    "CREATE (:Writer {id: 'old', time: 0}), (:Writer {id: 'new', time: timestamp()})", store.driver)
                try await store.prepareSchema()
                let left: [String] = try await Graph.value("MATCH (w:Writer) RETURN collect(w.id)", store.driver)
                #expect(left == ["new"])
            }
        }
    }
}
