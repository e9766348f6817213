import Bolt
import Metering
import MeteringNeo4j
import Testing

@testable import MeteringConformance

extension LiveGraphTests {
    @Suite("shared reservations")
    struct ReservationsTests {
        private static let customer = CustomerID(rawValue: "acme")
        private static let now = Timestamp(milliseconds: 1_795_600_000_000)
        private static let limits = SpendLimits(daily: PicoUSD(1_000))

        private static func reservations(_ driver: BoltDriver, lasting duration: Int64 = 60_000) -> Neo4jReservations {
            Neo4jReservations(
                driver: driver, database: Graph.database, leaseDuration: duration, options: Graph.options)
        }

        private static func event(_ id: String, _ charge: Int128, at time: Timestamp = now) -> UsageEvent {
            var factory = EventFactory(seed: 1)
            var event = factory.event(customer: customer, id: id)
            event.charge = .priced(PicoUSD(charge))
            event.time = time
            return event
        }

        @Test func `of many gateways never hold or spend more than the cap together`() async throws {
            try await Graph.withDriver { driver in
                let calls = 15
                let charged = try await withThrowingTaskGroup(of: Int128.self) { group in
                    for gateway in 0..<4 {
                        group.addTask {
                            let driver = try Graph.driver()
                            defer { driver.close() }
                            let store = Neo4jUsageStore(
                                driver: driver, database: Graph.database, options: Graph.options)
                            let reservations = Self.reservations(driver)
                            var charged: Int128 = 0
                            for call in 0..<calls {
                                let result = try await reservations.reserve(
                                    Self.customer, limits: Self.limits, upperBound: PicoUSD(90), now: Self.now)
                                guard case .success(let lease) = result else { continue }
                                // Some calls cost nothing, and some gateways crash after a call.
                                if call % 5 == 4 {
                                    try await reservations.release(lease)
                                    continue
                                }
                                let event = Self.event("g\(gateway)-\(call)", 60)
                                try await reservations.settle(lease, as: event.id, charge: event.charge, now: Self.now)
                                if call % 2 == 0 { _ = try await store.append([event]) }
                                charged += 60
                            }
                            try await store.close()
                            return charged
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(charged <= 1_000)
                // So much that no call that costs 90 fits in.
                #expect(charged > 1_000 - 90 - 60)
                let result = try await Self.reservations(driver).reserve(
                    Self.customer, limits: Self.limits, upperBound: PicoUSD(1_000 - charged + 1), now: Self.now)
                guard case .failure(let refusal) = result else {
                    Issue.record("more was reserved than is left")
                    return
                }
                #expect(refusal.window == .daily)
                #expect(refusal.settled + refusal.leased == PicoUSD(charged))
            }
        }

        @Test func `a lease of a gateway that crashed ends by itself, and until then holds`() async throws {
            try await Graph.withDriver { driver in
                let reservations = Self.reservations(driver, lasting: 1_000)
                func reserve(_ amount: Int128, after milliseconds: Int64) async throws -> Bool {
                    let now = Timestamp(milliseconds: Self.now.milliseconds + milliseconds)
                    let result = try await reservations.reserve(
                        Self.customer, limits: Self.limits, upperBound: PicoUSD(amount), now: now)
                    if case .success = result { return true }
                    return false
                }
                #expect(try await reserve(600, after: 0))
                #expect(try await reserve(600, after: 999) == false)
                #expect(try await reserve(600, after: 1_000))
                let leases = try await Graph.value("MATCH (l:SpendLease) RETURN count(l)", driver, as: Int.self)
                #expect(leases == 1)
            }
        }

        @Test func `a settled lease counts what the call cost until its event is there, and then no longer`()
            async throws
        {
            try await Graph.withStore { store in
                let reservations = Self.reservations(store.driver)
                func left() async throws -> PicoUSD {
                    let result = try await reservations.reserve(
                        Self.customer, limits: Self.limits, upperBound: PicoUSD(100_000), now: Self.now)
                    guard case .failure(let refusal) = result else { return .zero }
                    return refusal.cap - refusal.settled - refusal.leased
                }
                let lease = try await reservations.reserve(
                    Self.customer, limits: Self.limits, upperBound: PicoUSD(700), now: Self.now
                ).get()
                #expect(try await left() == PicoUSD(300))
                let event = Self.event("e1", 250)
                try await reservations.settle(lease, as: event.id, charge: event.charge, now: Self.now)
                #expect(try await left() == PicoUSD(750))
                _ = try await store.append([event])
                #expect(try await left() == PicoUSD(750))
                let leases = try await Graph.value("MATCH (l:SpendLease) RETURN count(l)", store.driver, as: Int.self)
                #expect(leases == 0)
                // Of an earlier day: no matter for a cap on this one.
                let old = Timestamp(milliseconds: Self.now.milliseconds - 86_400_000)
                _ = try await store.append([Self.event("e2", 500, at: old)])
                #expect(try await left() == PicoUSD(750))
            }
        }

        @Test func `a call without a price keeps its bound, a lifetime cap does not open again, amounts are exact`()
            async throws
        {
            try await Graph.withStore { store in
                let reservations = Self.reservations(store.driver)
                let cap = PicoUSD(Int128(Int64.max) * 5)
                let limits = SpendLimits(monthly: cap + PicoUSD(1), lifetime: cap)
                func reserve(_ amount: PicoUSD) async throws -> Result<SharedLease, SpendRefusal> {
                    try await reservations.reserve(Self.customer, limits: limits, upperBound: amount, now: Self.now)
                }
                let lease = try await reserve(PicoUSD(5)).get()
                try await reservations.settle(
                    lease, as: EventID(rawValue: "unknown"), charge: .unpriced(missing: [.webSearch]), now: Self.now)
                _ = try await store.append([Self.event("e1", cap.rawValue - 10)])
                guard case .failure(let passing) = try await reserve(PicoUSD(6)) else {
                    Issue.record("six of five that are left were reserved")
                    return
                }
                #expect(passing.window == .lifetime && passing.isPassing && passing.resets == nil)
                #expect(passing.remaining == PicoUSD(10) && passing.leased == PicoUSD(5))
                let last = try await reserve(PicoUSD(5)).get()
                try await reservations.release(last)
                try await reservations.release(last)
                _ = try await store.append([Self.event("e2", 10)])
                guard case .failure(let spent) = try await reserve(.zero) else {
                    Issue.record("something was reserved of nothing")
                    return
                }
                #expect(!spent.isPassing)
            }
        }
    }
}
