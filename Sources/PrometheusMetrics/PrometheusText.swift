/// Prometheus's text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
struct PrometheusText {
    private(set) var text = ""

    /// Writes a family with all its series, in the order of their labels.
    mutating func write(_ family: PrometheusRegistry.Family) {
        let kind =
            switch family.definition.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        if !family.definition.help.isEmpty {
            let help = family.definition.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            text += "# HELP \(family.name) \(help)\n"
        }
        text += "# TYPE \(family.name) \(kind)\n"
        for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
            instrument.write(labels, of: family, to: &self)
        }
    }

    /// Writes one line.
    mutating func write(_ name: String, _ labels: String, _ value: Int128, _ unit: MetricDefinition.Unit) {
        text += "\(name)\(labels) \(Self.number(value, unit))\n"
    }

    /// A value as Prometheus gets it: nanoseconds as seconds, exactly.
    static func number(_ value: Int128, _ unit: MetricDefinition.Unit) -> String {
        guard unit == .nanoseconds else { return "\(value)" }
        let (seconds, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var text = (value < 0 ? "-" : "") + "\(seconds)"
        guard rest > 0 else { return text }
        let digits = "\(rest)"
        text += "." + String(repeating: "0", count: 9 - digits.count) + digits
        while text.hasSuffix("0") { text.removeLast() }
        return text
    }
}
