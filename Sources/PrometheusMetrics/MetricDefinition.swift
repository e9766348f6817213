/// What is known of a metric beside its values: its kind, its unit, and what it means.
public struct MetricDefinition: Sendable, Hashable {
    /// How values are put together.
    public enum Kind: Sendable, Hashable {
        /// A sum that only grows.
        case counter
        /// The last value.
        case gauge
        /// How many values there were up to each bound.
        ///
        /// The bounds are in the metric's unit, inclusive and ascending; one without a limit is always added.
        case histogram(bounds: [Int64])
    }

    /// What a value of 1 is.
    public enum Unit: Sendable, Hashable {
        /// A thing that is counted.
        case one
        /// 10⁻⁹ seconds, told as seconds.
        case nanoseconds
        /// A byte.
        case bytes
    }

    /// The label in swift-metrics' terms, such as `gen_ai.server.request.duration`.
    public var label: String
    /// How values are put together.
    public var kind: Kind
    /// What a value of 1 is.
    public var unit: Unit
    /// One sentence for people; empty for none.
    public var help: String

    /// Defines a metric.
    public init(_ label: String, kind: Kind, unit: Unit = .one, help: String = "") {
        self.label = label
        self.kind = kind
        self.unit = unit
        self.help = help
    }

    /// The metric's name in Prometheus.
    var name: String {
        var name = MetricName.metric(label)
        let ending: String? =
            switch unit {
            case .one: nil
            case .nanoseconds: "_seconds"
            case .bytes: "_bytes"
            }
        if let ending, !name.hasSuffix(ending) { name += ending }
        if kind == .counter, !name.hasSuffix("_total") { name += "_total" }
        return name
    }
}
