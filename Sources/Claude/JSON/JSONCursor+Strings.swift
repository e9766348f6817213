// Strings are most of a transcript's bytes, so they are scanned sixteen bytes at a time.
extension JSONCursor {
    /// A string's text: takes the offset behind the opening quote and returns the offset of the closing one.
    static func scanString(
        _ bytes: UnsafeRawBufferPointer, from start: Int, hasEscapes: inout Bool
    ) throws(ClaudeError) -> Int {
        var index = start
        while true {
            index = skipPlainText(bytes, from: index)
            guard index < bytes.count else { throw error("a string is not closed", at: start - 1) }
            switch bytes[index] {
            case UInt8(ascii: "\""): return index
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index = try scanEscape(bytes, from: index)
            case 0..<0x20: throw error("a control character stands unescaped in a string", at: index)
            default: index = try scanMultibyte(bytes, from: index)
            }
        }
    }

    /// Passes over ASCII that needs no attention; stops at `"`, `\`, control characters, other than ASCII, or the end.
    ///
    /// Sixteen bytes are looked at together. Subtracting a number from a byte sets the byte's top bit where the byte was
    /// less; a byte whose top bit is set already is a hit anyway, so the differences need no mask of their own.
    @inline(__always)
    static func skipPlainText(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index &+ 16 <= bytes.count {
            let block = bytes.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
            let quotes = (block ^ SIMD16(repeating: UInt8(ascii: "\""))) &- SIMD16(repeating: 1)
            let backslashes = (block ^ SIMD16(repeating: UInt8(ascii: "\\"))) &- SIMD16(repeating: 1)
            let controls = block &- SIMD16(repeating: 0x20)
            let hits = (quotes | backslashes | controls | block) & SIMD16(repeating: 0x80)
            let words = unsafeBitCast(hits, to: SIMD2<UInt64>.self)
            if words[0] != 0 { return index &+ UInt64(littleEndian: words[0]).trailingZeroBitCount >> 3 }
            if words[1] != 0 { return index &+ 8 &+ UInt64(littleEndian: words[1]).trailingZeroBitCount >> 3 }
            index &+= 16
        }
        while index < bytes.count {
            let byte = bytes[index]
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { break }
            index &+= 1
        }
        return index
    }

    /// A backslash and what belongs to it.
    @inline(__always)
    private static func scanEscape(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        guard start + 1 < bytes.count else { throw error("the text ends inside an escape", at: start) }
        switch bytes[start + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "t"), UInt8(ascii: "r"),
            UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"):
            return start + 2
        case UInt8(ascii: "u"):
            guard codeUnit(bytes, at: start) != nil else { throw error("\\u needs four hex digits", at: start) }
            return start + 6
        default:
            throw error("an unknown escape", at: start)
        }
    }

    /// The UTF-16 code unit of the `\uXXXX` at `start`, or `nil` if there is none.
    static func codeUnit(_ bytes: UnsafeRawBufferPointer, at start: Int) -> UInt16? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for index in (start + 2)..<(start + 6) {
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// A run of characters outside ASCII, in well-formed UTF-8 (Unicode Standard, table 3-7).
    static func scanMultibyte(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        var index = start
        while index < bytes.count, bytes[index] >= 0x80 {
            let first = bytes[index]
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch first {
            case 0xC2...0xDF: length = 2
            case 0xE1...0xEC, 0xEE, 0xEF: length = 3
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xF1...0xF3: length = 4
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: throw error("a string is not valid UTF-8", at: index)
            }
            guard index + length <= bytes.count, second.contains(bytes[index + 1]),
                length < 3 || bytes[index + 2] & 0xC0 == 0x80, length < 4 || bytes[index + 3] & 0xC0 == 0x80
            else { throw error("a string is not valid UTF-8", at: index) }
            index += length
        }
        return index
    }
}
