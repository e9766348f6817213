/// What keeps the values of one series.
protocol Instrument: AnyObject, Sendable {
    /// Makes an instrument without values, or `nil` when a metric of this kind has others.
    init?(_ definition: MetricDefinition)

    /// Writes the lines of the series.
    func write(_ labels: MetricLabels, of family: PrometheusRegistry.Family, to text: inout PrometheusText)
}
