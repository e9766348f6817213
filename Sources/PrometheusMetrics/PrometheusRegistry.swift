public import CoreMetrics
import Synchronization

/// All metrics of a program, and what Prometheus is told of them.
///
/// Give it to whatever makes metrics as its factory. Instruments with the same label and dimensions share their values,
/// whoever made them, and stay until the program ends: a series that disappears would look like a restart. A label that
/// is used for two kinds of metric is told as the first of them.
public final class PrometheusRegistry: MetricsFactory {
    /// The content type of ``text()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    struct Family: Sendable {
        let name: String
        let definition: MetricDefinition
        var series: [MetricLabels: any Instrument] = [:]

        init(_ definition: MetricDefinition) {
            name = definition.name
            self.definition = definition
        }
    }

    private struct State {
        /// By their labels.
        var definitions: [String: MetricDefinition] = [:]
        /// By their names in Prometheus.
        var families: [String: Family] = [:]
    }

    private let state = Mutex(State())

    /// Creates a registry without values.
    ///
    /// - Parameter definitions: See ``define(_:)``.
    public init(_ definitions: [MetricDefinition] = []) { define(definitions) }

    /// Says what is known of metrics that will be made.
    ///
    /// Others get no help, and histograms the bounds 1, 10, 100 … 10⁹: for times, that is up to a second.
    public func define(_ definitions: [MetricDefinition]) {
        state.withLock { state in
            for definition in definitions { state.definitions[definition.label] = definition }
        }
    }

    /// Everything there is, in Prometheus's text format 0.0.4: families and series in the order of their names.
    public func text() -> String {
        let families = state.withLock { Array($0.families.values) }
        var text = PrometheusText()
        // Outside of the lock: what is observed may be anybody's code.
        for family in families.sorted(by: { $0.name < $1.name }) { text.write(family) }
        return text.text
    }

    /// Adds a series whose value is read at every scrape; `nil` leaves it out.
    public func observe(
        _ definition: MetricDefinition, dimensions: [(String, String)] = [], read: @escaping @Sendable () -> Int64?
    ) {
        state.withLock { state in
            state.families[definition.name, default: Family(definition)].series[MetricLabels(dimensions)] =
                ObservedInstrument(read)
        }
    }

    /// The instrument of a series; one that is told to nobody when the label belongs to another kind of metric.
    private func instrument<Made: Instrument>(
        _ standard: MetricDefinition, _ dimensions: [(String, String)], or unheard: @autoclosure () -> Made
    ) -> Made {
        let labels = MetricLabels(dimensions)
        let told: Made? = state.withLock { state in
            let definition = state.definitions[standard.label] ?? standard
            var family = state.families[definition.name] ?? Family(definition)
            if let known = family.series[labels] { return known as? Made }
            guard let made = Made(family.definition) else { return nil }
            family.series[labels] = made
            state.families[family.name] = family
            return made
        }
        return told ?? unheard()
    }
}

extension PrometheusRegistry {
    private static let standardBounds: [Int64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
    ]

    /// See `MetricsFactory`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(MetricDefinition(label, kind: .counter), dimensions, or: CounterInstrument())
    }

    /// See `MetricsFactory`.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else {
            return instrument(MetricDefinition(label, kind: .gauge), dimensions, or: GaugeInstrument())
        }
        return histogram(label, .one, dimensions)
    }

    /// See `MetricsFactory`.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(MetricDefinition(label, kind: .gauge), dimensions, or: GaugeInstrument())
    }

    /// See `MetricsFactory`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, .nanoseconds, dimensions)
    }

    private func histogram(
        _ label: String, _ unit: MetricDefinition.Unit, _ dimensions: [(String, String)]
    ) -> HistogramInstrument {
        let standard = MetricDefinition(label, kind: .histogram(bounds: Self.standardBounds), unit: unit)
        return instrument(standard, dimensions, or: HistogramInstrument(bounds: []))
    }

    /// Nothing: what was counted stays told.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Nothing: what was recorded stays told.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Nothing: what was recorded stays told.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Nothing: what was recorded stays told.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
