internal import NIOCore

/// A vector of numbers of one type (Bolt 6.0), packed tightly: for embeddings.
public struct BoltVector: Sendable, Hashable, BoltCodable {
    static let tag = UInt8(ascii: "V")

    /// The numbers, by their type.
    public enum Elements: Sendable, Hashable {
        /// Whole numbers of 8 bits.
        case int8([Int8])
        /// Whole numbers of 16 bits.
        case int16([Int16])
        /// Whole numbers of 32 bits.
        case int32([Int32])
        /// Whole numbers of 64 bits.
        case int64([Int64])
        /// Floating-point numbers of 32 bits.
        case float32([Float])
        /// Floating-point numbers of 64 bits.
        case float64([Double])
    }

    /// The numbers.
    public var elements: Elements

    /// Creates a vector.
    public init(_ elements: Elements) { self.elements = elements }

    /// Creates a vector of 32-bit floating-point numbers, the common form of embeddings.
    public init(_ elements: [Float]) { self.elements = .float32(elements) }

    /// How many numbers there are.
    public var count: Int {
        switch elements {
        case .int8(let numbers): numbers.count
        case .int16(let numbers): numbers.count
        case .int32(let numbers): numbers.count
        case .int64(let numbers): numbers.count
        case .float32(let numbers): numbers.count
        case .float64(let numbers): numbers.count
        }
    }

    /// Decodes a vector.
    public init(bolt value: BoltValue) throws(BoltError) {
        let vector = try BoltStructure.expect(value, tags: [Self.tag], count: 2, name: "a vector")
        var marker: ByteBuffer = try vector.field(0)
        let data: ByteBuffer = try vector.field(1)
        switch marker.readInteger(as: UInt8.self) {
        case 0xC8: elements = .int8(try Self.numbers(in: data, UInt8.self) { Int8(bitPattern: $0) })
        case 0xC9: elements = .int16(try Self.numbers(in: data, UInt16.self) { Int16(bitPattern: $0) })
        case 0xCA: elements = .int32(try Self.numbers(in: data, UInt32.self) { Int32(bitPattern: $0) })
        case 0xCB: elements = .int64(try Self.numbers(in: data, UInt64.self) { Int64(bitPattern: $0) })
        case 0xC6: elements = .float32(try Self.numbers(in: data, UInt32.self) { Float(bitPattern: $0) })
        case 0xC1: elements = .float64(try Self.numbers(in: data, UInt64.self) { Double(bitPattern: $0) })
        default: throw BoltError(.decoding, "a vector has numbers of an unknown type")
        }
    }

    /// Writes the vector.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` when the server speaks less than Bolt 6.0.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        guard writer.dialect.version >= .v60 else {
            throw BoltError(.unsupportedValue, "vectors need Bolt 6.0; the server speaks \(writer.dialect.version)")
        }
        writer.writeStructureHeader(tag: Self.tag, count: 2)
        switch elements {
        case .int8(let numbers): try Self.write(0xC8, numbers, to: &writer) { UInt8(bitPattern: $0) }
        case .int16(let numbers): try Self.write(0xC9, numbers, to: &writer) { UInt16(bitPattern: $0) }
        case .int32(let numbers): try Self.write(0xCA, numbers, to: &writer) { UInt32(bitPattern: $0) }
        case .int64(let numbers): try Self.write(0xCB, numbers, to: &writer) { UInt64(bitPattern: $0) }
        case .float32(let numbers): try Self.write(0xC6, numbers, to: &writer) { $0.bitPattern }
        case .float64(let numbers): try Self.write(0xC1, numbers, to: &writer) { $0.bitPattern }
        }
    }

    private static func numbers<Bits: FixedWidthInteger, Number>(
        in data: ByteBuffer, _ bits: Bits.Type, _ number: (Bits) -> Number
    ) throws(BoltError) -> [Number] {
        var data = data
        let width = MemoryLayout<Bits>.size
        guard data.readableBytes.isMultiple(of: width) else {
            throw BoltError(.decoding, "a vector ends within a number")
        }
        var numbers: [Number] = []
        numbers.reserveCapacity(data.readableBytes / width)
        while let bits = data.readInteger(as: Bits.self) { numbers.append(number(bits)) }
        return numbers
    }

    private static func write<Bits: FixedWidthInteger, Number>(
        _ marker: UInt8, _ numbers: [Number], to writer: inout PackStreamWriter, _ bits: (Number) -> Bits
    ) throws(BoltError) {
        try writer.write(bytes: ByteBuffer(integer: marker))
        var data = ByteBuffer()
        data.reserveCapacity(numbers.count * MemoryLayout<Bits>.size)
        for number in numbers { data.writeInteger(bits(number)) }
        try writer.write(bytes: data)
    }
}
