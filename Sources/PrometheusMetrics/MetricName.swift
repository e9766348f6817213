/// Names as Prometheus takes them: letters, digits and underscores, beginning with a letter or an underscore.
///
/// Metrics may have colons, too. (prometheus.io/docs/concepts/data_model)
enum MetricName {
    static func metric(_ label: String) -> String { plain(label, allowsColon: true) }

    static func label(_ name: String) -> String { plain(name, allowsColon: false) }

    private static func plain(_ text: String, allowsColon: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case ":" where allowsColon: name.unicodeScalars.append(scalar)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(scalar)
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}
