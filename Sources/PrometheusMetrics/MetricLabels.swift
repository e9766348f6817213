/// The labels of one series, in the form in which they stand between braces: sorted, and escaped.
struct MetricLabels: Sendable, Hashable, Comparable {
    /// `a="1",b="2"`; empty when there are none.
    let text: String

    /// When two names become the same, the last value counts.
    init(_ dimensions: [(String, String)]) {
        let values = Dictionary(dimensions.map { (MetricName.label($0), $1) }) { _, last in last }
        text = values.sorted { $0.key < $1.key }.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    }

    /// The labels in braces, with one more behind them.
    func braced(with extra: String? = nil) -> String {
        let parts = [text, extra ?? ""].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }

    static func < (one: MetricLabels, other: MetricLabels) -> Bool { one.text < other.text }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
