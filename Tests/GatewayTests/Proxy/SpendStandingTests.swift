import Metering
import MeteringConformance
import Testing

@testable import Gateway

@Suite("The standing of a customer with caps")
struct SpendStandingTests {
    private static func lines(_ limits: SpendLimits, spent: Int128) -> [String: String] {
        let spending = SpendGuard()
        spending.setLimits(of: [Customer(id: .default, name: "", limits: limits, created: GatewayHarness.now)])
        spending.record(PicoUSD(spent), of: .default, at: GatewayHarness.now)
        let standing = spending.standing(of: .default, now: GatewayHarness.now)
        var lines: [String: String] = [:]
        for line in (standing.headerLines(now: GatewayHarness.now) ?? "").split(separator: "\r\n") {
            let parts = line.split(separator: ": ")
            lines[String(parts[0].dropFirst("anthropic-ratelimit-unified-".count))] = String(parts[1])
        }
        return lines
    }

    @Test(
        "is told in hundredths below one, with a warning from three quarters on",
        arguments: [
            (0, "0.00", nil), (9, "0.00", nil), (70, "0.07", nil), (749, "0.74", nil), (750, "0.75", "0.75"),
            (949, "0.94", "0.75"), (950, "0.95", "0.95"), (1000, "0.99", "0.95"), (5000, "0.99", "0.95"),
        ] as [(Int128, String, String?)])
    func utilization(_ spent: Int128, _ utilization: String, _ threshold: String?) {
        let lines = Self.lines(SpendLimits(daily: PicoUSD(1000)), spent: spent)
        #expect(lines["overage-utilization"] == utilization)
        #expect(lines["overage-surpassed-threshold"] == threshold)
        #expect(lines["status"] == (threshold == nil ? "allowed" : "allowed_warning"))
        #expect(lines["overage-status"] == lines["status"])
        #expect(lines["representative-claim"] == "overage")
        #expect(lines["reset"] == "1795478400")
        #expect(lines["overage-reset"] == "1795478400")
    }

    @Test("is that of the cap of which the most is used, and has no end for a lifetime's")
    func nearest() {
        let lines = Self.lines(SpendLimits(daily: PicoUSD(1000), lifetime: PicoUSD(100)), spent: 80)
        #expect(lines["overage-utilization"] == "0.80")
        #expect(lines["reset"] == nil)
        #expect(Self.lines(SpendLimits(daily: .zero), spent: 0)["overage-utilization"] == "0.99")
        #expect(Self.lines(SpendLimits(), spent: 80).isEmpty)
    }

    @Test("stands on successful answers of customers with caps, and on no others")
    func answers() async throws {
        let store = try await KeysTests.store(limits: SpendLimits(daily: PicoUSD(20_000_000_000)))
        let serial = Watched<Int>(0)
        try await GatewayHarness.run(
            store: store,
            upstream: { request in
                let number = serial.update { count in
                    count += 1
                    return count
                }
                guard number < 3 else { return [.text(Wire.json("{}", status: "529 Overloaded"))] }
                return [
                    .text(
                        Wire.json(
                            Wire.message.replacing("msg_01", with: "msg_\(number)"),
                            headers: ["anthropic-ratelimit-unified-status: rejected"]))
                ]
            }
        ) { gateway in
            let client = try await gateway.client()
            let body = #"{"model":"claude-opus-5-5","max_tokens":200,"messages":[]}"#
            var responses: [RawResponse] = []
            for index in 1...3 {
                try await client.send(Wire.request(headers: ["x-api-key: fm_one"], body: body))
                responses.append(try #require(await client.responses(index).last))
            }
            let name = "anthropic-ratelimit-unified-overage-utilization"
            // The first call costs 1,828 of 20,000 µUSD.
            #expect(responses.map { $0.header(name) } == [["0.00"], ["0.09"], []])
            #expect(responses[0].header("anthropic-ratelimit-unified-status") == ["allowed"])
        }
    }
}
