public import NIOCore

/// A type that can be sent as a query's parameter.
///
/// Conform your own types for the fastest path; types that are `Encodable` need no conformance, see
/// ``BoltValue/init(encoding:)``.
///
/// ```swift
/// struct Message: BoltEncodable {
///     var id: String
///     var tokens: Int
///
///     func encode(to writer: inout PackStreamWriter) throws(BoltError) {
///         try writer.writeMapHeader(count: 2)
///         try writer.write(key: "id", id)
///         try writer.write(key: "tokens", tokens)
///     }
/// }
/// ```
public protocol BoltEncodable: Sendable {
    /// Writes exactly one value.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` when the value cannot be said in the writer's dialect.
    func encode(to writer: inout PackStreamWriter) throws(BoltError)
}

extension BoltValue: BoltEncodable {
    /// Writes the value; dates are rewritten for a server that counts them by the wall clock.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.write(encoded: self)
    }
}

extension Bool: BoltEncodable {
    /// Writes a truth value.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { writer.write(self) }
}

extension BinaryInteger where Self: Sendable {
    /// Writes a whole number.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` when it does not fit into 64 bits with a sign.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        guard let value = Int64(exactly: self) else { throw BoltError.integerTooLarge(description) }
        writer.write(value)
    }
}

extension BoltError {
    @usableFromInline
    static func integerTooLarge(_ text: String) -> BoltError {
        BoltError(.unsupportedValue, "\(text) does not fit into a 64-bit integer; send it as a string")
    }
}

extension Int: BoltEncodable {}
extension Int8: BoltEncodable {}
extension Int16: BoltEncodable {}
extension Int32: BoltEncodable {}
extension Int64: BoltEncodable {}
extension UInt: BoltEncodable {}
extension UInt8: BoltEncodable {}
extension UInt16: BoltEncodable {}
extension UInt32: BoltEncodable {}
extension UInt64: BoltEncodable {}

extension Double: BoltEncodable {
    /// Writes a floating-point number.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { writer.write(self) }
}

extension Float: BoltEncodable {
    /// Writes a floating-point number of 64 bits.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { writer.write(Double(self)) }
}

extension String: BoltEncodable {
    /// Writes a string.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { try writer.write(self) }
}

extension Substring: BoltEncodable {
    /// Writes a string.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { try writer.write(String(self)) }
}

extension ByteBuffer: BoltEncodable {
    /// Writes the readable bytes as a byte string.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { try writer.write(bytes: self) }
}

extension Optional: BoltEncodable where Wrapped: BoltEncodable {
    /// Writes the value, or null.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        switch self {
        case .some(let value): try value.encode(to: &writer)
        case .none: writer.writeNull()
        }
    }
}

extension Array: BoltEncodable where Element: BoltEncodable {
    /// Writes a list.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: count)
        for element in self { try element.encode(to: &writer) }
    }
}

extension Set: BoltEncodable where Element: BoltEncodable {
    /// Writes a list, in no order.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: count)
        for element in self { try element.encode(to: &writer) }
    }
}

extension Dictionary: BoltEncodable where Key == String, Value: BoltEncodable {
    /// Writes a map.
    @inlinable
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeMapHeader(count: count)
        for (key, value) in self { try writer.write(key: key, value) }
    }
}

extension BoltList: BoltEncodable {
    /// Writes a list.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: count)
        for item in self { try item.encode(to: &writer) }
    }
}

extension BoltMap: BoltEncodable {
    /// Writes a map.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeMapHeader(count: count)
        for (key, value) in self {
            try writer.write(key)
            try value.encode(to: &writer)
        }
    }
}

extension BoltStructure: BoltEncodable {
    /// Writes the structure as it is.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: tag, count: fields.count)
        for field in fields { try field.encode(to: &writer) }
    }
}

extension PackStreamWriter {
    /// Copies a value's bytes, when the dialect can say all that is in it; else rewrites or refuses it.
    mutating func write(encoded value: BoltValue) throws(BoltError) {
        var features: PackStream.Features = []
        _ = try value.storage.withPackStream { (bytes) throws(BoltError) in
            try PackStream.validate(bytes, at: 0, version: 2, depth: 0, features: &features)
        }
        if features.contains(.uuid), dialect.version < .v61 {
            throw BoltError(.unsupportedValue, "UUID values need Bolt 6.1; the server speaks \(dialect.version)")
        }
        if features.contains(.vector), dialect.version < .v60 {
            throw BoltError(.unsupportedValue, "vectors need Bolt 6.0; the server speaks \(dialect.version)")
        }
        guard features.contains(dialect.usesUTC ? .legacyDateTime : .utcDateTime) else {
            buffer.writeImmutableBuffer(value.storage)
            return
        }
        try rewriteDates(in: value)
    }

    private mutating func rewriteDates(in value: BoltValue) throws(BoltError) {
        switch value.content {
        case .list(let list):
            try writeListHeader(count: list.count)
            for item in list { try rewriteDates(in: item) }
        case .map(let map):
            try writeMapHeader(count: map.count)
            for (key, item) in map {
                try write(key)
                try rewriteDates(in: item)
            }
        case .structure(let structure) where BoltDateTime.tags.contains(structure.tag):
            try BoltDateTime(bolt: value).encode(to: &self)
        case .structure(let structure):
            writeStructureHeader(tag: structure.tag, count: structure.fields.count)
            for field in structure.fields { try rewriteDates(in: field) }
        default: buffer.writeImmutableBuffer(value.storage)
        }
    }
}

extension BoltValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Creates the null value.
    public init(nilLiteral: ()) { self = .null }

    /// Creates a truth value.
    public init(booleanLiteral value: Bool) { self.init { $0.write(value) } }

    /// Creates a whole number.
    public init(integerLiteral value: Int64) { self.init { $0.write(value) } }

    /// Creates a floating-point number.
    public init(floatLiteral value: Double) { self.init { $0.write(value) } }

    /// Creates a string.
    public init(stringLiteral value: String) { self.init { writer throws(BoltError) in try writer.write(value) } }

    /// Creates a list.
    public init(arrayLiteral elements: BoltValue...) {
        self.init { writer throws(BoltError) in try elements.encode(to: &writer) }
    }

    /// Creates a map.
    public init(dictionaryLiteral elements: (String, BoltValue)...) {
        self.init { writer throws(BoltError) in
            try writer.writeMapHeader(count: elements.count)
            for (key, value) in elements { try writer.write(key: key, value) }
        }
    }

    private init(literal write: (inout PackStreamWriter) throws(BoltError) -> Void) {
        var writer = PackStreamWriter(dialect: .newest)
        do throws(BoltError) {
            try write(&writer)
            self.init(validated: writer.buffer)
        } catch {
            // Only a literal of over two gigabytes gets here.
            self = .null
        }
    }
}
