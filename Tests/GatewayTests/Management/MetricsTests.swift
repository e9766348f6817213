import Gateway
import Metering
import PrometheusMetrics
import Testing

@Suite("Metrics over HTTP")
struct MetricsTests {
    private static let token = "administrator-token-1"

    private func get(
        _ headers: [String], registry: PrometheusRegistry? = PrometheusRegistry()
    ) async throws -> RawResponse {
        try await GatewayHarness.run(
            store: KeysTests.store(), metrics: registry,
            configure: { $0.adminToken = try? AdminToken(Self.token) }, upstream: { _ in [] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.get("/metrics", headers: headers))
            return try #require(await client.response())
        }
    }

    @Test(
        "programs of this machine see them, others only with the administrator's token",
        arguments: [
            ([], 200), (["x-forwarded-for: 192.0.2.7"], 401), (["origin: https://example.com"], 401),
            (["x-forwarded-for: 192.0.2.7", "x-api-key: fm_one"], 401),
            (["x-forwarded-for: 192.0.2.7", "authorization: Bearer \(token)"], 200),
            (["x-forwarded-for: 192.0.2.7", "x-api-key: \(token)"], 200),
        ])
    func access(_ headers: [String], _ status: Int) async throws {
        let response = try await get(headers)
        #expect(response.status == status)
        guard status == 200 else { return }
        #expect(response.header("content-type") == ["text/plain; version=0.0.4; charset=utf-8"])
        #expect(response.text.contains("flowmeter_gateway_store_ready 1\n"))
    }

    @Test("without a registry there are none")
    func absent() async throws {
        #expect(try await get([], registry: nil).status == 404)
    }

    @Test("calls are counted by route, status, model and quality, and refusals by status")
    func counts() async throws {
        try await GatewayHarness.run(
            metrics: PrometheusRegistry(),
            upstream: { request in
                // A body of three bytes fails, and bodies of the same length are the same call.
                guard request.body.count != 3 else { return [.text(Wire.json("{}", status: "500 Oh"))] }
                return [.text(Wire.json(Wire.message.replacing("msg_01", with: "msg_\(request.body.count)")))]
            }
        ) { gateway in
            let client = try await gateway.client()
            for (place, body) in ["{}", "{  }", "{}", "{ }"].enumerated() {
                try await client.send(Wire.request(body: body))
                #expect(await client.responses(place + 1).count == place + 1)
            }
            try await client.send(Wire.get("/v1/messages"))
            #expect(await client.responses(5).last?.status == 405)
            try await client.send(Wire.get("/metrics"))
            let text = try #require(await client.responses(6).last).text
            let model =
                #"gen_ai_operation_name="chat",gen_ai_provider_name="anthropic",gen_ai_response_model="claude-opus-5-5""#
            for line in [
                #"flowmeter_gateway_requests_total{http_response_status_code="200",http_route="/v1/messages"} 3"#,
                #"flowmeter_gateway_requests_total{http_response_status_code="500",http_route="/v1/messages"} 1"#,
                #"flowmeter_gateway_refusals_total{http_response_status_code="405"} 1"#,
                #"flowmeter_gateway_events_total{quality="exact",rating="priced"} 2"#,
                "flowmeter_gateway_connections 1", "# TYPE flowmeter_gateway_open_calls gauge",
                #"gen_ai_client_token_usage_sum{\#(model),gen_ai_token_type="input"} 36"#,
                #"gen_ai_client_token_usage_sum{\#(model),gen_ai_token_type="output"} 267"#,
                #"gen_ai_client_token_usage_bucket{\#(model),gen_ai_token_type="output",le="64"} 0"#,
                #"gen_ai_client_token_usage_bucket{\#(model),gen_ai_token_type="output",le="256"} 3"#,
                #"gen_ai_server_request_duration_seconds_count{http_response_status_code="200",http_route="/v1/messages"} 3"#,
            ] {
                #expect(text.contains(line + "\n"), "\(line)\n\(text)")
            }
        }
    }
}
