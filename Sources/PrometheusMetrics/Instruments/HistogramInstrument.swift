import CoreMetrics
import Synchronization

/// How many values there were up to each bound, and their sum.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    private struct State {
        /// How many values were at most a bound and more than the one before it; the last had no bound.
        var counts: [Int128]
        /// Wide enough for every sum that so many values can have.
        var sum: Int128 = 0
    }

    private let bounds: [Int64]
    private let state: Mutex<State>

    init(bounds: [Int64]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    convenience init?(_ definition: MetricDefinition) {
        guard case .histogram(let bounds) = definition.kind else { return nil }
        self.init(bounds: bounds)
    }

    func record(_ value: Int64) {
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += Int128(value)
        }
    }

    /// Takes the nearest whole number; what is no number, or too large for one, does not count.
    func record(_ value: Double) {  // lint: swift-metrics' type
        if let whole = Int64(exactly: value.rounded()) { record(whole) }
    }

    func recordNanoseconds(_ duration: Int64) { record(duration) }

    func write(_ labels: MetricLabels, of family: PrometheusRegistry.Family, to text: inout PrometheusText) {
        let state = state.withLock { $0 }
        let unit = family.definition.unit
        var count: Int128 = 0
        for (place, more) in state.counts.enumerated() {
            count += more
            let bound = place < bounds.count ? PrometheusText.number(Int128(bounds[place]), unit) : "+Inf"
            text.write(family.name + "_bucket", labels.braced(with: "le=\"\(bound)\""), count, .one)
        }
        text.write(family.name + "_sum", labels.braced(), state.sum, unit)
        text.write(family.name + "_count", labels.braced(), count, .one)
    }
}
