import Bolt
import Metering
import MeteringNeo4j
import Synchronization
import TestServers
import Testing

@testable import MeteringConformance

extension LiveGraphTests {
    @Suite("shared reservations of gateways")
    struct ReservationQueueTests {
        private static let customer = CustomerID(rawValue: "acme")
        private static let now = Timestamp(milliseconds: 1_795_600_000_000)
        private static let limits = SpendLimits(lifetime: PicoUSD(1_000))

        /// Runs a gateway's queue around `body`.
        private static func run<Value: Sendable>(
            gateway: String, driver: BoltDriver, retrying: Bool = true,
            sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in },
            _ body: (Neo4jReservationQueue, Neo4jReservations) async throws -> Value
        ) async throws -> Value {
            var options = Graph.options
            if !retrying { options.retryTime = .zero }
            let reservations = Neo4jReservations(
                driver: driver, database: Graph.database, holder: Neo4jReservations.Holder(gateway: gateway),
                options: options)
            let queue = Neo4jReservationQueue(reservations, sleep: sleep)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await queue.run() }
                defer { queue.finish() }
                return try await body(queue, reservations)
            }
        }

        private static func reserve(
            _ amount: Int128, in queue: Neo4jReservationQueue
        ) async throws(MeteringError) -> SharedReservation {
            let result = await withCheckedContinuation { continuation in
                queue.reserve(customer, limits: limits, upperBound: PicoUSD(amount), now: now) {
                    continuation.resume(returning: $0)
                }
            }
            return try result.get()
        }

        private static func left(_ driver: BoltDriver) async throws -> Int128 {
            let reservations = Neo4jReservations(driver: driver, database: Graph.database, options: Graph.options)
            let result = try await reservations.reserve(
                customer, limits: limits, upperBound: PicoUSD(100_000), now: now)
            guard case .failure(let refusal) = result else { return -1 }
            return (refusal.cap - refusal.settled - refusal.leased).rawValue
        }

        private static func event(_ id: String, _ charge: Int128) -> UsageEvent {
            var factory = EventFactory(seed: 1)
            var event = factory.event(customer: customer, id: id)
            event.charge = .priced(PicoUSD(charge))
            event.time = now
            return event
        }

        @Test func `hold a cap to the last unit when two gateways are asked for much more at once`() async throws {
            try await Graph.withDriver { driver in
                let other = try Graph.driver()
                defer { other.close() }
                let granted = try await Self.run(gateway: "a", driver: driver) { first, _ in
                    try await Self.run(gateway: "b", driver: other) { second, _ in
                        try await withThrowingTaskGroup(of: Int.self) { group in
                            for call in 0..<200 {
                                group.addTask {
                                    let queue = call % 2 == 0 ? first : second
                                    guard case .granted(let lease, let standing) = try await Self.reserve(10, in: queue)
                                    else { return 0 }
                                    #expect(standing.leased <= PicoUSD(990))
                                    #expect(standing.limits == Self.limits)
                                    queue.settle(
                                        lease, as: EventID(rawValue: "e\(call)"), charge: .priced(PicoUSD(10)),
                                        now: Self.now)
                                    return 1
                                }
                            }
                            return try await group.reduce(0, +)
                        }
                    }
                }
                #expect(granted == 100)
                #expect(try await Self.left(driver) == 0)
            }
        }

        @Test func `are settled and released before the queue ends`() async throws {
            try await Graph.withDriver { driver in
                try await Self.run(gateway: "a", driver: driver) { queue, _ in
                    for amount: Int128 in [100, 200, 300] {
                        guard case .granted(let lease, _) = try await Self.reserve(amount, in: queue) else {
                            Issue.record("there is room for it")
                            return
                        }
                        if amount == 200 {
                            queue.release(lease)
                        } else {
                            queue.settle(
                                lease, as: EventID(rawValue: "e\(amount)"), charge: .priced(PicoUSD(amount / 2)),
                                now: Self.now)
                        }
                    }
                }
                #expect(try await Self.left(driver) == 1_000 - 50 - 150)
            }
        }

        @Test func `of a gateway that was killed end when it starts again; what its calls cost does not`()
            async throws
        {
            try await Graph.withStore { store in
                let event = Self.event("durable", 30)
                let unpriced = EventID(rawValue: "unpriced")
                try await Self.run(gateway: "killed", driver: store.driver) { queue, _ in
                    for amount: Int128 in [100, 200, 300] {
                        guard case .granted(let lease, _) = try await Self.reserve(amount, in: queue) else { continue }
                        if amount == 100 { queue.settle(lease, as: event.id, charge: event.charge, now: Self.now) }
                        if amount == 200 {
                            queue.settle(
                                lease, as: unpriced, charge: .unpriced(missing: [.webSearch]), now: Self.now)
                        }
                    }
                }
                try await Self.run(gateway: "other", driver: store.driver) { queue, reservations in
                    _ = try await Self.reserve(50, in: queue)
                    try await reservations.forgetEarlierRuns()
                }
                #expect(try await Self.left(store.driver) == 1_000 - 30 - 200 - 300 - 50)
                try await Self.run(gateway: "killed", driver: store.driver) { queue, reservations in
                    _ = try await Self.reserve(7, in: queue)
                    try await reservations.forgetEarlierRuns()
                }
                #expect(try await Self.left(store.driver) == 1_000 - 30 - 200 - 50 - 7)
                _ = try await store.append([event])
                #expect(try await Self.left(store.driver) == 1_000 - 30 - 200 - 50 - 7)
            }
        }

        @Test func `are refused when the graph gives no answer, hold nothing then, and are settled once it does`()
            async throws
        {
            try await Graph.withDriver { driver in
                let proxy = try await CuttingProxy.open(to: try Graph.server.address.port, passing: 1, cutting: 4)
                let through = try BoltDriver(
                    "bolt://127.0.0.1:\(proxy.port)", authentication: ArcadeDB.authentication)
                defer { through.close() }
                let pauses = Mutex(0)
                try await Self.run(
                    gateway: "a", driver: through, retrying: false, sleep: { _ in pauses.withLock { $0 += 1 } }
                ) { queue, _ in
                    guard case .granted(let lease, _) = try await Self.reserve(400, in: queue) else {
                        Issue.record("there is room for it")
                        return
                    }
                    let error = await #expect(throws: MeteringError.self) { try await Self.reserve(1, in: queue) }
                    #expect(error?.code == .storeUnavailable)
                    queue.settle(lease, as: EventID(rawValue: "e"), charge: .priced(PicoUSD(150)), now: Self.now)
                    while proxy.remaining > 0 { await Task.yield() }
                    while try await Self.left(driver) != 850 { await Task.yield() }
                }
                #expect(pauses.withLock { $0 } >= 1)
                try await proxy.close()
            }
        }
    }
}
