/// JSON's strings, read and written.
enum JSONText {
    /// The text of a string node; `nil` if it escapes half a surrogate pair, which no text can hold.
    static func decoded(_ bytes: [UInt8], _ node: JSONDocument.Node) -> String? {
        let slice = bytes[Int(node.start)..<Int(node.end)]
        guard node.hasEscapes else { return String(decoding: slice, as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(slice.count)
        var index = slice.startIndex
        while index < slice.endIndex {
            guard bytes[index] == UInt8(ascii: "\\") else {
                text.append(bytes[index])
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                guard let (scalar, length) = scalar(bytes, at: index, end: slice.endIndex) else { return nil }
                text.append(contentsOf: Character(scalar).utf8)
                index += length
                continue
            default: text.append(bytes[index + 1])
            }
            index += 2
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The UTF-16 code unit of the `\uXXXX` at `start`, or `nil` if there is none.
    static func codeUnit(_ bytes: [UInt8], at start: Int) -> UInt16? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for index in (start + 2)..<(start + 6) {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private static func scalar(_ bytes: [UInt8], at start: Int, end: Int) -> (Unicode.Scalar, Int)? {
        guard let first = codeUnit(bytes, at: start) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard UTF16.isLeadSurrogate(first), start + 12 <= end, let second = codeUnit(bytes, at: start + 6),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return (UTF16.decode(UTF16.EncodedScalar([first, second])), 12)
    }

    /// Appends `text` with its quotes, escaping no more than RFC 8259 asks for.
    static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case ..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: #"\u00"#.utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
