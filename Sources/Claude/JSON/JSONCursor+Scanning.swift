#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

// The grammar. Scanners are static and take offsets, so that their loops run on local variables.
extension JSONCursor {
    @inline(__always)
    mutating func skipWhitespace() { offset = Self.skipWhitespace(bytes, from: offset) }

    /// The first byte of the next value, with the cursor moved up to it.
    mutating func peekValue() throws(ClaudeError) -> UInt8 {
        guard position == .value else { throw failure("no value is due here") }
        skipWhitespace()
        guard offset < bytes.count else { throw failure("the text ends where a value is due") }
        return bytes[offset]
    }

    mutating func open(_ bracket: UInt8, _ expected: String) throws(ClaudeError) {
        guard try peekValue() == bracket else { throw try mismatch(expected) }
        guard depth < Self.depthLimit else { throw failure("more than \(Self.depthLimit) levels") }
        offset += 1
        depth += 1
        position = .opened
    }

    /// Moves to the next member; leaves the container and returns `false` when `bracket` ends it.
    mutating func advance(closing bracket: UInt8) throws(ClaudeError) -> Bool {
        if position == .value { try skipValue() }
        skipWhitespace()
        guard depth > 0 else { throw failure("no object or array is open") }
        guard offset < bytes.count else { throw failure("the text ends inside an object or array") }
        if bytes[offset] == bracket {
            offset += 1
            depth -= 1
            position = .afterValue
            return false
        }
        if position == .afterValue {
            guard bytes[offset] == UInt8(ascii: ",") else { throw failure("expected a comma or a closing bracket") }
            offset += 1
            skipWhitespace()
        }
        return true
    }

    /// A key and its colon.
    mutating func scanKey() throws(ClaudeError) -> RawString {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw failure("expected a key") }
        let key = try scanRawString()
        offset = try Self.scanColon(bytes, from: offset)
        return key
    }

    /// A string whose opening quote the cursor is at.
    mutating func scanRawString() throws(ClaudeError) -> RawString {
        let start = offset + 1
        var hasEscapes = false
        let end = try Self.scanString(bytes, from: start, hasEscapes: &hasEscapes)
        offset = end + 1
        return RawString(
            bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), offset: start, hasEscapes: hasEscapes)
    }

    func failure(_ message: String) -> ClaudeError { ClaudeError(.malformedJSON, message, offset: offset) }

    /// The error for a value of another type than `expected`.
    mutating func mismatch(_ expected: String) throws(ClaudeError) -> ClaudeError {
        let kind = try peekKind()
        if kind == .null || kind == .bool { _ = try Self.scanLiteral(bytes, from: offset) }
        return failure("expected \(expected), found \(kind == .null ? "null" : "a value of type \(kind.rawValue)")")
    }

    // MARK: Scanners: each takes the offset where its thing starts and returns the offset behind it.

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    @inline(__always)
    static func skipWhitespace(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            index += 1
        }
        return index
    }

    static func error(_ message: String, at offset: Int) -> ClaudeError {
        ClaudeError(.malformedJSON, message, offset: offset)
    }

    @inline(__always)
    static func scanColon(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        let index = skipWhitespace(bytes, from: start)
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
            throw error("expected a colon", at: index)
        }
        return index + 1
    }

    /// Any value.
    ///
    /// It does not recurse: the kinds of the open containers are the bits of a 128-bit stack.
    static func scanValue(
        _ bytes: UnsafeRawBufferPointer, from start: Int, depth: Int
    ) throws(ClaudeError) -> Int {
        var index = start
        var isObject: UInt128 = 0
        var levels = 0
        var escapes = false
        while true {
            index = skipWhitespace(bytes, from: index)
            guard index < bytes.count else { throw error("the text ends where a value is due", at: index) }
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index = try scanString(bytes, from: index + 1, hasEscapes: &escapes) + 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth + levels < depthLimit else { throw error("more than \(depthLimit) levels", at: index) }
                levels += 1
                isObject = isObject << 1 | (byte == UInt8(ascii: "{") ? 1 : 0)
                index = skipWhitespace(bytes, from: index + 1)
                // An opening bracket plus two is its closing bracket, in ASCII.
                if index < bytes.count, bytes[index] == byte + 2 { break }
                if isObject & 1 == 1 { index = try scanMemberStart(bytes, from: index) }
                continue
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                index = try scanNumber(bytes, from: index)
            default:
                index = try scanLiteral(bytes, from: index)
            }

            // Behind a value, or in front of the bracket that closes an empty container.
            closing: while true {
                guard levels > 0 else { return index }
                index = skipWhitespace(bytes, from: index)
                guard index < bytes.count else { throw error("the text ends inside an object or array", at: index) }
                switch bytes[index] {
                case UInt8(ascii: ","):
                    index = skipWhitespace(bytes, from: index + 1)
                    if isObject & 1 == 1 { index = try scanMemberStart(bytes, from: index) }
                    break closing
                case UInt8(ascii: "}") where isObject & 1 == 1, UInt8(ascii: "]") where isObject & 1 == 0:
                    index += 1
                    levels -= 1
                    isObject >>= 1
                default:
                    throw error("expected a comma or the matching closing bracket", at: index)
                }
            }
        }
    }

    /// A key and its colon.
    @inline(__always)
    private static func scanMemberStart(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else { throw error("expected a key", at: start) }
        var escapes = false
        return try scanColon(bytes, from: scanString(bytes, from: start + 1, hasEscapes: &escapes) + 1)
    }

    static func scanLiteral(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        for literal in ["true", "false", "null"] as [StaticString] {
            let count = literal.utf8CodeUnitCount
            guard let address = bytes.baseAddress, bytes.count - start >= count else { continue }
            if memcmp(address + start, literal.utf8Start, count) == 0 { return start + count }
        }
        throw error("expected a value", at: start)
    }

    static func scanNumber(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        var index = start
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        if index < bytes.count, bytes[index] == UInt8(ascii: "0") {
            index += 1
        } else {
            index = try scanDigits(bytes, from: index)
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") { index = try scanDigits(bytes, from: index + 1) }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            index = try scanDigits(bytes, from: index)
        }
        return index
    }

    /// One or more digits.
    private static func scanDigits(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ClaudeError) -> Int {
        var index = start
        while index < bytes.count, isDigit(bytes[index]) { index += 1 }
        guard index > start else { throw error("expected a digit", at: index) }
        return index
    }
}
