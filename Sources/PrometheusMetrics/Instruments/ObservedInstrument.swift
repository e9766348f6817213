/// A value that is read at every scrape.
final class ObservedInstrument: Instrument {
    private let read: @Sendable () -> Int64?

    init(_ read: @escaping @Sendable () -> Int64?) { self.read = read }

    /// Nobody but the one who reads can make one.
    convenience init?(_ definition: MetricDefinition) { return nil }

    func write(_ labels: MetricLabels, of family: PrometheusRegistry.Family, to text: inout PrometheusText) {
        guard let value = read() else { return }
        text.write(family.name, labels.braced(), Int128(value), family.definition.unit)
    }
}
