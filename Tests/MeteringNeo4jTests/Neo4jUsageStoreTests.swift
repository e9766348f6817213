import Bolt
import Metering
import MeteringNeo4j
import Testing

@testable import MeteringConformance

extension LiveGraphTests {
    @Suite("the store")
    struct StoreTests {
        private static let harness = UsageStoreHarness(isPersistent: true) {
            try await Graph.withDriver { _ in }
            return {
                Neo4jUsageStore(driver: try Graph.driver(), database: Graph.database, options: Graph.options)
            }
        }

        @Test("conforms", arguments: UsageStoreConformance.checks)
        func conforms(_ check: UsageStoreConformance.Check) async throws {
            try await check.run(Self.harness)
        }

        @Test func `the query of the plan works as it is written`() async throws {
            try await Graph.withStore { store in
                var factory = EventFactory(seed: 1)
                let now: Int64 = try await Graph.value("RETURN timestamp()", store.driver)
                let session = SessionID(rawValue: "s-1")
                let ages: [Int64] = [1_000, 3_600_000, 86_000_000, 90_000_000, 200_000_000]
                let events = ages.map { age in
                    var event = factory.event(customer: CustomerID(rawValue: "acme"))
                    event.session = session
                    event.time = Timestamp(milliseconds: now - age)
                    return event
                }
                _ = try await store.append(events)
                let record = try await Graph.query(
                    BoltQuery(
                        text: """
                            MATCH (s:Session {id: $sessionId})-[:HAS_MESSAGE]->(m:Message) \
                            WHERE m.timestamp > timestamp() - 86400000 \
                            RETURN count(m) AS messages, sum(m.tokens) AS totalTokens
                            """, parameters: ["sessionId": session.rawValue]), store.driver
                ).first
                #expect(try record?.decode("messages", as: Int64.self) == 3)
                let tokens = events.prefix(3).reduce(Int64(0)) { sum, event in
                    let sums = UsageSums(event)
                    return sum + sums.inputTokens + sums.outputTokens + sums.cacheReadTokens + sums.cacheWrite5mTokens
                        + sums.cacheWrite1hTokens
                }
                #expect(try record?.decode("totalTokens", as: Int64.self) == tokens)
            }
        }

        @Test func `the counters of a session are those of its messages, whatever is appended twice`() async throws {
            try await Graph.withStore { store in
                var factory = EventFactory(seed: 2)
                let events = factory.events(300)
                for start in stride(from: 0, to: 300, by: 60) {
                    _ = try await store.append(Array(events[max(0, start - 9)..<start + 60]))
                }
                let wrong = try await Graph.query(
                    """
                    MATCH (c:Customer)-[:HAS_SESSION]->(s:Session)-[:HAS_MESSAGE]->(m:Message)
                    WITH c, s, count(m) AS messages, sum(m.tokens) AS tokens, sum(m.charge) AS charge,
                        min(m.timestamp) AS first, max(m.timestamp) AS last
                    WHERE s.messages <> messages OR s.tokens <> tokens OR s.charge <> charge OR s.first <> first
                        OR s.last <> last OR s.customer <> c.id OR s.key <> c.id + '/' + s.id
                    RETURN s.key
                    """, store.driver)
                #expect(wrong.isEmpty)
                let counts = try await Graph.value(
                    "MATCH (:Customer)-[:HAS_SESSION]->(:Session)-[:HAS_MESSAGE]->(m:Message) RETURN count(m)",
                    store.driver, as: Int.self)
                #expect(counts == 300)
            }
        }

