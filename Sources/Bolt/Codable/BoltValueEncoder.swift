extension BoltValue {
    /// Encodes an `Encodable` type: keyed containers become maps, others lists.
    ///
    /// Types that conform to ``BoltEncodable`` are encoded faster without this. Throws
    /// ``BoltError/Code/unsupportedValue``.
    public init(encoding value: some Encodable) throws(BoltError) {
        do {
            self = try BoltValueEncoder.encode(value, at: []).value()
        } catch let error as BoltError { throw error } catch {
            throw BoltError(.unsupportedValue, "the type \(type(of: value)) cannot be encoded: \(error)")
        }
    }
}

/// Lets `Encodable` types write themselves as values.
struct BoltValueEncoder: Encoder {
    let node: Node
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// A value under construction: containers are filled after they were asked for, and their size stands in front.
    final class Node {
        enum Content {
            case empty
            case value(any BoltEncodable)
            case list([Node])
            case map([(String, Node)])
        }

        var content = Content.empty

        func value() throws(BoltError) -> BoltValue {
            var writer = PackStreamWriter(dialect: .newest)
            try write(to: &writer)
            return BoltValue(validated: writer.buffer)
        }

        private func write(to writer: inout PackStreamWriter) throws(BoltError) {
            switch content {
            case .empty: try writer.writeMapHeader(count: 0)
            case .value(let value): try value.encode(to: &writer)
            case .list(let nodes):
                try writer.writeListHeader(count: nodes.count)
                for node in nodes { try node.write(to: &writer) }
            case .map(let pairs):
                try writer.writeMapHeader(count: pairs.count)
                for (key, node) in pairs {
                    try writer.write(key)
                    try node.write(to: &writer)
                }
            }
        }

        func append() -> Node {
            let node = Node()
            guard case .list(var nodes) = content else {
                content = .list([node])
                return node
            }
            content = .empty
            nodes.append(node)
            content = .list(nodes)
            return node
        }

        func insert(_ key: String) -> Node {
            let node = Node()
            guard case .map(var pairs) = content else {
                content = .map([(key, node)])
                return node
            }
            content = .empty
            pairs.append((key, node))
            content = .map(pairs)
            return node
        }
    }

    static func encode(_ value: some Encodable, at path: [any CodingKey]) throws -> Node {
        let node = Node()
        try encode(value, into: node, at: path)
        return node
    }

    static func encode(_ value: some Encodable, into node: Node, at path: [any CodingKey]) throws {
        if let native = value as? any BoltEncodable {
            node.content = .value(native)
        } else {
            try value.encode(to: BoltValueEncoder(node: node, codingPath: path))
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedContainer<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .empty = node.content { node.content = .list([]) }
        return UnkeyedContainer(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleContainer(node: node, codingPath: codingPath)
    }
}

extension BoltValueEncoder {
    private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let node: Node
        let codingPath: [any CodingKey]

        mutating func encodeNil(forKey key: Key) throws {
            node.insert(key.stringValue).content = .value(BoltValue.null)
        }

        mutating func encode(_ value: some Encodable, forKey key: Key) throws {
            try BoltValueEncoder.encode(value, into: node.insert(key.stringValue), at: codingPath + [key])
        }

        private func encoder(_ key: any CodingKey) -> BoltValueEncoder {
            BoltValueEncoder(node: node.insert(key.stringValue), codingPath: codingPath + [key])
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> { encoder(key).container(keyedBy: type) }

        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            encoder(key).unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder {
            BoltValueEncoder(node: node.insert("super"), codingPath: codingPath)
        }

        mutating func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
    }

    private struct UnkeyedContainer: UnkeyedEncodingContainer {
        let node: Node
        let codingPath: [any CodingKey]
        var count: Int {
            guard case .list(let nodes) = node.content else { return 0 }
            return nodes.count
        }

        mutating func encodeNil() throws { node.append().content = .value(BoltValue.null) }

        mutating func encode(_ value: some Encodable) throws {
            let path = codingPath + [BoltValueDecoder.IndexKey(count)]
            try BoltValueEncoder.encode(value, into: node.append(), at: path)
        }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            BoltValueEncoder(node: node.append(), codingPath: codingPath).container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            BoltValueEncoder(node: node.append(), codingPath: codingPath).unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { BoltValueEncoder(node: node.append(), codingPath: codingPath) }
    }

    private struct SingleContainer: SingleValueEncodingContainer {
        let node: Node
        let codingPath: [any CodingKey]

        mutating func encodeNil() throws { node.content = .value(BoltValue.null) }

        mutating func encode(_ value: some Encodable) throws {
            try BoltValueEncoder.encode(value, into: node, at: codingPath)
        }
    }
}
