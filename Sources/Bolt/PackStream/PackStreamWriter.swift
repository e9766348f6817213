public import NIOCore

/// Writes values as PackStream, for one connection's version of the protocol.
///
/// Types that conform to ``BoltEncodable`` write themselves with it. A container is a count and then that many values
/// (for a map: that many keys, each followed by its value).
public struct PackStreamWriter: Sendable {
    /// What the connection understands.
    public let dialect: BoltDialect
    @usableFromInline
    var buffer: ByteBuffer

    init(dialect: BoltDialect, buffer: ByteBuffer = ByteBuffer()) {
        self.dialect = dialect
        self.buffer = buffer
    }

    /// Writes null.
    public mutating func writeNull() { buffer.writeInteger(UInt8(0xC0)) }

    /// Writes a truth value.
    public mutating func write(_ value: Bool) { buffer.writeInteger(UInt8(value ? 0xC3 : 0xC2)) }

    /// Writes a whole number in the smallest form.
    public mutating func write(_ value: Int64) {
        switch value {
        case -16...127: buffer.writeInteger(Int8(truncatingIfNeeded: value))
        case -128...127: buffer.writeMultipleIntegers(UInt8(0xC8), Int8(truncatingIfNeeded: value))
        case -0x8000...0x7FFF: buffer.writeMultipleIntegers(UInt8(0xC9), Int16(truncatingIfNeeded: value))
        case -0x8000_0000...0x7FFF_FFFF: buffer.writeMultipleIntegers(UInt8(0xCA), Int32(truncatingIfNeeded: value))
        default: buffer.writeMultipleIntegers(UInt8(0xCB), value)
        }
    }

    /// Writes a floating-point number.
    public mutating func write(_ value: Double) { buffer.writeMultipleIntegers(UInt8(0xC1), value.bitPattern) }

    /// Writes a string.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` over 2,147,483,647 bytes.
    public mutating func write(_ value: String) throws(BoltError) {
        let count = value.utf8.count
        try writeHeader(count, tiny: 0x80, sized: 0xD0)
        buffer.writeString(value)
    }

    /// Writes a byte string.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` over 2,147,483,647 bytes.
    public mutating func write(bytes: ByteBuffer) throws(BoltError) {
        try writeHeader(bytes.readableBytes, tiny: nil, sized: 0xCC)
        buffer.writeImmutableBuffer(bytes)
    }

    /// Begins a list: `count` values must follow.
    public mutating func writeListHeader(count: Int) throws(BoltError) {
        try writeHeader(count, tiny: 0x90, sized: 0xD4)
    }

    /// Begins a map: `count` times a key (a string) and its value must follow.
    public mutating func writeMapHeader(count: Int) throws(BoltError) {
        try writeHeader(count, tiny: 0xA0, sized: 0xD8)
    }

    /// Writes a key and its value.
    @inlinable
    public mutating func write(key: String, _ value: some BoltEncodable) throws(BoltError) {
        try write(key)
        try value.encode(to: &self)
    }

    /// Begins a structure: its fields must follow, 15 at most.
    mutating func writeStructureHeader(tag: UInt8, count: Int) {
        buffer.writeMultipleIntegers(UInt8(0xB0 | (count & 0x0F)), tag)
    }

    /// Writes a value's bytes as they are, whatever the dialect.
    package mutating func write(raw value: BoltValue) { buffer.writeImmutableBuffer(value.storage) }

    mutating func write(uuid: BoltUUID) throws(BoltError) {
        guard dialect.version >= .v61 else {
            throw BoltError(.unsupportedValue, "UUID values need Bolt 6.1; the server speaks \(dialect.version)")
        }
        buffer.writeMultipleIntegers(UInt8(0xE0), uuid.high, uuid.low)
    }

    private mutating func writeHeader(_ count: Int, tiny: UInt8?, sized: UInt8) throws(BoltError) {
        if let tiny, count < 16 {
            buffer.writeInteger(tiny | UInt8(truncatingIfNeeded: count))
        } else if count <= 0xFF {
            buffer.writeMultipleIntegers(sized, UInt8(truncatingIfNeeded: count))
        } else if count <= 0xFFFF {
            buffer.writeMultipleIntegers(sized + 1, UInt16(truncatingIfNeeded: count))
        } else if count <= Int32.max {
            buffer.writeMultipleIntegers(sized + 2, UInt32(truncatingIfNeeded: count))
        } else {
            throw BoltError(.unsupportedValue, "a value has \(count) bytes or items; PackStream allows 2147483647")
        }
    }
}
