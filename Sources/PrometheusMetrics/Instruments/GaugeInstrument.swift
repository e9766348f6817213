import CoreMetrics
import Synchronization

/// The last value, as a whole number: the nearest one when it comes as a fraction.
final class GaugeInstrument: Instrument, RecorderHandler, MeterHandler {
    private let value = Mutex<Int64>(0)

    init() {}

    convenience init?(_ definition: MetricDefinition) {
        guard definition.kind == .gauge else { return nil }
        self.init()
    }

    func record(_ value: Int64) { self.value.withLock { $0 = value } }

    /// What is no number, or too large for one, changes nothing.
    func record(_ value: Double) {  // lint: swift-metrics' type
        if let whole = Int64(exactly: value.rounded()) { record(whole) }
    }

    func set(_ value: Int64) { record(value) }

    func set(_ value: Double) { record(value) }  // lint: swift-metrics' type

    func increment(by amount: Double) { add(amount) }  // lint: swift-metrics' type

    func decrement(by amount: Double) { add(-amount) }  // lint: swift-metrics' type

    private func add(_ amount: Double) {  // lint: swift-metrics' type
        guard let whole = Int64(exactly: amount.rounded()) else { return }
        value.withLock { value in
            let (sum, overflows) = value.addingReportingOverflow(whole)
            if !overflows { value = sum }
        }
    }

    func write(_ labels: MetricLabels, of family: PrometheusRegistry.Family, to text: inout PrometheusText) {
        text.write(family.name, labels.braced(), Int128(value.withLock { $0 }), family.definition.unit)
    }
}
