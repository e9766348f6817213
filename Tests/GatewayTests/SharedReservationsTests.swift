import Claude
import Metering
import MeteringConformance
import NIOCore
import Synchronization
import Testing

@testable import Gateway

@Suite("Caps over several gateways")
struct SharedReservationsTests {
    /// What is kept where all gateways see it; it answers as it is told, when it is told.
    private final class Reservations: SharedReservations {
        struct Noted: Equatable {
            var asked: [PicoUSD] = []
            var settled: [String] = []
            var released = 0
        }

        let noted = Mutex(Noted())
        let answer: @Sendable (SharedLease) -> Result<SharedReservation, MeteringError>
        let asked = Gate()
        let answering = Gate()

        init(_ answer: @escaping @Sendable (SharedLease) -> Result<SharedReservation, MeteringError>) {
            self.answer = answer
        }

        func reserve(
            _ customer: CustomerID, limits: SpendLimits, upperBound: PicoUSD, now: Timestamp,
            completion: @escaping @Sendable (Result<SharedReservation, MeteringError>) -> Void
        ) {
            noted.withLock { $0.asked.append(upperBound) }
            let lease = SharedLease(id: "lease", customer: customer, upperBound: upperBound, expires: now)
            // The answer comes later, as it does over a network.
            Task {
                asked.open()
                await answering.wait()
                completion(answer(lease))
            }
        }

        func settle(_ lease: SharedLease, as event: EventID, charge: UsageEvent.Charge, now: Timestamp) {
            guard case .priced(let amount) = charge else { return }
            noted.withLock { $0.settled.append("\(event.rawValue) \(amount.rawValue)") }
        }

        func release(_ lease: SharedLease) { noted.withLock { $0.released += 1 } }
    }

    private static let limits = SpendLimits(daily: .dollar)
    private static let body = #"{"model":"claude-opus-5-5","max_tokens":1000,"messages":[]}"#

    private static func standing(daily: PicoUSD) -> SpendStanding {
        SpendStanding(limits: limits, daily: daily, monthly: .zero, lifetime: .zero, leased: .zero)
    }

    private static func run(
        _ reservations: Reservations, limits: SpendLimits = limits, status: String = "200 OK",
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: @Sendable (GatewayHarness) async throws -> Void
    ) async throws {
        try await GatewayHarness.run(
            store: KeysTests.store(limits: limits), reservations: reservations, configure: configure,
            upstream: { _ in [.text(Wire.json(Wire.message, status: status))] }, body)
    }

    private static func call(
        _ gateway: GatewayHarness, _ target: String = "/v1/messages"
    ) async throws -> RawResponse {
        let client = try await gateway.client()
        try await client.send(Wire.request("POST", target, headers: ["x-api-key: fm_one"], body: body))
        return try #require(await client.response())
    }

    @Test("a call goes when all agree, tells the standing over all, and is settled as its event")
    func granted() async throws {
        let reservations = Reservations { .success(.granted($0, Self.standing(daily: PicoUSD(800_000_000_000)))) }
        reservations.answering.open()
        try await Self.run(reservations) { gateway in
            let response = try await Self.call(gateway)
            #expect(response.status == 200)
            #expect(response.header("anthropic-ratelimit-unified-overage-utilization") == ["0.80"])
            let event = try #require(try await gateway.events(of: KeysTests.alice).first)
            guard case .priced(let charge) = event.charge else {
                Issue.record("the model has a price")
                return
            }
            let noted = reservations.noted.withLock { $0 }
            #expect(noted.settled == ["\(event.id.rawValue) \(charge.rawValue)"])
            #expect(noted.released == 0)
            #expect(noted.asked.count == 1 && noted.asked[0] > charge)
        }
    }

    @Test("a call that the API refuses gives its reservation back")
    func unbilled() async throws {
        let reservations = Reservations { .success(.granted($0, Self.standing(daily: .zero))) }
        reservations.answering.open()
        try await Self.run(reservations, status: "400 Bad Request") { gateway in
            let status = try await Self.call(gateway).status
            #expect(status == 400)
            #expect(reservations.noted.withLock { $0.released } == 1)
            #expect(reservations.noted.withLock { $0.settled } == [])
        }
    }

    @Test(
        "what others have spent refuses a call or a batch, and so does not knowing it; nothing reaches the upstream",
        arguments: [true, false], ["/v1/messages", "/v1/messages/batches"])
    func refused(isKnown: Bool, target: String) async throws {
        let reservations = Reservations { lease in
            guard isKnown else { return .failure(MeteringError(.storeUnavailable, "away")) }
            return .success(
                .refused(
                    SpendRefusal(
                        window: .daily, cap: .dollar, settled: .dollar, leased: .zero, upperBound: lease.upperBound,
                        resets: nil)))
        }
        reservations.answering.open()
        try await Self.run(reservations) { gateway in
            for _ in 0..<3 {
                let response = try await Self.call(gateway, target)
                #expect(response.status == (isKnown ? 429 : 503))
                #expect(response.text.contains(isKnown ? "billing_error" : "overloaded_error"))
                #expect(response.header("x-should-retry") == [isKnown ? "false" : "true"])
            }
            #expect(gateway.upstream.requests.value.isEmpty)
            #expect(reservations.noted.withLock { $0.asked.count } == 3)
            #expect(reservations.noted.withLock { $0.released } == 0)
        }
    }

    @Test("a call is refused when no answer comes in time, and its reservation given back when one comes after all")
    func silence() async throws {
        let reservations = Reservations { .success(.granted($0, Self.standing(daily: .zero))) }
        try await Self.run(reservations, configure: { $0.timeouts.reservation = .milliseconds(1) }) { gateway in
            let response = try await Self.call(gateway)
            #expect(response.status == 503)
            #expect(response.header("x-should-retry") == ["true"])
            #expect(gateway.upstream.requests.value.isEmpty)
            reservations.answering.open()
            while reservations.noted.withLock({ $0.released }) == 0 { await Task.yield() }
        }
    }

    @Test("a client that leaves while it waits gets its reservation back")
    func leaves() async throws {
        let reservations = Reservations { .success(.granted($0, Self.standing(daily: .zero))) }
        try await Self.run(reservations, configure: { $0.limits.connections = 1 }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(headers: ["x-api-key: fm_one"], body: Self.body))
            await reservations.asked.wait()
            try await client.close()
            try await ClientLeavesTests.waitForRoom(gateway)
            reservations.answering.open()
            while reservations.noted.withLock({ $0.released }) == 0 { await Task.yield() }
            #expect(gateway.upstream.requests.value.isEmpty)
        }
    }

    @Test("customers without caps are not asked about")
    func unlimited() async throws {
        let reservations = Reservations { _ in .failure(MeteringError(.storeUnavailable, "away")) }
        try await Self.run(reservations, limits: SpendLimits()) { gateway in
            let status = try await Self.call(gateway).status
            #expect(status == 200)
            #expect(reservations.noted.withLock { $0 } == Reservations.Noted())
        }
    }
}
