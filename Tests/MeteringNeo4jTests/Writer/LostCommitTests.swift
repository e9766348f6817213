import Bolt
import Metering
import MeteringNeo4j
import TestServers
import Testing

@testable import MeteringConformance

extension LiveGraphTests {
    @Suite("a commit whose answer is lost")
    struct LostCommitTests {
        /// Runs with a store whose connection breaks after a commit, so many times.
        private static func withStore(
            cutting: Int, _ body: (Neo4jUsageStore, CuttingProxy) async throws -> Void
        ) async throws {
            try await Graph.withDriver { _ in
                let proxy = try await CuttingProxy.open(to: Graph.server.address.port, passing: 0, cutting: cutting)
                let driver = try BoltDriver("bolt://127.0.0.1:\(proxy.port)", authentication: ArcadeDB.authentication)
                defer { driver.close() }
                let store = Neo4jUsageStore(driver: driver, database: Graph.database, options: Graph.options)
                try await body(store, proxy)
                try await store.close()
                try await proxy.close()
            }
        }

        @Test func `is found out: events are reported as appended, with their places, and are there once`() async throws
        {
            try await Self.withStore(cutting: 1) { store, proxy in
                var factory = EventFactory(seed: 1)
                let events = factory.events(40)
                var shadow = ShadowChains()
                #expect(try await store.append(events) == events.map { shadow.append($0) })
                #expect(proxy.remaining == 0)
                // The second asks for its own outcome too, not for the first one's.
                let more = factory.events(5) + events.prefix(5)
                #expect(try await store.append(more) == more.map { shadow.append($0) })
                try await shadow.check(store)
            }
        }

        @Test func `that is lost again when it is asked for is asked for again`() async throws {
            try await Self.withStore(cutting: 3) { store, proxy in
                var factory = EventFactory(seed: 2)
                let events = factory.events(10)
                var shadow = ShadowChains()
                #expect(try await store.append(events) == events.map { shadow.append($0) })
                #expect(proxy.remaining == 0)
                try await shadow.check(store)
            }
        }

        @Test func `reserves nothing twice`() async throws {
            try await Self.withStore(cutting: 1) { store, proxy in
                let reservations = Neo4jReservations(
                    driver: store.driver, database: Graph.database, options: Graph.options)
                let customer = CustomerID(rawValue: "abe")
                let now = Timestamp(milliseconds: 1_795_600_000_000)
                func reserve(_ amount: Int128) async throws -> Result<SharedLease, SpendRefusal> {
                    try await reservations.reserve(
                        customer, limits: SpendLimits(lifetime: PicoUSD(10)), upperBound: PicoUSD(amount), now: now)
                }
                _ = try await reserve(6).get()
                #expect(proxy.remaining == 0)
                _ = try await reserve(4).get()
                guard case .failure(let refusal) = try await reserve(1) else {
                    Issue.record("more was reserved than there is")
                    return
                }
                #expect(refusal.leased == PicoUSD(10))
            }
        }

        @Test func `creates no key twice, and reports none as taken`() async throws {
            try await Self.withStore(cutting: 2) { store, proxy in
                let customer = Customer(
                    id: CustomerID(rawValue: "abe"), name: "Abe", created: Timestamp(milliseconds: 1))
                try await store.create(customer)
                let key = APIKey(
                    id: APIKeyID(rawValue: "key_1"), secretHash: Digest32(words: (1, 2, 3, 4)), customer: customer.id,
                    name: "laptop", created: Timestamp(milliseconds: 2))
                try await store.create(key)
                #expect(proxy.remaining == 0)
                #expect(try await store.keys() == [key])
                let error = await #expect(throws: MeteringError.self) { try await store.create(key) }
                #expect(error?.code == .alreadyExists)
            }
        }
    }
}
