/// Lets `Decodable` types read from values: maps, and the properties of nodes and relationships, are keyed containers.
struct BoltValueDecoder: Decoder {
    let source: Source
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Where the values come from.
    enum Source {
        case value(BoltValue)
        case record(BoltRecord)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(KeyedContainer<Key>(values: try keyedValues(), codingPath: codingPath))
    }

    private func keyedValues() throws(BoltError) -> [String: BoltValue] {
        switch source {
        case .record(let record): return record.dictionary
        case .value(let value):
            if let map = value.map { return map.dictionary }
            switch value.structure?.tag {
            case BoltNode.tag: return try BoltNode(bolt: value).properties.dictionary
            case BoltRelationship.tag, BoltRelationship.unboundTag:
                return try BoltRelationship(bolt: value).properties.dictionary
            default: throw .mismatch(value, wanted: "a map, a node or a relationship")
            }
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch source {
        case .record(let record): return UnkeyedContainer(values: Array(record.values), codingPath: codingPath)
        case .value(let value):
            return UnkeyedContainer(values: Array(try BoltList(bolt: value)), codingPath: codingPath)
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        switch source {
        case .value(let value): return SingleContainer(value: value, codingPath: codingPath)
        case .record(let record):
            guard record.keys.count == 1, let value = record[0] else {
                throw BoltError(
                    .decoding, "a single value needs a record of one column; there are \(record.keys.count)")
            }
            return SingleContainer(value: value, codingPath: codingPath)
        }
    }

    /// Decodes a type, by its own conformance where it has one.
    static func decode<T: Decodable>(_ type: T.Type, from value: BoltValue, at path: [any CodingKey]) throws -> T {
        if let native = type as? any BoltDecodable.Type {
            do throws(BoltError) {
                if let decoded = try native.init(bolt: value) as? T { return decoded }
            } catch {
                throw BoltError(.decoding, place(path) + error.message)
            }
        }
        return try T(from: BoltValueDecoder(source: .value(value), codingPath: path))
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "" : path.map(\.stringValue).joined(separator: ".") + ": "
    }
}

extension BoltValueDecoder {
    /// A key that is the place in a list.
    struct IndexKey: CodingKey {
        let index: Int
        var intValue: Int? { index }
        var stringValue: String { "\(index)" }
        init(_ index: Int) { self.index = index }
        init?(intValue: Int) { index = intValue }
        init?(stringValue: String) { nil }
    }

    private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let values: [String: BoltValue]
        let codingPath: [any CodingKey]
        var allKeys: [Key] { values.keys.compactMap(Key.init(stringValue:)) }

        func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }

        private func value(_ key: any CodingKey) throws(BoltError) -> BoltValue {
            guard let value = values[key.stringValue] else {
                let path = (codingPath + [key]).map(\.stringValue).joined(separator: ".")
                throw BoltError(.decoding, "there is no value for \(path)")
            }
            return value
        }

        // A missing property is null: the graph does not store nulls.
        func decodeNil(forKey key: Key) throws -> Bool { values[key.stringValue]?.isNull ?? true }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try BoltValueDecoder.decode(type, from: try value(key), at: codingPath + [key])
        }

        private func decoder(_ key: any CodingKey) throws -> BoltValueDecoder {
            BoltValueDecoder(source: .value(try value(key)), codingPath: codingPath + [key])
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try decoder(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder {
            BoltValueDecoder(source: .value(values["super"] ?? .null), codingPath: codingPath)
        }

        func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
    }

    private struct UnkeyedContainer: UnkeyedDecodingContainer {
        let values: [BoltValue]
        let codingPath: [any CodingKey]
        var currentIndex = 0
        var count: Int? { values.count }
        var isAtEnd: Bool { currentIndex >= values.count }

        init(values: [BoltValue], codingPath: [any CodingKey]) {
            self.values = values
            self.codingPath = codingPath
        }

        private mutating func next() throws(BoltError) -> (BoltValue, [any CodingKey]) {
            guard currentIndex < values.count else {
                throw BoltError(.decoding, "the list has only \(values.count) items")
            }
            defer { currentIndex += 1 }
            return (values[currentIndex], codingPath + [IndexKey(currentIndex)])
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, values[currentIndex].isNull else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
            let (value, path) = try next()
            return try BoltValueDecoder.decode(type, from: value, at: path)
        }

        private mutating func decoder() throws -> BoltValueDecoder {
            let (value, path) = try next()
            return BoltValueDecoder(source: .value(value), codingPath: path)
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { try decoder().container(keyedBy: type) }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try decoder().unkeyedContainer()
        }

        mutating func superDecoder() throws -> any Decoder { try decoder() }
    }

    private struct SingleContainer: SingleValueDecodingContainer {
        let value: BoltValue
        let codingPath: [any CodingKey]

        func decodeNil() -> Bool { value.isNull }

        func decode<T: Decodable>(_ type: T.Type) throws -> T {
            // The type asked for itself: its own conformance, or nothing.
            guard let native = type as? any BoltDecodable.Type else {
                return try T(from: BoltValueDecoder(source: .value(value), codingPath: codingPath))
            }
            guard let decoded = try native.init(bolt: value) as? T else {
                throw BoltError.mismatch(value, wanted: "\(type)")
            }
            return decoded
        }
    }
}

extension BoltRecord {
    /// Decodes the record as a type whose properties are columns; a record of one column also as that column's value.
    ///
    /// With `RETURN p` for a node `p`, decode the column: `record.decodeColumn("p", as: Person.self)`. Throws
    /// ``BoltError/Code/decoding``.
    public func decode<T: Decodable>(as type: T.Type = T.self) throws(BoltError) -> T {
        try BoltError.decoding { try T(from: BoltValueDecoder(source: .record(self), codingPath: [])) }
    }

    /// Decodes one column as a `Decodable` type: a map, or the properties of a node or relationship.
    ///
    /// Throws ``BoltError/Code/decoding``.
    public func decodeColumn<T: Decodable>(_ column: String, as type: T.Type = T.self) throws(BoltError) -> T {
        guard let value = self[column] else { throw BoltError(.decoding, "there is no column \(column)") }
        return try value.decode(as: type)
    }
}

extension BoltValue {
    /// Decodes the value as a `Decodable` type: a map, or the properties of a node or relationship.
    ///
    /// Throws ``BoltError/Code/decoding``.
    public func decode<T: Decodable>(as type: T.Type = T.self) throws(BoltError) -> T {
        try BoltError.decoding { try BoltValueDecoder.decode(type, from: self, at: []) }
    }
}

extension BoltError {
    /// Runs code of the standard library's protocols, whose errors have no type.
    static func decoding<T>(_ body: () throws -> T) throws(BoltError) -> T {
        do { return try body() } catch let error as BoltError { throw error } catch {
            // The values that a DecodingError describes stay out of it.
            throw BoltError(.decoding, "the type \(T.self) refuses the value: \(Swift.type(of: error))")
        }
    }
}
