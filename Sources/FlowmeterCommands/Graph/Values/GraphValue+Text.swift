extension GraphValue {
    /// The value for a cell of a table: text without quotes, nothing for null, everything else as Cypher writes it.
    var cell: String {
        switch self {
        case .null: ""
        case .text(let text): text
        default: cypher
        }
    }

    /// The value in the manner of Cypher.
    private var cypher: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .integer(let integer): "\(integer)"
        case .float(let double): "\(double)"
        case .text(let text): Self.quoted(text)
        case .money(let amount): amount
        case .list(let values): "[" + values.map(\.cypher).joined(separator: ", ") + "]"
        case .map(let pairs): Self.braces(pairs)
        case .node(let labels, let properties, _):
            "(" + labels.map { ":" + $0 }.joined() + Self.spacedBraces(properties) + ")"
        case .relationship(let type, let properties, _): "[:" + type + Self.spacedBraces(properties) + "]"
        case .path(let nodes, let steps): Self.path(nodes, steps)
        }
    }

    private static func path(_ nodes: [GraphValue], _ steps: [Step]) -> String {
        var text = nodes.first?.cypher ?? ""
        for (step, node) in zip(steps, nodes.dropFirst()) {
            text += (step.isReversed ? "<-" : "-") + step.relationship.cypher + (step.isReversed ? "-" : "->")
            text += node.cypher
        }
        return text
    }

    private static func spacedBraces(_ pairs: [Pair]) -> String { pairs.isEmpty ? "" : " " + braces(pairs) }

    private static func braces(_ pairs: [Pair]) -> String {
        "{" + pairs.map { "\($0.key): \($0.value.cypher)" }.joined(separator: ", ") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text {
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "\""
    }
}
