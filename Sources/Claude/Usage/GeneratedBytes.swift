/// Counts what a `content_block_delta` adds: the UTF-8 bytes of its text, thinking or tool input.
///
/// Nearly every event of every stream is one, and nearly all are written alike, so that form is read directly. Whatever
/// else is JSON goes through ``JSONCursor``, with the same result.
enum GeneratedBytes {
    /// The bytes of text in `payload`, without JSON's escapes; 0 for deltas of other kinds.
    static func count(in payload: UnsafeRawBufferPointer) throws(ClaudeError) -> Int64 {
        if let count = usualCount(in: payload) { return count }
        var cursor = JSONCursor(payload)
        var count = 0
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            guard key == "delta", try cursor.peekKind() == .object else { continue }
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                guard key == "text" || key == "thinking" || key == "partial_json" else { continue }
                if try cursor.peekKind() == .string { count += try cursor.readRawString().decodedCount }
            }
        }
        try cursor.finish()
        return Int64(count)
    }

    /// The count when `payload` is written as the API does: these keys in this order, and white space at the end only.
    private static func usualCount(in payload: UnsafeRawBufferPointer) -> Int64? {
        var rest = Matcher(bytes: payload)
        guard rest.take(#"{"type":"content_block_delta","index":"#), rest.takeDigits(),
            rest.take(#","delta":{"type":""#), rest.takeName(), rest.take(#"",""#),
            rest.take(#"text":""#) || rest.take(#"partial_json":""#) || rest.take(#"thinking":""#),
            let text = rest.takeString(), rest.take("}")
        else { return nil }
        rest.skipWhitespace()
        guard rest.take("}") else { return nil }
        rest.skipWhitespace()
        return rest.index == payload.count ? Int64(text.decodedCount) : nil
    }

    /// Takes expected text off the front of some bytes.
    private struct Matcher {
        let bytes: UnsafeRawBufferPointer
        var index = 0

        @inline(__always)
        mutating func take(_ text: StaticString) -> Bool {
            guard bytes.view(index..<bytes.count).starts(with: text) else { return false }
            index += text.utf8CodeUnitCount
            return true
        }

        /// One digit, or several of which the first is not zero.
        @inline(__always)
        mutating func takeDigits() -> Bool {
            let start = index
            while index < bytes.count, JSONCursor.isDigit(bytes[index]) { index += 1 }
            return index - start == 1 || index > start && bytes[start] != UInt8(ascii: "0")
        }

        /// Lower-case letters and underscores.
        @inline(__always)
        mutating func takeName() -> Bool {
            while index < bytes.count,
                bytes[index] &- UInt8(ascii: "a") < 26 || bytes[index] == UInt8(ascii: "_")
            { index += 1 }
            return true
        }

        /// The rest of a string, up to and with its closing quote.
        @inline(__always)
        mutating func takeString() -> JSONCursor.RawString? {
            var hasEscapes = false
            do throws(ClaudeError) {
                let end = try JSONCursor.scanString(bytes, from: index, hasEscapes: &hasEscapes)
                let text = bytes.view(index..<end)
                defer { index = end + 1 }
                return JSONCursor.RawString(bytes: text, offset: index, hasEscapes: hasEscapes)
            } catch {
                // The cursor will find the same fault and report it.
                return nil
            }
        }

        mutating func skipWhitespace() { index = JSONCursor.skipWhitespace(bytes, from: index) }
    }
}
