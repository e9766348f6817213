import Claude
import Logging
import Metering
import Metrics
import NIOCore

/// Counts and logs the calls of one event loop.
///
/// Names are those of OpenTelemetry's conventions for generative AI where they have one. Metric objects are made once
/// and kept: making one costs more than a call has to spare.
final class LoopTelemetry {
    /// Models in metrics beyond this many are counted together.
    ///
    /// The names come from the upstream, but a metric must not grow with what others write.
    private static let modelLimit = 64

    private struct CallKey: Hashable {
        var route: Route
        var status: Int
    }

    private struct CallMetrics {
        var requests: Counter
        var duration: Timer
        var timeToHead: Timer
    }

    private struct ModelMetrics {
        var input: Recorder
        var output: Recorder
    }

    private struct EventKey: Hashable {
        var quality: UsageEvent.Quality
        var isPriced: Bool
    }

    private let logger: Logger
    private let factory: any MetricsFactory
    private let openCalls: Meter
    private var open = 0
    private var calls: [CallKey: CallMetrics] = [:]
    private var models: [String: ModelMetrics] = [:]
    private var events: [EventKey: Counter] = [:]
    private var refusals: [Int: Counter] = [:]

    init(logger: Logger, factory: any MetricsFactory, loop: Int) {
        self.logger = logger
        self.factory = factory
        openCalls = Meter(
            label: "flowmeter.gateway.open_calls", dimensions: [("loop", "\(loop)")], factory: factory)
    }

    func callBegan() {
        open += 1
        openCalls.set(open)
    }

    func callEnded(_ report: CallReport) {
        open -= 1
        openCalls.set(open)
        let metrics = metrics(CallKey(route: report.route, status: report.status))
        metrics.requests.increment()
        metrics.duration.recordNanoseconds(report.duration.nanoseconds)
        if let time = report.timeToHead { metrics.timeToHead.recordNanoseconds(time.nanoseconds) }
        if let record = report.record { count(record) }
        if let event = report.event, !report.isDuplicate { count(event) }
        log(report)
    }

    /// A request was answered with an error of the gateway's own.
    func refused(status: Int) {
        if let known = refusals[status] { return known.increment() }
        let made = Counter(
            label: "flowmeter.gateway.refusals", dimensions: [("http.response.status_code", "\(status)")],
            factory: factory)
        made.increment()
        refusals[status] = made
    }

    private func count(_ event: UsageEvent) {
        let key = EventKey(quality: event.quality, isPriced: event.charge.isPriced)
        if let known = events[key] { return known.increment() }
        let made = Counter(
            label: "flowmeter.gateway.events",
            dimensions: [("quality", key.quality.rawValue), ("rating", key.isPriced ? "priced" : "unpriced")],
            factory: factory)
        made.increment()
        events[key] = made
    }

    private func count(_ record: MessageRecord) {
        let model = record.model ?? "unknown"
        let metrics = metrics(model: models[model] == nil && models.count >= Self.modelLimit ? "other" : model)
        let tokens = record.usage.billedTokens
        metrics.input.record(tokens.input)
        metrics.output.record(tokens.output)
    }

    private func log(_ report: CallReport) {
        let level: Logger.Level = report.problem == nil && report.status < 400 ? .debug : .warning
        guard level >= logger.logLevel else { return }
        logger.log(
            level: level, level == .debug ? "call" : "call failed",
            metadata: [
                "route": "\(report.route.name)", "status": "\(report.status)",
                "outcome": "\(report.problem ?? report.event?.quality.rawValue ?? "passed on")",
                "request_id": "\(report.requestID ?? "")", "customer": "\(report.principal.customer)",
                "key": "\(report.principal.key)", "ms": "\(report.duration.nanoseconds / 1_000_000)",
            ])
    }

    private func metrics(_ key: CallKey) -> CallMetrics {
        if let known = calls[key] { return known }
        let dimensions = [("http.route", key.route.name), ("http.response.status_code", "\(key.status)")]
        let made = CallMetrics(
            requests: Counter(label: "flowmeter.gateway.requests", dimensions: dimensions, factory: factory),
            duration: Timer(label: "gen_ai.server.request.duration", dimensions: dimensions, factory: factory),
            timeToHead: Timer(
                label: "gen_ai.server.time_to_first_token", dimensions: dimensions, factory: factory))
        calls[key] = made
        return made
    }

    private func metrics(model: String) -> ModelMetrics {
        if let known = models[model] { return known }
        func recorder(_ type: String) -> Recorder {
            Recorder(
                label: "gen_ai.client.token.usage",
                dimensions: [
                    ("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "anthropic"),
                    ("gen_ai.response.model", model), ("gen_ai.token.type", type),
                ], factory: factory)
        }
        let made = ModelMetrics(input: recorder("input"), output: recorder("output"))
        models[model] = made
        return made
    }
}

extension UsageEvent.Charge {
    fileprivate var isPriced: Bool {
        switch self {
        case .priced: true
        case .unpriced: false
        }
    }
}

extension MessageUsage {
    /// Tokens that are billed: of all sampling passes when they are stated, else the totals.
    fileprivate var billedTokens: (input: Int64, output: Int64) {
        guard !iterations.isEmpty else { return (promptTokens, outputTokens) }
        return iterations.reduce(into: (0, 0)) { sum, pass in
            sum.0 += pass.inputTokens + pass.cacheCreationInputTokens + pass.cacheReadInputTokens
            sum.1 += pass.outputTokens
        }
    }
}
