import CoreMetrics
import Synchronization

/// A sum that only grows, and stops at the largest number rather than begin anew.
final class CounterInstrument: Instrument, CounterHandler {
    private let value = Mutex<Int64>(0)

    init() {}

    convenience init?(_ definition: MetricDefinition) {
        guard definition.kind == .counter else { return nil }
        self.init()
    }

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        value.withLock { value in
            let (sum, overflows) = value.addingReportingOverflow(amount)
            value = overflows ? .max : sum
        }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ labels: MetricLabels, of family: PrometheusRegistry.Family, to text: inout PrometheusText) {
        text.write(family.name, labels.braced(), Int128(value.withLock { $0 }), family.definition.unit)
    }
}
