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

    private let logger: Logger
    private let openCalls: Meter
    private var open = 0
    private var calls: [CallKey: CallMetrics] = [:]
    private var models: [String: ModelMetrics] = [:]

    init(logger: Logger, loop: Int) {
        self.logger = logger
        openCalls = Meter(label: "flowmeter.gateway.open_calls", dimensions: [("loop", "\(loop)")])
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
        log(report)
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
                "outcome": "\(report.problem ?? report.quality?.rawValue ?? "passed on")",
                "request_id": "\(report.requestID ?? "")", "customer": "\(report.principal.customer)",
                "key": "\(report.principal.key)", "ms": "\(report.duration.nanoseconds / 1_000_000)",
            ])
    }

    private func metrics(_ key: CallKey) -> CallMetrics {
        if let known = calls[key] { return known }
        let dimensions = [("http.route", key.route.name), ("http.response.status_code", "\(key.status)")]
        let made = CallMetrics(
            requests: Counter(label: "flowmeter.gateway.requests", dimensions: dimensions),
            duration: Timer(label: "gen_ai.server.request.duration", dimensions: dimensions),
            timeToHead: Timer(label: "gen_ai.server.time_to_first_token", dimensions: dimensions))
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
                ])
        }
        let made = ModelMetrics(input: recorder("input"), output: recorder("output"))
        models[model] = made
        return made
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
