import Bolt
import Metering
import MeteringNeo4j
import TestServers
import Testing

@testable import MeteringConformance

/// A server that dies under the store, and comes back.
@Suite("An outage of the graph database")
struct OutageTests {
    @Test func `loses nothing that was confirmed, keeps nothing twice, and what failed can be repeated`() async throws {
        try await ArcadeDB.run { server in
            let driver = try BoltDriver("bolt://\(server.address)", authentication: ArcadeDB.authentication)
            defer { driver.close() }
            var options = Graph.options
            options.retryTime = .milliseconds(100)
            let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: options)
            try await store.prepareSchema()
            var factory = EventFactory(seed: 1)
            let calls = (0..<40).map { _ in factory.events(5) }
            var outcomes: [[AppendOutcome]?] = []
            for (index, call) in calls.enumerated() {
                if index == 20 {
                    // In the middle of a call: it happens, or not, or its outcome is unknown.
                    async let outcome = store.append(call)
                    server.kill()
                    do { outcomes.append(try await outcome) } catch { outcomes.append(nil) }
                    let error = await #expect(throws: MeteringError.self) { try await store.append(call) }
                    #expect(error?.code == .storeUnavailable)
                    try await server.start()
                    continue
                }
                outcomes.append(try await store.append(call))
            }
            if outcomes[20] == nil { outcomes[20] = try await store.append(calls[20]) }
            let kept = try await store.events(appendedAfter: 0, limit: .max)
            #expect(Set(kept.map(\.event)) == Set(calls.flatMap(\.self)))
            #expect(kept.count == 200)
            var shadow = ShadowChains()
            for event in kept { _ = shadow.append(event.event) }
            try await shadow.check(store)
            try await store.close()
        }
    }
}
