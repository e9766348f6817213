internal import Bolt
internal import NIOCore

/// A value of a query's answer, ready to be shown.
///
/// Numbers, texts, lists and maps stay what they are; times, points and the like become text in the form of ISO 8601 or of
/// Cypher.
indirect enum GraphValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case float(Double)
    case text(String)
    /// An amount of US dollars, exact.
    case money(String)
    case list([GraphValue])
    case map([Pair])
    case node(labels: [String], properties: [Pair], elementID: String)
    case relationship(type: String, properties: [Pair], elementID: String)
    /// Nodes, and the relationships between them with whether each was walked against its direction.
    case path(nodes: [GraphValue], steps: [Step])

    /// A key with its value.
    struct Pair: Sendable, Hashable {
        var key: String
        var value: GraphValue
    }

    /// A relationship of a path.
    struct Step: Sendable, Hashable {
        var relationship: GraphValue
        var isReversed: Bool
    }
}

extension GraphValue {
    /// Takes a value of the protocol, whatever it is.
    ///
    /// - Throws: What the driver throws when the bytes of a structure are not what its tag says.
    init(_ value: BoltValue) throws(BoltError) {
        switch value.content {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .integer(let integer): self = .integer(integer)
        case .float(let double): self = .float(double)
        case .string(let text): self = .text(text)
        case .bytes(let bytes): self = .text("0x" + bytes.readableBytesView.map(Self.hexadecimal).joined())
        case .uuid(let uuid): self = .text(uuid.description)
        case .list(let list): self = .list(try Self.values(list))
        case .map(let map): self = .map(try Self.pairs(map))
        case .structure(let structure): self = try Self.structure(value, tag: structure.tag)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }

    static func values(_ list: some Sequence<BoltValue>) throws(BoltError) -> [GraphValue] {
        var values: [GraphValue] = []
        for value in list { values.append(try GraphValue(value)) }
        return values
    }

    /// The pairs of a map, by key: servers send them in no order.
    static func pairs(_ map: BoltMap) throws(BoltError) -> [Pair] {
        var pairs: [Pair] = []
        for (key, value) in map.dictionary.sorted(by: { $0.key < $1.key }) {
            pairs.append(Pair(key: key, value: try GraphValue(value)))
        }
        return pairs
    }

    /// Tags as in the table of structures of the Bolt protocol.
    private static func structure(_ value: BoltValue, tag: UInt8) throws(BoltError) -> GraphValue {
        switch Character(Unicode.Scalar(tag)) {
        case "N": try node(BoltNode(bolt: value))
        case "R", "r": try relationship(BoltRelationship(bolt: value))
        case "P": try path(BoltPath(bolt: value))
        case "D": .text(TemporalText.date(try BoltDate(bolt: value)))
        case "t": .text(TemporalText.time(try BoltLocalTime(bolt: value).nanosecondsSinceMidnight))
        case "T": .text(TemporalText.time(try BoltTime(bolt: value)))
        case "d": .text(TemporalText.dateTime(try BoltLocalDateTime(bolt: value)))
        case "I", "i", "F", "f": .text(TemporalText.dateTime(try BoltDateTime(bolt: value)))
        case "E": .text(TemporalText.duration(try BoltDuration(bolt: value)))
        case "X", "Y": point(try BoltPoint(bolt: value))
        case "V": vector(try BoltVector(bolt: value))
        case "?": unsupported(try BoltUnsupportedType(bolt: value))
        // A type of a later version: shown as it came.
        default: .text(value.description)
        }
    }

    private static func node(_ node: BoltNode) throws(BoltError) -> GraphValue {
        .node(labels: node.labels, properties: try pairs(node.properties), elementID: node.elementID)
    }

    private static func relationship(_ relationship: BoltRelationship) throws(BoltError) -> GraphValue {
        .relationship(
            type: relationship.type, properties: try pairs(relationship.properties), elementID: relationship.elementID)
    }

    private static func path(_ path: BoltPath) throws(BoltError) -> GraphValue {
        var nodes: [GraphValue] = []
        for item in path.nodes { nodes.append(try node(item)) }
        var steps: [Step] = []
        for (index, item) in path.relationships.enumerated() {
            let isReversed = item.startElementID.map { $0 != path.nodes[index].elementID } ?? false
            steps.append(Step(relationship: try relationship(item), isReversed: isReversed))
        }
        return .path(nodes: nodes, steps: steps)
    }

    private static func unsupported(_ type: BoltUnsupportedType) -> GraphValue {
        .text("<\(type.name): not supported>")
    }

    private static func point(_ point: BoltPoint) -> GraphValue {
        var pairs = [
            Pair(key: "srid", value: .integer(Int64(point.system.id))), Pair(key: "x", value: .float(point.x)),
            Pair(key: "y", value: .float(point.y)),
        ]
        if let z = point.z { pairs.append(Pair(key: "z", value: .float(z))) }
        return .map(pairs)
    }

    private static func vector(_ vector: BoltVector) -> GraphValue {
        switch vector.elements {
        case .int8(let numbers): .list(numbers.map { .integer(Int64($0)) })
        case .int16(let numbers): .list(numbers.map { .integer(Int64($0)) })
        case .int32(let numbers): .list(numbers.map { .integer(Int64($0)) })
        case .int64(let numbers): .list(numbers.map { .integer($0) })
        case .float32(let numbers): .list(numbers.map { .float(Double($0)) })
        case .float64(let numbers): .list(numbers.map { .float($0) })
        }
    }
}
