extension GraphValue: Encodable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    private struct Properties: Encodable {
        var pairs: [Pair]
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Name.self)
            for pair in pairs { try container.encode(pair.value, forKey: Name(pair.key)) }
        }
    }

    /// Writes the value as JSON has it: numbers that JSON does not know, money and times as text.
    func encode(to encoder: any Encoder) throws {
        switch self {
        case .list(let values):
            var container = encoder.unkeyedContainer()
            for value in values { try container.encode(value) }
        case .map(let pairs): try Properties(pairs: pairs).encode(to: encoder)
        case .node(let labels, let properties, let id):
            var container = encoder.container(keyedBy: Name.self)
            try container.encode(id, forKey: Name("element_id"))
            try container.encode(labels, forKey: Name("labels"))
            try container.encode(Properties(pairs: properties), forKey: Name("properties"))
        case .relationship(let type, let properties, let id):
            var container = encoder.container(keyedBy: Name.self)
            try container.encode(id, forKey: Name("element_id"))
            try container.encode(type, forKey: Name("type"))
            try container.encode(Properties(pairs: properties), forKey: Name("properties"))
        case .path(let nodes, let steps):
            var container = encoder.container(keyedBy: Name.self)
            try container.encode(nodes, forKey: Name("nodes"))
            try container.encode(steps.map(\.relationship), forKey: Name("relationships"))
        default: try encodeSingle(to: encoder)
        }
    }

    private func encodeSingle(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let bool): try container.encode(bool)
        case .integer(let integer): try container.encode(integer)
        case .float(let double) where double.isFinite: try container.encode(double)
        case .float(let double): try container.encode("\(double)")
        case .text(let text), .money(let text): try container.encode(text)
        default: try container.encodeNil()
        }
    }
}
