import Metering
import PrometheusMetrics

/// The gateway's metrics: what they mean, and those that are read when somebody asks.
///
/// Names and bounds are those of OpenTelemetry's conventions for generative AI where they have one.
enum GatewayMetrics {
    static func register(_ core: GatewayCore, in registry: PrometheusRegistry) {
        registry.define(definitions)
        registry.observe(
            MetricDefinition("flowmeter.gateway.connections", kind: .gauge, help: "Open connections of clients.")
        ) { [weak core] in (core?.openConnections).map { Int64($0) } }
        registry.observe(
            MetricDefinition(
                "flowmeter.gateway.store_ready", kind: .gauge, help: "1 while the store takes events, else 0.")
        ) { [weak core] in (core?.health.isHealthy).map { $0 ? 1 : 0 } }
    }

    private static let definitions = [
        MetricDefinition(
            "flowmeter.gateway.requests", kind: .counter,
            help: "Calls that were passed on, by the status of the answer."),
        MetricDefinition(
            "flowmeter.gateway.refusals", kind: .counter,
            help: "Requests answered with an error of the gateway's own; 429 is a cap or an empty balance."),
        MetricDefinition(
            "flowmeter.gateway.events", kind: .counter,
            help:
                "Calls that were metered for the first time. Estimated ones broke off; unpriced ones block their settlement."
        ),
        MetricDefinition("flowmeter.gateway.open_calls", kind: .gauge, help: "Calls that are under way."),
        MetricDefinition(
            "gen_ai.server.request.duration", kind: .histogram(bounds: durationBounds), unit: .nanoseconds,
            help: "From a request to the end of its answer."),
        MetricDefinition(
            "gen_ai.server.time_to_first_token", kind: .histogram(bounds: firstTokenBounds), unit: .nanoseconds,
            help: "From a request to the head of its answer."),
        MetricDefinition(
            "gen_ai.client.token.usage", kind: .histogram(bounds: tokenBounds),
            help: "Tokens that a call was billed for."),
    ]

    /// 10 ms, doubled up to 82 s.
    private static let durationBounds: [Int64] = (0...13).map { 10_000_000 << $0 }
    /// 1 ms to 10 s.
    private static let firstTokenBounds: [Int64] = [
        1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
    ].map { $0 * 1_000_000 }
    /// The powers of 4 up to 67 million.
    private static let tokenBounds: [Int64] = (0...13).map { 1 << (2 * $0) }
}
