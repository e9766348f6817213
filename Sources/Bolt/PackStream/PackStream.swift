/// The markers of PackStream, and the walk over encoded values that everything else is built on.
///
/// Facts: the PackStream specification, version 1, and the UUID marker of version 2 (Bolt 6.1).
enum PackStream {
    /// What a marker begins.
    enum Kind: UInt8, Sendable {
        case null, bool, integer, float, bytes, string, list, map, structure, uuid
    }

    /// A marker and the sizes behind it.
    struct Header {
        var kind: Kind
        /// Where the body begins, relative to the whole buffer.
        var body: Int
        /// Bytes of the body for scalars, strings and bytes; items, pairs or fields for containers.
        var count: Int
    }

    /// How deep containers may be nested.
    static let depthLimit = 128

    /// Reads the marker at `offset`; `nil` when it is reserved or its sizes are cut off or exceed the bytes left.
    @inline(__always)
    static func header(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Header? {
        guard offset < bytes.count else { return nil }
        let marker = bytes[offset]
        let body = offset + 1
        let left = bytes.count - body
        let header: Header
        switch marker {
        case 0x00...0x7F, 0xF0...0xFF: return Header(kind: .integer, body: offset, count: 1)
        case 0x80...0x8F: header = Header(kind: .string, body: body, count: Int(marker & 0x0F))
        case 0x90...0x9F: header = Header(kind: .list, body: body, count: Int(marker & 0x0F))
        case 0xA0...0xAF: header = Header(kind: .map, body: body, count: Int(marker & 0x0F))
        // The tag is part of the body: a structure has its fields behind it.
        case 0xB0...0xBF: header = Header(kind: .structure, body: body, count: Int(marker & 0x0F))
        case 0xC0: return Header(kind: .null, body: body, count: 0)
        case 0xC1: header = Header(kind: .float, body: body, count: 8)
        case 0xC2, 0xC3: return Header(kind: .bool, body: offset, count: 1)
        case 0xC8: header = Header(kind: .integer, body: body, count: 1)
        case 0xC9: header = Header(kind: .integer, body: body, count: 2)
        case 0xCA: header = Header(kind: .integer, body: body, count: 4)
        case 0xCB: header = Header(kind: .integer, body: body, count: 8)
        case 0xCC...0xCE, 0xD0...0xD2, 0xD4...0xD6, 0xD8...0xDA: return sized(marker, in: bytes, at: body)
        case 0xE0: header = Header(kind: .uuid, body: body, count: 16)
        default: return nil
        }
        switch header.kind {
        case .map: return header.count * 2 <= left ? header : nil
        case .structure: return header.count + 1 <= left ? header : nil
        default: return header.count <= left ? header : nil
        }
    }

    /// Reads a marker whose size stands behind it, in 1, 2 or 4 bytes.
    private static func sized(_ marker: UInt8, in bytes: UnsafeRawBufferPointer, at offset: Int) -> Header? {
        let kind: Kind
        let width: Int
        switch marker {
        case 0xCC...0xCE: (kind, width) = (.bytes, 1 << Int(marker - 0xCC))
        case 0xD0...0xD2: (kind, width) = (.string, 1 << Int(marker - 0xD0))
        case 0xD4...0xD6: (kind, width) = (.list, 1 << Int(marker - 0xD4))
        default: (kind, width) = (.map, 1 << Int(marker - 0xD8))
        }
        guard offset + width <= bytes.count else { return nil }
        let count = Int(unsigned(in: bytes, at: offset, width: width))
        let left = bytes.count - offset - width
        // An item takes a byte at least, a pair two: a larger count is a lie, found before anything is allocated.
        guard count <= Int(Int32.max), (kind == .map ? count * 2 : count) <= left else { return nil }
        return Header(kind: kind, body: offset + width, count: count)
    }

    /// Reads a big-endian unsigned number of `width` bytes.
    @inline(__always)
    static func unsigned(in bytes: UnsafeRawBufferPointer, at offset: Int, width: Int) -> UInt64 {
        switch width {
        case 1: return UInt64(bytes[offset])
        case 2: return UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        case 4: return UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        default: return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
    }

    /// Reads the integer whose header is `header`.
    @inline(__always)
    static func integer(in bytes: UnsafeRawBufferPointer, _ header: Header) -> Int64 {
        switch header.count {
        case 1: return Int64(Int8(bitPattern: bytes[header.body]))
        case 2: return Int64(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: header.body, as: Int16.self)))
        case 4: return Int64(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: header.body, as: Int32.self)))
        default: return Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: header.body, as: Int64.self))
        }
    }

    /// The offset behind the value at `offset`, in bytes that were validated; `nil` when there is no whole value.
    @inline(__always)
    static func end(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Int? {
        guard let header = header(in: bytes, at: offset) else { return nil }
        switch header.kind {
        case .null, .bool, .integer, .float, .bytes, .string, .uuid: return header.body + header.count
        case .list, .map, .structure: return endOfContainer(in: bytes, header)
        }
    }

    private static func endOfContainer(in bytes: UnsafeRawBufferPointer, _ header: Header) -> Int? {
        // Iterative, so that no input decides the depth of the call stack.
        var offset = header.body + (header.kind == .structure ? 1 : 0)
        var remaining = header.kind == .map ? header.count * 2 : header.count
        while remaining > 0 {
            guard let next = Self.header(in: bytes, at: offset) else { return nil }
            remaining -= 1
            switch next.kind {
            case .list: (offset, remaining) = (next.body, remaining + next.count)
            case .map: (offset, remaining) = (next.body, remaining + next.count * 2)
            case .structure: (offset, remaining) = (next.body + 1, remaining + next.count)
            default: offset = next.body + next.count
            }
        }
        return offset
    }
}
