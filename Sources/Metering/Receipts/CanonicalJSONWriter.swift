/// Writes the pieces of canonical JSON.
///
/// The caller keeps members in order.
///
/// Every event is encoded once when it is appended, so pieces are appended as whole runs of bytes, not byte by byte.
struct CanonicalJSONWriter {
    var bytes: [UInt8]

    init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Appends JSON that is a constant of the program.
    mutating func raw(_ json: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    mutating func array<Element>(
        _ elements: [Element], _ write: (inout CanonicalJSONWriter, Element) -> Void
    ) {
        raw("[")
        var isFirst = true
        for element in elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, element)
        }
        raw("]")
    }

    mutating func string(_ value: String) {
        raw("\"")
        var value = value
        let isPlain = value.withUTF8 { text in
            guard Self.isPlain(text) else { return false }
            bytes.append(contentsOf: text)
            return true
        }
        if !isPlain { value.utf16.forEach { escaped($0) } }
        raw("\"")
    }

    /// Whether every byte stands for itself inside a JSON string.
    ///
    /// Looks at all of them, without a way out at the first that does not: so the compiler takes many at a time.
    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var escaped: UInt8 = 0
        for byte in text {
            escaped |= byte &- 0x20 < 0x5f ? 0 : 1
            escaped |= byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0
        }
        return escaped == 0
    }

    private mutating func escaped(_ unit: UInt16) {
        switch unit {
        case 0x08: raw("\\b")
        case 0x09: raw("\\t")
        case 0x0a: raw("\\n")
        case 0x0c: raw("\\f")
        case 0x0d: raw("\\r")
        case 0x22: raw("\\\"")
        case 0x5c: raw("\\\\")
        case 0x20..<0x7f: bytes.append(UInt8(truncatingIfNeeded: unit))
        default:
            raw("\\u")
            for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(Self.digit(UInt64(unit >> shift))) }
        }
    }

    mutating func integer(_ value: Int128) {
        guard let small = Int64(exactly: value) else {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = small.magnitude
            var start = 20
            repeat {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
                rest /= 10
            } while rest > 0
            if small < 0 {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(ascii: "-"))
            }
            bytes.append(contentsOf: digits[start...])
        }
    }

    mutating func digest(_ value: Digest32) {
        withUnsafeTemporaryAllocation(byteCount: 66, alignment: 1) { text in
            text[0] = UInt8(ascii: "\"")
            Self.write(value.words.0, to: text, at: 1)
            Self.write(value.words.1, to: text, at: 17)
            Self.write(value.words.2, to: text, at: 33)
            Self.write(value.words.3, to: text, at: 49)
            text[65] = UInt8(ascii: "\"")
            bytes.append(contentsOf: text)
        }
    }

    private static func write(_ word: UInt64, to text: UnsafeMutableRawBufferPointer, at offset: Int) {
        let (high, low) = (digits(UInt32(word >> 32)), digits(UInt32(truncatingIfNeeded: word)))
        text.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt64.self)
        text.storeBytes(of: low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }

    /// Eight hexadecimal digits, the first in the highest byte.
    private static func digits(_ value: UInt32) -> UInt64 {
        // One nibble to a byte, then what makes a digit of it: '0', and for ten and more the way from ':' to 'a' besides.
        var nibbles = UInt64(value)
        nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
        nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
        nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
        let letters = ((nibbles + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return nibbles + 0x3030_3030_3030_3030 + letters * 39
    }

    /// The hexadecimal digit of the lowest four bits.
    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
    }
}
