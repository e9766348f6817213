package import NIOCore

/// The head of a response of the upstream, as received.
package struct ResponseHead {
    package let status: Int
    /// Status and reason, as the upstream wrote them: `200 OK`.
    let statusText: Range<Int>
    package let fields: HTTPFieldSet
    package let framing: BodyFraming
    /// Whether the connection can serve another request after this response.
    let keepsAlive: Bool

    /// Parses a whole head, up to and with its empty line.
    ///
    /// A response to HEAD has no body, whatever its headers say.
    package init(parsing bytes: ByteBuffer, toHead: Bool) throws(HTTPSyntaxError) {
        let line = try StatusLine(parsing: bytes)
        let fields = try HTTPFieldSet(parsing: bytes, from: line.length)
        self.fields = fields
        status = line.status
        statusText = line.text
        let hasNoBody = toHead || line.status < 200 || line.status == 204 || line.status == 304
        // Nobody asked for another protocol, and what follows would not be HTTP.
        guard line.status != 101 else { throw HTTPSyntaxError(502, "the upstream switches protocols unasked") }
        let framing = try Self.framing(fields, isHTTP10: line.isHTTP10)
        self.framing = hasNoBody ? .none : framing
        keepsAlive = !line.isHTTP10 && self.framing != .untilClose && !fields.asksToClose
    }

    /// Ambiguous framing is refused, as in requests: two readers of one response must see the same end.
    private static func framing(_ fields: HTTPFieldSet, isHTTP10: Bool) throws(HTTPSyntaxError) -> BodyFraming {
        var framing = BodyFraming.untilClose
        for field in fields.fields {
            switch field.kind {
            case .transferEncoding:
                guard framing == .untilClose, !isHTTP10, fields.withValue(field, { $0.equalsLowercased("chunked") })
                else { throw HTTPSyntaxError(502, "the upstream's transfer-encoding is ambiguous or not known") }
                framing = .chunked
            case .contentLength:
                guard framing == .untilClose, let length = fields.withValue(field, HTTPBytes.decimal) else {
                    throw HTTPSyntaxError(502, "the upstream's content-length is malformed or repeated")
                }
                framing = .length(length)
            default: break
            }
        }
        return framing
    }
}

/// The first line of a response (RFC 9112 §4).
private struct StatusLine {
    var status: Int
    var text: Range<Int>
    var isHTTP10: Bool
    var length: Int

    init(parsing bytes: ByteBuffer) throws(HTTPSyntaxError) {
        let line: StatusLine? = bytes.withUnsafeReadableBytes { StatusLine($0) }
        guard let line else { throw HTTPSyntaxError(502, "the upstream does not answer in HTTP/1.1") }
        self = line
    }

    private init?(_ raw: UnsafeRawBufferPointer) {
        guard raw.count >= 14, raw[8] == 0x20 else { return nil }
        let version = UnsafeRawBufferPointer(rebasing: raw[..<8])
        guard version.elementsEqual("HTTP/1.1".utf8) || version.elementsEqual("HTTP/1.0".utf8) else { return nil }
        guard let status = HTTPBytes.decimal(UnsafeRawBufferPointer(rebasing: raw[9..<12])), status >= 100 else {
            return nil
        }
        // A status of more digits is none; the reason may be missing, even with its space.
        guard raw[12] == 0x20 || raw[12] == 0x0D else { return nil }
        var end = 12
        while end < raw.count, HTTPBytes.isFieldValue(raw[end]) { end += 1 }
        guard end + 1 < raw.count, raw[end] == 0x0D, raw[end + 1] == 0x0A else { return nil }
        self.status = status
        isHTTP10 = raw[7] == UInt8(ascii: "0")
        text = 9..<end
        length = end + 2
    }
}
