public import NIOCore

/// A type that a value of the database can be decoded as.
///
/// Structs that are `Decodable` need no conformance: see ``BoltRecord/decode(as:)``.
public protocol BoltDecodable {
    /// Decodes a value.
    ///
    /// Throws ``BoltError/Code/decoding`` when the value is of another type.
    init(bolt value: BoltValue) throws(BoltError)
}

extension BoltError {
    /// The error for a value of the wrong type.
    static func mismatch(_ value: BoltValue, wanted: String) -> BoltError {
        BoltError(.decoding, "expected \(wanted), found \(value.typeName)")
    }
}

extension BoltValue: BoltDecodable {
    /// The value itself.
    public init(bolt value: BoltValue) throws(BoltError) { self = value }
}

extension Bool: BoltDecodable {
    /// Decodes a truth value.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard case .bool(let bool) = value.content else { throw .mismatch(value, wanted: "a truth value") }
        self = bool
    }
}

extension FixedWidthInteger {
    /// Decodes a whole number.
    ///
    /// Throws ``BoltError/Code/decoding`` when the type cannot hold it.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let integer = value.integer else { throw .mismatch(value, wanted: "a whole number") }
        guard let exact = Self(exactly: integer) else {
            throw BoltError(.decoding, "\(integer) does not fit into \(Self.self)")
        }
        self = exact
    }
}

extension Int: BoltDecodable {}
extension Int8: BoltDecodable {}
extension Int16: BoltDecodable {}
extension Int32: BoltDecodable {}
extension Int64: BoltDecodable {}
extension UInt: BoltDecodable {}
extension UInt8: BoltDecodable {}
extension UInt16: BoltDecodable {}
extension UInt32: BoltDecodable {}
extension UInt64: BoltDecodable {}

extension Double: BoltDecodable {
    /// Decodes a floating-point number; a whole number is taken when it can be represented exactly.
    public init(bolt value: BoltValue) throws(BoltError) {
        switch value.content {
        case .float(let double): self = double
        case .integer(let integer):
            guard let exact = Double(exactly: integer) else {
                throw BoltError(.decoding, "\(integer) has no exact floating-point value")
            }
            self = exact
        default: throw .mismatch(value, wanted: "a floating-point number")
        }
    }
}

extension Float: BoltDecodable {
    /// Decodes a floating-point number, rounded to 32 bits.
    public init(bolt value: BoltValue) throws(BoltError) { self = Float(try Double(bolt: value)) }
}

extension String: BoltDecodable {
    /// Decodes a string.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let string = value.string else { throw .mismatch(value, wanted: "a string") }
        self = string
    }
}

extension ByteBuffer: BoltDecodable {
    /// Decodes bytes.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard case .bytes(let bytes) = value.content else { throw .mismatch(value, wanted: "bytes") }
        self = bytes
    }
}

extension Optional: BoltDecodable where Wrapped: BoltDecodable {
    /// Decodes a value, or `nil` from null.
    public init(bolt value: BoltValue) throws(BoltError) {
        self = value.isNull ? .none : .some(try Wrapped(bolt: value))
    }
}

extension Array: BoltDecodable where Element: BoltDecodable {
    /// Decodes a list.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let list = value.list else { throw .mismatch(value, wanted: "a list") }
        var elements: [Element] = []
        elements.reserveCapacity(list.count)
        for item in list { elements.append(try Element(bolt: item)) }
        self = elements
    }
}

extension Dictionary: BoltDecodable where Key == String, Value: BoltDecodable {
    /// Decodes a map.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let map = value.map else { throw .mismatch(value, wanted: "a map") }
        self.init(minimumCapacity: map.count)
        for (key, item) in map { self[key] = try Value(bolt: item) }
    }
}

extension BoltList: BoltDecodable {
    /// Decodes a list.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let list = value.list else { throw .mismatch(value, wanted: "a list") }
        self = list
    }
}

extension BoltMap: BoltDecodable {
    /// Decodes a map.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let map = value.map else { throw .mismatch(value, wanted: "a map") }
        self = map
    }
}

extension BoltStructure: BoltDecodable {
    /// Decodes any structure.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard let structure = value.structure else { throw .mismatch(value, wanted: "a structure") }
        self = structure
    }

    /// Takes a value apart that must be a structure with one of `tags` and at least `count` fields.
    static func expect(_ value: BoltValue, tags: [UInt8], count: Int, name: String) throws(BoltError) -> BoltStructure {
        guard let structure = value.structure, tags.contains(structure.tag) else {
            throw .mismatch(value, wanted: name)
        }
        guard structure.fields.count >= count else {
            throw BoltError(.decoding, "\(name) has \(structure.fields.count) fields instead of \(count)")
        }
        return structure
    }

    /// Decodes a field; `expect` has checked that it is there.
    func field<T: BoltDecodable>(_ index: Int, as type: T.Type = T.self) throws(BoltError) -> T {
        guard let field = fields[index] else { throw BoltError(.decoding, "\(name) lacks field \(index)") }
        return try T(bolt: field)
    }
}
