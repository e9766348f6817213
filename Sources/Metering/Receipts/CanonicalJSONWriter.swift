/// Writes canonical JSON.
///
/// The caller keeps members in order.
struct CanonicalJSONWriter {
    var bytes: [UInt8]

    init(capacity: Int) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    mutating func member(_ name: StaticString, _ value: Int128) {
        key(name)
        integer(value)
    }

    mutating func member(_ name: StaticString, _ value: Digest32) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        hexadecimal(value.words.0)
        hexadecimal(value.words.1)
        hexadecimal(value.words.2)
        hexadecimal(value.words.3)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func null(_ name: StaticString) {
        key(name)
        bytes.append(contentsOf: "null".utf8)
    }

    mutating func array<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (inout CanonicalJSONWriter, Element) -> Void
    ) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func key(_ name: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = value.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain { bytes.append(contentsOf: value.utf8) } else { value.utf16.forEach { escaped($0) } }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ unit: UInt16) {
        let letter: Unicode.Scalar
        switch unit {
        case 0x08: letter = "b"
        case 0x09: letter = "t"
        case 0x0a: letter = "n"
        case 0x0c: letter = "f"
        case 0x0d: letter = "r"
        case 0x22: letter = "\""
        case 0x5c: letter = "\\"
        case 0x20..<0x7f:
            bytes.append(UInt8(truncatingIfNeeded: unit))
            return
        default:
            bytes.append(contentsOf: "\\u".utf8)
            for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(Self.digit(UInt8(unit >> shift & 15))) }
            return
        }
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: letter))
    }

    private mutating func integer(_ value: Int128) {
        guard let small = Int64(exactly: value) else {
            bytes.append(contentsOf: String(value).utf8)
            return
        }
        if small < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = small.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func hexadecimal(_ word: UInt64) {
        for shift in stride(from: 60 as UInt64, through: 0, by: -4) {
            bytes.append(Self.digit(UInt8(truncatingIfNeeded: word >> shift & 15)))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}
