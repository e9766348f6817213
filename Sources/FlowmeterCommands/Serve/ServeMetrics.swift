internal import CoreMetrics
internal import Metering
internal import Oracle
internal import PrometheusMetrics

/// What `serve` tells Prometheus beside the gateway's own metrics: of the process, the queue and the oracle.
struct ServeMetrics: Sendable {
    let registry: PrometheusRegistry

    init(started: Timestamp, spool: SpooledUsageStore?) {
        registry = PrometheusRegistry(Self.oracle)
        registry.observe(
            MetricDefinition("flowmeter.build_info", kind: .gauge, help: "Always 1; the version is in the label."),
            dimensions: [("version", FlowmeterVersion.current)]
        ) { 1 }
        ProcessMetrics.register(in: registry, started: started)
        guard let spool else { return }
        registry.observe(
            MetricDefinition("flowmeter.spool.events", kind: .gauge, help: "Events that wait to be forwarded to Neo4j.")
        ) { Int64(spool.load.events) }
        registry.observe(
            MetricDefinition(
                "flowmeter.spool.limit", kind: .gauge, unit: .bytes, help: "How large the queue for Neo4j may become.")
        ) { Int64(spool.load.limit) }
    }

    /// What counts the oracle's steps.
    func oracleStep(now: @escaping @Sendable () -> Timestamp) -> @Sendable (OracleStepResult) -> Void {
        let registry = registry
        let failures = Counter(label: "flowmeter.oracle.failures", factory: registry)
        let lastSuccess = Gauge(label: "flowmeter.oracle.last_success", factory: registry)
        return { step in
            switch step {
            case .failure: failures.increment()
            case .success(let progress):
                Counter(
                    label: "flowmeter.oracle.steps", dimensions: [("step", StepDocument(progress).step)],
                    factory: registry
                ).increment()
                lastSuccess.record(now().milliseconds * 1_000_000)
                guard case .reconciled(let report) = progress else { return }
                // Not made before they are known: an epoch of 0 would look like an oracle that is far behind.
                Gauge(label: "flowmeter.oracle.reconciled_epoch", factory: registry).record(report.epoch.rawValue)
                Gauge(label: "flowmeter.oracle.findings", factory: registry).record(report.findings.count)
            }
        }
    }

    typealias OracleStepResult = OracleService<ContinuousClock>.Step

    private static let oracle = [
        MetricDefinition("flowmeter.oracle.steps", kind: .counter, help: "Steps of the oracle, by what they did."),
        MetricDefinition("flowmeter.oracle.failures", kind: .counter, help: "Steps that failed and were repeated."),
        MetricDefinition(
            "flowmeter.oracle.last_success", kind: .gauge, unit: .nanoseconds,
            help: "When a step last succeeded, in seconds since 1970."),
        MetricDefinition(
            "flowmeter.oracle.reconciled_epoch", kind: .gauge, help: "The last epoch that was compared with the ledger."
        ),
        MetricDefinition(
            "flowmeter.oracle.findings", kind: .gauge,
            help: "What was wrong with the ledger then; 0 is as it should be."),
    ]
}
