import NIOCore

/// Byte classes and small writers of HTTP/1.1.
package enum HTTPBytes {
    /// The most a head may ever be: offsets into it are 16 bits.
    package static let headLimit = 65_535

    /// Whether `byte` may be in a header name or a method (RFC 9110 §5.6.2, `tchar`).
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        // One bit per ASCII character: letters, digits and !#$%&'*+-.^_`|~
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return high >> UInt64(byte - 64) & 1 == 1 }
        return false
    }

    /// Whether `byte` may be in a header value: visible, space, tab, or not ASCII.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// The value of a hexadecimal digit.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The number written with decimal digits only, at most 18 of them.
    static func decimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard !bytes.isEmpty, bytes.count <= 18 else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}

extension ByteBuffer {
    /// Writes `value` with decimal digits.
    mutating func writeDecimal(_ value: Int) {
        precondition(value >= 0, "lengths and statuses are not negative")
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { raw in
            var digits = 1
            var rest = value
            while rest >= 10 {
                rest /= 10
                digits += 1
            }
            rest = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                raw[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return digits
        }
    }

    /// Writes `value` with hexadecimal digits, as chunk sizes are written.
    package mutating func writeHexadecimal(_ value: Int) {
        precondition(value >= 0, "lengths are not negative")
        writeWithUnsafeMutableBytes(minimumWritableBytes: 16) { raw in
            let digits = max(1, (67 - UInt64(value).leadingZeroBitCount) / 4)
            var rest = value
            for index in stride(from: digits - 1, through: 0, by: -1) {
                let digit = UInt8(truncatingIfNeeded: rest & 15)
                raw[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                rest >>= 4
            }
            return digits
        }
    }
}