        @Test func `a message has all that a query may ask for`() async throws {
            try await Graph.withStore { store in
                var event = EventFactory(seed: 4).first(customer: "acme")
                event.lines = [
                    SKULine(sku: SKU(rawValue: "m/cache_read"), quantity: 1),
                    SKULine(sku: SKU(rawValue: "m/cache_write_1h"), quantity: 2),
                    SKULine(sku: SKU(rawValue: "m/cache_write_5m"), quantity: 4),
                    SKULine(sku: SKU(rawValue: "m/input"), quantity: 8),
                    SKULine(sku: SKU(rawValue: "m/output"), quantity: 16),
                    SKULine(sku: .webSearch, quantity: 32),
                ]
                event.charge = .priced(PicoUSD(3_000_000_000_000_000_007))
                event.requestID = "req_1"
                event.agent = nil
                event.quality = .drained
                event.source = .import
                event.time = Timestamp(milliseconds: 1_795_609_800_123)
                guard case .appended(_, let hash)? = try await store.append([event]).first else {
                    Issue.record("the event was not appended")
                    return
                }
                let record = try await Graph.query("MATCH (m:Message) RETURN properties(m)", store.driver).first
                let found = try #require(try record?.decode([String: BoltValue].self))
                let expected: [String: BoltValue] = [
                    "id": try BoltValue(event.id.rawValue), "customer": "acme",
                    "session": try BoltValue(event.session.rawValue), "apiKey": try BoltValue(event.key.rawValue),
                    "requestId": "req_1", "model": try BoltValue(event.model), "timestamp": 1_795_609_800_123,
                    "skus": try BoltValue(event.lines.map(\.sku.rawValue)), "quantities": [1, 2, 4, 8, 16, 32],
                    "priced": true, "charge": 7, "chargeCarry": 3,
                    "priceBook": try BoltValue(event.priceBook.description), "quality": "drained", "source": "import",
                    "position": 1, "sequence": 1, "previousHash": try BoltValue(Digest32.zero.description),
                    "hash": try BoltValue(hash.description), "tokens": 31, "inputTokens": 8, "outputTokens": 16,
                    "cacheWrite5mTokens": 4, "cacheWrite1hTokens": 2, "cacheReadTokens": 1, "webSearches": 32,
                    "day": "2026-11-25", "month": "2026-11",
                ]
                #expect(found == expected)
            }
        }

        @Test func `a large call is one transaction in several statements`() async throws {
            try await Graph.withStore { store in
                var factory = EventFactory(seed: 3)
                let events = factory.events(2_300)
                let outcomes = try await store.append(events)
                #expect(outcomes.count { $0.sequence != nil } == 2_300)
                #expect(try await store.events(appendedAfter: 2_290, limit: 100).count == 10)
                let query = UsageQuery(by: .customer)
                #expect(try await store.usage(query) == NaiveUsage(events: events).rows(query))
            }
        }
    }
}

extension EventFactory {
    /// The first event of a factory that is needed no more.
    fileprivate func first(customer: String) -> UsageEvent {
        var factory = self
        return factory.event(customer: CustomerID(rawValue: customer))
    }
}

@Suite("A store without a database")
struct UnreachableStoreTests {
    @Test func `says that it cannot be reached, and names no credential`() async throws {
        var configuration = BoltConfiguration()
        configuration.connectTimeout = .seconds(3600)
        let driver = try BoltDriver(
            "bolt://127.0.0.1:1", authentication: .basic(username: "someone", password: "hunter2"),
            configuration: configuration)
        defer { driver.close() }
        let store = Neo4jUsageStore(driver: driver)
        var factory = EventFactory(seed: 1)
        let event = factory.event()
        let errors = [
            await #expect(throws: MeteringError.self) { try await store.append([event]) },
            await #expect(throws: MeteringError.self) { try await store.customers() },
            await #expect(throws: MeteringError.self) { try await store.prepareSchema() },
        ]
        for error in errors {
            #expect(error?.code == .storeUnavailable)
            #expect(error?.cause is BoltError)
            let text = error.map { "\($0) \(String(reflecting: $0))" } ?? ""
            #expect(!text.contains("hunter2") && !text.contains("someone"))
        }
        try await store.close()
    }

    @Test func `an address that is none is refused as input`() async throws {
        let error = await #expect(throws: MeteringError.self) {
            try await Neo4jUsageStore.withStore("http://example.com", authentication: .none) { _ in }
        }
        #expect(error?.code == .invalidInput)
    }
}
