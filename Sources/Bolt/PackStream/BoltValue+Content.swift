public import NIOCore

/// What a value is, one level deep.
public enum BoltContent: Sendable, Hashable {
    /// No value.
    case null
    /// A truth value.
    case bool(Bool)
    /// A whole number of 64 bits.
    case integer(Int64)
    /// A floating-point number.
    case float(Double)
    /// Text.
    case string(String)
    /// Bytes.
    case bytes(ByteBuffer)
    /// A list.
    case list(BoltList)
    /// A map from strings to values.
    case map(BoltMap)
    /// A UUID (Bolt 6.1).
    case uuid(BoltUUID)
    /// A structure: a node, a date, a point and so on; decode the value as ``BoltNode``, ``BoltDate``, ``BoltPoint`` and so on.
    case structure(BoltStructure)
}

extension BoltValue {
    /// What the value is, one level deep.
    public var content: BoltContent {
        let storage = self.storage
        return storage.withUnsafeReadableBytes { bytes in
            // A value is valid by construction, so there always is a header.
            guard let header = PackStream.header(in: bytes, at: 0) else { return .null }
            switch header.kind {
            case .null: return .null
            case .bool: return .bool(bytes[0] == 0xC3)
            case .integer: return .integer(PackStream.integer(in: bytes, header))
            case .float: return .float(Double(bitPattern: PackStream.unsigned(in: bytes, at: 1, width: 8)))
            case .string: return .string(Self.string(in: bytes, header))
            case .bytes: return .bytes(storage.packStreamSlice(from: header.body, to: header.body + header.count))
            case .list:
                return .list(
                    BoltList(items: storage.packStreamSlice(from: header.body, to: bytes.count), count: header.count))
            case .map:
                return .map(
                    BoltMap(pairs: storage.packStreamSlice(from: header.body, to: bytes.count), count: header.count))
            case .uuid:
                return .uuid(
                    BoltUUID(
                        high: PackStream.unsigned(in: bytes, at: 1, width: 8),
                        low: PackStream.unsigned(in: bytes, at: 9, width: 8)))
            case .structure:
                let fields = BoltList(
                    items: storage.packStreamSlice(from: header.body + 1, to: bytes.count), count: header.count)
                return .structure(BoltStructure(tag: bytes[header.body], fields: fields))
            }
        }
    }

    /// The kind of the value, without decoding it.
    var kind: PackStream.Kind {
        storage.withUnsafeReadableBytes { PackStream.header(in: $0, at: 0)?.kind ?? .null }
    }

    @inline(__always)
    static func string(in bytes: UnsafeRawBufferPointer, _ header: PackStream.Header) -> String {
        String(
            decoding: UnsafeRawBufferPointer(rebasing: bytes[header.body..<(header.body + header.count)]), as: UTF8.self
        )
    }

    /// The whole number, when it is one.
    @inline(__always)
    var integer: Int64? {
        storage.withUnsafeReadableBytes { bytes in
            guard let header = PackStream.header(in: bytes, at: 0), header.kind == .integer else { return nil }
            return PackStream.integer(in: bytes, header)
        }
    }

    /// The text, when it is text.
    @inline(__always)
    var string: String? {
        storage.withUnsafeReadableBytes { bytes in
            guard let header = PackStream.header(in: bytes, at: 0), header.kind == .string else { return nil }
            return Self.string(in: bytes, header)
        }
    }

    /// The map, when it is one.
    var map: BoltMap? {
        guard case .map(let map) = content else { return nil }
        return map
    }

    /// The list, when it is one.
    var list: BoltList? {
        guard case .list(let list) = content else { return nil }
        return list
    }

    /// The structure, when it is one.
    var structure: BoltStructure? {
        guard case .structure(let structure) = content else { return nil }
        return structure
    }

    /// What the value is called in an error.
    var typeName: String {
        switch content {
        case .null: "null"
        case .bool: "a truth value"
        case .integer: "a whole number"
        case .float: "a floating-point number"
        case .string: "a string"
        case .bytes: "bytes"
        case .list: "a list"
        case .map: "a map"
        case .uuid: "a UUID"
        case .structure(let structure): structure.name
        }
    }
}

extension BoltValue: Hashable {
    /// Whether both values mean the same: widths of integers and the order of maps do not count.
    public static func == (lhs: BoltValue, rhs: BoltValue) -> Bool {
        lhs.storage == rhs.storage || lhs.content == rhs.content
    }

    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension BoltValue: CustomStringConvertible {
    /// The value in the manner of Cypher, with temporal and spatial values as their names.
    public var description: String {
        switch content {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .string(let value): "\"\(value)\""
        case .bytes(let value): "\(value.readableBytes) bytes"
        case .list(let list): "[" + list.map(\.description).joined(separator: ", ") + "]"
        case .map(let map): map.description
        case .uuid(let value): value.description
        case .structure(let structure): structure.description
        }
    }
}
