extension PackStream {
    /// What a validated value holds that not every version of the protocol can say.
    struct Features: OptionSet, Sendable {
        let rawValue: UInt8
        static let uuid = Features(rawValue: 1)
        static let vector = Features(rawValue: 2)
        /// `DateTime` counted in UTC seconds.
        static let utcDateTime = Features(rawValue: 4)
        /// `DateTime` counted in seconds of the wall clock.
        static let legacyDateTime = Features(rawValue: 8)
    }

    /// Checks the value at `offset` to its last byte and returns the offset behind it.
    ///
    /// Sizes, nesting, reserved markers, keys and UTF-8 are checked, so that later reads cannot fail. Throws
    /// ``BoltError/Code/malformedValue``.
    static func validate(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, version: Int, depth: Int = 0
    ) throws(BoltError) -> Int {
        var features: Features = []
        return try validate(bytes, at: offset, version: version, depth: depth, features: &features)
    }

    /// Like `validate(_:at:version:depth:)`, and collects what the value holds.
    static func validate(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, version: Int, depth: Int, features: inout Features
    ) throws(BoltError) -> Int {
        guard let header = header(in: bytes, at: offset) else { throw fault(in: bytes, at: offset) }
        switch header.kind {
        case .null, .bool, .integer, .float, .bytes: return header.body + header.count
        case .string:
            guard isUTF8(bytes, from: header.body, count: header.count) else {
                throw BoltError(.malformedValue, "a string is not UTF-8 (at byte \(offset))")
            }
            return header.body + header.count
        case .uuid:
            guard version >= 2 else { throw fault(in: bytes, at: offset) }
            features.insert(.uuid)
            return header.body + header.count
        case .list, .map, .structure:
            guard depth < depthLimit else {
                throw BoltError(.malformedValue, "values are nested deeper than \(depthLimit) (at byte \(offset))")
            }
        }
        var end = header.body
        if header.kind == .structure {
            switch bytes[header.body] {
            case UInt8(ascii: "V"): features.insert(.vector)
            case UInt8(ascii: "I"), UInt8(ascii: "i"): features.insert(.utcDateTime)
            case UInt8(ascii: "F"), UInt8(ascii: "f"): features.insert(.legacyDateTime)
            default: break
            }
            end += 1
        }
        for _ in 0..<header.count {
            if header.kind == .map {
                guard let key = Self.header(in: bytes, at: end), key.kind == .string else {
                    throw BoltError(.malformedValue, "a map has a key that is no string (at byte \(end))")
                }
            }
            // A key is a string and is checked as one; then its value follows.
            end = try validate(bytes, at: end, version: version, depth: depth + 1, features: &features)
            guard header.kind == .map else { continue }
            end = try validate(bytes, at: end, version: version, depth: depth + 1, features: &features)
        }
        return end
    }

    private static func fault(in bytes: UnsafeRawBufferPointer, at offset: Int) -> BoltError {
        guard offset < bytes.count else {
            return BoltError(.malformedValue, "a value is cut off (at byte \(offset))")
        }
        switch bytes[offset] {
        case 0xC4...0xC7, 0xCF, 0xD3, 0xD7, 0xDB...0xEF:
            return BoltError(.malformedValue, "the marker at byte \(offset) is reserved")
        default:
            return BoltError(.malformedValue, "a value claims more bytes than there are (at byte \(offset))")
        }
    }

    @inline(__always)
    private static func isUTF8(_ bytes: UnsafeRawBufferPointer, from start: Int, count: Int) -> Bool {
        let end = start + count
        var offset = start
        // Nearly all text is ASCII: eight bytes at a time, then the rest one by one.
        while offset + 8 <= end {
            guard bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 else {
                return isUTF8Slowly(bytes, from: offset, to: end)
            }
            offset += 8
        }
        while offset < end {
            guard bytes[offset] < 0x80 else { return isUTF8Slowly(bytes, from: offset, to: end) }
            offset += 1
        }
        return true
    }

    private static func isUTF8Slowly(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Bool {
        String(validating: bytes[start..<end], as: UTF8.self) != nil
    }
}
