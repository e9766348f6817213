import NIOCore

/// The head of a response of the upstream, as received.
struct ResponseHead {
    let status: Int
    /// Status and reason, as the upstream wrote them: `200 OK`.
    let statusText: Range<Int>
    let fields: HTTPFieldSet
    let framing: BodyFraming
    /// Whether the connection can serve another request after this response.
    let keepsAlive: Bool

    /// Parses a whole head, up to and with its empty line.
    ///
    /// A response to HEAD has no body, whatever its headers say.
    init(parsing bytes: ByteBuffer, toHead: Bool) throws(HTTPSyntaxError) {
        let line = try StatusLine(parsing: bytes)
        let fields = try HTTPFieldSet(parsing: bytes, from: line.length)
        self.fields = fields
        status = line.status
        statusText = line.text
        let hasNoBody = toHead || line.status < 200 || line.status == 204 || line.status == 304
        framing = hasNoBody ? .none : try Self.framing(fields)
        keepsAlive = !line.isHTTP10 && framing != .untilClose && !fields.list(.connection, contains: "close")
    }

    private static func framing(_ fields: HTTPFieldSet) throws(HTTPSyntaxError) -> BodyFraming {
        var length: Int?
        for field in fields.fields {
            switch field.kind {
            case .transferEncoding:
                guard fields.withValue(field, { $0.equalsLowercased("chunked") }) else {
                    throw HTTPSyntaxError(502, "the upstream's transfer-encoding is not known")
                }
                return .chunked
            case .contentLength:
                guard let value = fields.withValue(field, HTTPBytes.decimal), length == nil || length == value else {
                    throw HTTPSyntaxError(502, "the upstream's content-length is malformed")
                }
                length = value
            default: break
            }
        }
        return length.map { .length($0) } ?? .untilClose
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
        guard raw.count >= 14, raw.startsLowercased("http/1."), raw[8] == 0x20 else { return nil }
        guard let status = HTTPBytes.decimal(UnsafeRawBufferPointer(rebasing: raw[9..<12])), status >= 100 else {
            return nil
        }
        var end = 12
        while end < raw.count, HTTPBytes.isFieldValue(raw[end]) { end += 1 }
        guard end + 1 < raw.count, raw[end] == 0x0D, raw[end + 1] == 0x0A else { return nil }
        self.status = status
        isHTTP10 = raw[7] == UInt8(ascii: "0")
        text = 9..<end
        length = end + 2
    }
}
