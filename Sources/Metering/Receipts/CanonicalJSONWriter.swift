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
            guard text.allSatisfy(Self.isPlain) else { return false }
            bytes.append(contentsOf: text)
            return true
        }
        if !isPlain { value.utf16.forEach { escaped($0) } }
        raw("\"")
    }

    /// Whether a byte stands for itself inside a JSON string.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
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
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 66) { text in
            text.initializeElement(at: 0, to: UInt8(ascii: "\""))
            var end = 1
            for word in [value.words.0, value.words.1, value.words.2, value.words.3] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    text.initializeElement(at: end, to: Self.digit(word >> UInt64(shift)))
                    end += 1
                }
            }
            text.initializeElement(at: end, to: UInt8(ascii: "\""))
            bytes.append(contentsOf: text)
        }
    }

    /// The hexadecimal digit of the lowest four bits.
    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble
    }
}
