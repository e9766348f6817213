package import NIOCore

/// Finds the end of a head in bytes that arrive in pieces, reading each byte once.
package struct HeadFinder: Hashable {
    /// How many bytes were looked at already.
    private var scanned = 0
    /// The most a head may have.
    package let limit: Int

    package init(limit: Int) { self.limit = min(limit, HTTPBytes.headLimit) }

    /// Takes the head off the front of `buffer`, or returns `nil` while it is not complete.
    package mutating func takeHead(from buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> ByteBuffer? {
        let end: Int? = buffer.withUnsafeReadableBytes { raw in
            var index = max(scanned, 3)
            while index < raw.count {
                if raw[index] == 0x0A, raw[index - 1] == 0x0D, raw[index - 2] == 0x0A, raw[index - 3] == 0x0D {
                    return index + 1
                }
                index += 1
            }
            return nil
        }
        guard let end else {
            scanned = buffer.readableBytes
            if scanned > limit { throw HTTPSyntaxError(431, "the header is larger than \(limit) bytes") }
            return nil
        }
        scanned = 0
        if end > limit { throw HTTPSyntaxError(431, "the header is larger than \(limit) bytes") }
        return buffer.readSlice(length: end)
    }
}
