import Metering
import MeteringConformance
import Testing

@testable import Gateway

@Suite("Calls of customers with a subscription")
struct SubscriptionTests {
    private static func ledger(deposit: Int128) async throws -> MemoryLedger {
        let ledger = try MemoryLedger()
        let id = SubscriptionID(rawValue: "default")
        _ = try await ledger.subscribe(SubscriptionTerms(id: id, customer: .default), at: GatewayHarness.now)
        if deposit > 0 {
            try await ledger.deposit(
                PicoUSD(deposit), to: id, reference: TransferReference(rawValue: "first"), at: GatewayHarness.now)
        }
        return ledger
    }

    @Test("an empty escrow refuses the call before anything of it reaches the upstream")
    func emptyEscrow() async throws {
        let ledger = try await Self.ledger(deposit: 0)
        try await GatewayHarness.run(ledger: ledger, upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(
                Wire.request(body: #"{"model":"claude-opus-5-5","max_tokens":10,"messages":[]}"#))
            let response = try #require(await client.response())
            #expect(response.status == 429)
            #expect(response.header("anthropic-ratelimit-unified-status") == ["rejected"])
            #expect(response.header("x-should-retry") == ["false"])
            #expect(response.text.contains("pay into the escrow"))
            #expect(gateway.upstream.requests.value.isEmpty)
        }
    }

    @Test("an escrow that covers the call lets it pass")
    func fullEscrow() async throws {
        let ledger = try await Self.ledger(deposit: PicoUSD.dollar.rawValue)
        try await GatewayHarness.run(ledger: ledger, upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(
                Wire.request(body: #"{"model":"claude-opus-5-5","max_tokens":10,"messages":[]}"#))
            #expect(try #require(await client.response()).status == 200)
        }
    }
}
