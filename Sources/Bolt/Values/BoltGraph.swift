/// A node of the graph.
public struct BoltNode: Sendable, Hashable, BoltDecodable {
    static let tag = UInt8(ascii: "N")
    /// The number that servers before 5.0 identify nodes by.
    public let id: Int64
    /// The identity within the server: opaque, and not stable on every server.
    ///
    /// Before Bolt 5.0 it is ``id`` as text.
    public let elementID: String
    /// The labels.
    public let labels: [String]
    /// The properties.
    public let properties: BoltMap

    /// Decodes a node.
    public init(bolt value: BoltValue) throws(BoltError) {
        let node = try BoltStructure.expect(value, tags: [Self.tag], count: 3, name: "a node")
        id = try node.field(0)
        labels = try node.field(1)
        properties = try node.field(2)
        elementID = node.fields.count > 3 ? try node.field(3) : String(id)
    }

    /// The value of a property.
    public subscript(property: String) -> BoltValue? { properties[property] }
}

/// A relationship of the graph; in a path its nodes are those beside it.
public struct BoltRelationship: Sendable, Hashable, BoltDecodable {
    static let tag = UInt8(ascii: "R")
    static let unboundTag = UInt8(ascii: "r")
    /// The number that servers before 5.0 identify relationships by.
    public let id: Int64
    /// The identity within the server; opaque, and not stable on every server.
    public let elementID: String
    /// The type.
    public let type: String
    /// The properties.
    public let properties: BoltMap
    /// The number of the node it starts at; `nil` when it came without its nodes.
    public let startID: Int64?
    /// The number of the node it ends at; `nil` when it came without its nodes.
    public let endID: Int64?
    /// The identity of the node it starts at; `nil` when it came without its nodes.
    public let startElementID: String?
    /// The identity of the node it ends at; `nil` when it came without its nodes.
    public let endElementID: String?

    /// Decodes a relationship, with or without its nodes.
    public init(bolt value: BoltValue) throws(BoltError) {
        let relationship = try BoltStructure.expect(
            value, tags: [Self.tag, Self.unboundTag], count: 3, name: "a relationship")
        id = try relationship.field(0)
        guard relationship.tag == Self.tag else {
            type = try relationship.field(1)
            properties = try relationship.field(2)
            elementID = relationship.fields.count > 3 ? try relationship.field(3) : String(id)
            (startID, endID, startElementID, endElementID) = (nil, nil, nil, nil)
            return
        }
        let (start, end): (Int64, Int64) = (try relationship.field(1), try relationship.field(2))
        (startID, endID) = (start, end)
        type = try relationship.field(3)
        properties = try relationship.field(4)
        let hasIdentities = relationship.fields.count > 7
        elementID = hasIdentities ? try relationship.field(5) : String(id)
        startElementID = hasIdentities ? try relationship.field(6) : String(start)
        endElementID = hasIdentities ? try relationship.field(7) : String(end)
    }

    /// Gives a relationship of a path its nodes.
    init(_ unbound: BoltRelationship, from start: BoltNode, to end: BoltNode) {
        id = unbound.id
        elementID = unbound.elementID
        type = unbound.type
        properties = unbound.properties
        (startID, endID) = (start.id, end.id)
        (startElementID, endElementID) = (start.elementID, end.elementID)
    }

    /// The value of a property.
    public subscript(property: String) -> BoltValue? { properties[property] }
}

/// A path: nodes with the relationships between them.
public struct BoltPath: Sendable, Hashable, BoltDecodable {
    static let tag = UInt8(ascii: "P")
    /// The nodes in the order of the path; one more than there are relationships.
    public let nodes: [BoltNode]
    /// The relationships in the order of the path, each with the direction it is stored in.
    public let relationships: [BoltRelationship]

    /// Decodes a path.
    public init(bolt value: BoltValue) throws(BoltError) {
        let path = try BoltStructure.expect(value, tags: [Self.tag], count: 3, name: "a path")
        let distinctNodes: [BoltNode] = try path.field(0)
        let distinctRelationships: [BoltRelationship] = try path.field(1)
        let indices: [Int] = try path.field(2)
        guard var current = distinctNodes.first, indices.count.isMultiple(of: 2) else {
            throw BoltError(.decoding, "a path has no start or half a step")
        }
        var nodes = [current]
        var relationships: [BoltRelationship] = []
        for step in stride(from: 0, to: indices.count, by: 2) {
            let (relationship, node) = (indices[step], indices[step + 1])
            guard relationship != 0, relationship.magnitude <= distinctRelationships.count,
                distinctNodes.indices.contains(node)
            else { throw BoltError(.decoding, "a path names a node or relationship that it lacks") }
            let next = distinctNodes[node]
            let unbound = distinctRelationships[Int(relationship.magnitude) - 1]
            // A negative index: the path goes against the relationship's direction.
            let (start, end) = relationship > 0 ? (current, next) : (next, current)
            relationships.append(BoltRelationship(unbound, from: start, to: end))
            nodes.append(next)
            current = next
        }
        self.nodes = nodes
        self.relationships = relationships
    }

    /// The first node.
    public var start: BoltNode { nodes[0] }
    /// The last node.
    public var end: BoltNode { nodes[nodes.count - 1] }
}
