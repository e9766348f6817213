#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension JSONCursor.RawString {
    /// The string with its escapes decoded.
    ///
    /// - Throws: `ClaudeError.Code.malformedJSON` if it holds half a surrogate pair, which no `String` can hold.
    public func decoded() throws(ClaudeError) -> String {
        guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        try decode { decoded.append($0) }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// How many UTF-8 bytes the decoded string has; half a surrogate pair counts as the three of U+FFFD.
    public var decodedCount: Int {
        guard hasEscapes else { return bytes.count }
        var count = 0
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                count += 1
                index += 1
                continue
            }
            let (scalar, next) = Self.escape(in: bytes, at: index)
            count += scalar.map(UTF8.width) ?? 3
            index = next
        }
        return count
    }

    /// Whether the decoded string is empty.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Hands the bytes between the quotes, escapes as written, to `body`.
    public func withRawBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes)
    }

    /// Whether the decoded string has exactly the bytes `text`.
    func equals(_ text: UnsafeRawBufferPointer) -> Bool {
        guard hasEscapes else {
            guard bytes.count == text.count else { return false }
            guard let left = bytes.baseAddress, let right = text.baseAddress else { return true }
            return memcmp(left, right, text.count) == 0
        }
        // An escape is longer than what it stands for.
        guard bytes.count > text.count else { return false }
        do { return try decoded().utf8.elementsEqual(text) } catch { return false }
    }

    private func decode(_ emit: (UInt8) -> Void) throws(ClaudeError) {
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                emit(bytes[index])
                index += 1
                continue
            }
            let (scalar, next) = Self.escape(in: bytes, at: index)
            guard let scalar else {
                throw ClaudeError(.malformedJSON, "half a surrogate pair stands alone", offset: offset + index)
            }
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { emit(byte) }
            index = next
        }
    }

    /// The scalar that the escape at `index` stands for, `nil` for half a surrogate pair, and the offset behind it.
    ///
    /// The scanner has checked the escape's form.
    private static func escape(in bytes: UnsafeRawBufferPointer, at index: Int) -> (scalar: Unicode.Scalar?, next: Int)
    {
        switch bytes[index + 1] {
        case UInt8(ascii: "n"): return ("\n", index + 2)
        case UInt8(ascii: "t"): return ("\t", index + 2)
        case UInt8(ascii: "r"): return ("\r", index + 2)
        case UInt8(ascii: "b"): return ("\u{8}", index + 2)
        case UInt8(ascii: "f"): return ("\u{C}", index + 2)
        case UInt8(ascii: "u"):
            guard let unit = JSONCursor.codeUnit(bytes, at: index) else { return (nil, index + 2) }
            if UTF16.isLeadSurrogate(unit), let trail = JSONCursor.codeUnit(bytes, at: index + 6),
                UTF16.isTrailSurrogate(trail)
            {
                return (UTF16.decode(UTF16.EncodedScalar([unit, trail])), index + 12)
            }
            return (Unicode.Scalar(unit), index + 6)
        default: return (Unicode.Scalar(bytes[index + 1]), index + 2)
        }
    }
}
