/// A validating reader that walks over JSON bytes without copying them (RFC 8259, strict).
///
/// The caller drives it: it enters objects and arrays, asks for the next key or element, and reads or skips each value.
/// A value that the caller does not touch is skipped, and skipping validates as strictly as reading does: strings closed
/// and valid UTF-8, no control characters, brackets matched, literals and numbers well formed, at most
/// ``depthLimit`` levels.
///
///     var cursor = JSONCursor(bytes)
///     try cursor.beginObject()
///     while let key = try cursor.nextKey() {
///         switch key {
///         case "input_tokens": tokens = try cursor.readInt64()
///         default: break
///         }
///     }
///     try cursor.finish()
///
/// The cursor borrows the bytes: it, and the ``RawString``s it hands out, must not outlive them. Every error is
/// `ClaudeError.Code.malformedJSON` with the byte's offset. An escape of half a surrogate pair is correct grammar and is
/// passed over when skipped (programs that cut text at a UTF-16 unit write them), but cannot be read as a `String`.
public struct JSONCursor {
    /// How deep objects and arrays may nest.
    public static let depthLimit = 128

    /// What comes next in the container the cursor is in.
    enum Position {
        /// A value: at the start, after a key, and after ``nextElement()`` returned `true`.
        case value
        /// The first member of a container, or its end.
        case opened
        /// A comma or the container's end.
        case afterValue
    }

    let bytes: UnsafeRawBufferPointer
    /// Where the cursor is: the offset of the next byte it looks at.
    public internal(set) var offset: Int
    var depth = 0
    var position = Position.value

    /// Creates a cursor in front of the value at `offset`, which takes part in no surrounding container.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
        self.init(validated: bytes, offset: max(0, min(offset, bytes.count)))
    }

    @usableFromInline
    init(validated bytes: UnsafeRawBufferPointer, offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    // MARK: Containers

    /// Enters the object that is the next value.
    public mutating func beginObject() throws(ClaudeError) {
        try open(UInt8(ascii: "{"), "an object")
    }

    /// Enters the array that is the next value.
    public mutating func beginArray() throws(ClaudeError) {
        try open(UInt8(ascii: "["), "an array")
    }

    /// Moves to the next member of the object entered last, skipping the present member's value if it was not read.
    ///
    /// - Returns: The member's key, or `nil` when the object has ended and the cursor is behind it.
    public mutating func nextKey() throws(ClaudeError) -> RawString? {
        guard try advance(closing: UInt8(ascii: "}")) else { return nil }
        let key = try scanKey()
        position = .value
        return key
    }

    /// Moves to the next element of the array entered last, skipping the present one if it was not read.
    ///
    /// - Returns: Whether there is one; `false` when the array has ended and the cursor is behind it.
    public mutating func nextElement() throws(ClaudeError) -> Bool {
        guard try advance(closing: UInt8(ascii: "]")) else { return false }
        position = .value
        return true
    }

    /// Checks that nothing but white space follows the outermost value, skipping that value if it was not read.
    public mutating func finish() throws(ClaudeError) {
        if position == .value { try skipValue() }
        guard depth == 0 else { throw failure("the text ends inside an object or array") }
        skipWhitespace()
        guard offset == bytes.count else { throw failure("there is text behind the value") }
    }

    /// Checks that `bytes` is one JSON value and nothing else.
    public static func validate(_ bytes: UnsafeRawBufferPointer) throws(ClaudeError) {
        var cursor = JSONCursor(bytes)
        try cursor.finish()
    }

    // MARK: Values

    /// The type of a JSON value.
    public enum Kind: String, Sendable {
        case object, array, string, number, bool, null
    }

    /// The type of the next value, by its first byte; the value itself is not checked.
    public mutating func peekKind() throws(ClaudeError) -> Kind {
        switch try peekValue() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw failure("expected a value")
        }
    }

    /// Passes over the next value if it is `null`, and tells whether it was.
    public mutating func readNull() throws(ClaudeError) -> Bool {
        guard try peekValue() == UInt8(ascii: "n") else { return false }
        offset = try Self.scanLiteral(bytes, from: offset)
        position = .afterValue
        return true
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(ClaudeError) -> Bool {
        let first = try peekValue()
        guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else { throw try mismatch("true or false") }
        offset = try Self.scanLiteral(bytes, from: offset)
        position = .afterValue
        return first == UInt8(ascii: "t")
    }

    /// Reads an integer: a number without fraction and exponent that `Int64` can hold.
    public mutating func readInt64() throws(ClaudeError) -> Int64 {
        let first = try peekValue()
        guard first == UInt8(ascii: "-") || Self.isDigit(first) else { throw try mismatch("an integer") }
        let end = try Self.scanNumber(bytes, from: offset)
        let isNegative = first == UInt8(ascii: "-")
        var value: Int64 = 0
        var index = isNegative ? offset + 1 : offset
        while index < end {
            guard Self.isDigit(bytes[index]) else {
                throw failure("expected an integer, found a number with a fraction or an exponent")
            }
            let digit = Int64(bytes[index] &- UInt8(ascii: "0"))
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw failure("the integer does not fit into 64 bits") }
            value = sum
            index += 1
        }
        offset = end
        position = .afterValue
        return value
    }

    /// Reads a string and decodes its escapes.
    public mutating func readString() throws(ClaudeError) -> String {
        try readRawString().decoded()
    }

    /// Reads a string without copying or decoding it.
    public mutating func readRawString() throws(ClaudeError) -> RawString {
        guard try peekValue() == UInt8(ascii: "\"") else { throw try mismatch("a string") }
        let string = try scanRawString()
        position = .afterValue
        return string
    }

    /// Passes over the next value, whatever it is, validating it.
    ///
    /// - Returns: The range of the value's bytes.
    @discardableResult
    public mutating func skipValue() throws(ClaudeError) -> Range<Int> {
        _ = try peekValue()
        let start = offset
        offset = try Self.scanValue(bytes, from: offset, depth: depth)
        position = .afterValue
        return start..<offset
    }
}

extension JSONCursor {
    /// A JSON string inside the cursor's bytes: what stands between the quotes, checked but not decoded.
    ///
    /// It borrows the bytes and must not outlive them. A `switch` over it can match string literals.
    public struct RawString {
        let bytes: UnsafeRawBufferPointer
        /// The offset of the first byte in the cursor's buffer.
        public let offset: Int
        /// Whether the text is written with backslash escapes.
        public let hasEscapes: Bool

        /// Whether the string, once decoded, is `text`.
        @inline(__always)
        public static func == (string: RawString, text: StaticString) -> Bool {
            // Most keys differ in length from what they are compared with: no call for those.
            let count = text.utf8CodeUnitCount
            guard string.bytes.count == count || string.hasEscapes else { return false }
            return string.equals(UnsafeRawBufferPointer(start: text.utf8Start, count: count))
        }

        /// Whether the string, once decoded, is the literal of a `case`.
        @inline(__always)
        public static func ~= (pattern: StaticString, string: RawString) -> Bool { string == pattern }
    }
}
