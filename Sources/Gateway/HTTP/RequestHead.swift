package import NIOCore

/// The head of a request, as received: offsets into its bytes, and what its framing means.
package struct RequestHead {
    /// The methods the gateway tells apart.
    package enum Method: Hashable {
        case get, head, post, delete, other
    }

    package let method: Method
    package let fields: HTTPFieldSet
    /// The path, without the query.
    let path: Range<Int>
    /// Path and query, as the client wrote them.
    let target: Range<Int>
    let methodText: Range<Int>
    package let framing: BodyFraming
    /// Whether the client will send another request on this connection.
    package let keepsAlive: Bool
    /// Whether the client is of HTTP/1.0 and so knows no chunks.
    package let isHTTP10: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    let expectsContinue: Bool

    /// Parses a whole head, up to and with its empty line.
    package init(parsing bytes: ByteBuffer) throws(HTTPSyntaxError) {
        let line = try RequestLine(parsing: bytes)
        let fields = try HTTPFieldSet(parsing: bytes, from: line.length)
        self.fields = fields
        method = line.method
        methodText = line.methodText
        target = line.target
        path = line.path
        isHTTP10 = line.isHTTP10
        framing = try Self.framing(fields, isHTTP10: line.isHTTP10)
        // What follows a request of a method that is not known here is not looked at: others might read it otherwise.
        keepsAlive = !line.isHTTP10 && line.method != .other && !fields.asksToClose
        expectsContinue = !line.isHTTP10 && fields.list(.expect, contains: "100-continue")
        var hosts = 0
        for field in fields.fields where field.kind == .host { hosts += 1 }
        guard hosts == 1 || hosts == 0 && line.isHTTP10 else {
            throw HTTPSyntaxError(400, "exactly one host header is needed")
        }
    }

    /// The text of the path, without the query.
    package var pathString: String { string(path) }
    /// The text of path and query.
    package var targetString: String { string(target) }
    /// The text of the method.
    package var methodString: String { string(methodText) }

    private func string(_ range: Range<Int>) -> String {
        fields.bytes.getString(at: fields.bytes.readerIndex + range.lowerBound, length: range.count) ?? ""
    }

    /// Calls `body` with the bytes of the path.
    func withPath<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        fields.bytes.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[path])) }
    }

    /// Ambiguous framing is refused: it is the raw material of request smuggling.
    private static func framing(_ fields: HTTPFieldSet, isHTTP10: Bool) throws(HTTPSyntaxError) -> BodyFraming {
        var length: Int?
        var isChunked = false
        for field in fields.fields {
            switch field.kind {
            case .contentLength:
                guard length == nil, let value = fields.withValue(field, HTTPBytes.decimal) else {
                    throw HTTPSyntaxError(400, "content-length is malformed or repeated")
                }
                length = value
            case .transferEncoding:
                guard !isChunked, !isHTTP10 else { throw HTTPSyntaxError(400, "transfer-encoding is not allowed here") }
                guard fields.withValue(field, { $0.equalsLowercased("chunked") }) else {
                    throw HTTPSyntaxError(501, "the only transfer-encoding known is chunked")
                }
                isChunked = true
            default: break
            }
        }
        guard isChunked else { return length.map { .length($0) } ?? .none }
        guard length == nil else {
            throw HTTPSyntaxError(400, "content-length and transfer-encoding exclude each other")
        }
        return .chunked
    }
}

/// The first line of a request (RFC 9112 §3).
private struct RequestLine {
    var method: RequestHead.Method
    var methodText: Range<Int>
    var target: Range<Int>
    var path: Range<Int>
    var isHTTP10: Bool
    /// Bytes of the line, with its CRLF.
    var length: Int

    init(parsing bytes: ByteBuffer) throws(HTTPSyntaxError) {
        let line: Result<RequestLine, HTTPSyntaxError> = bytes.withUnsafeReadableBytes { raw in
            do throws(HTTPSyntaxError) {
                return .success(try RequestLine(raw))
            } catch {
                return .failure(error)
            }
        }
        self = try line.get()
    }

    private init(_ raw: UnsafeRawBufferPointer) throws(HTTPSyntaxError) {
        var index = 0
        while index < raw.count, HTTPBytes.isToken(raw[index]) { index += 1 }
        guard index > 0, index < raw.count, raw[index] == 0x20 else {
            throw HTTPSyntaxError(400, "the request line is malformed")
        }
        methodText = 0..<index
        method = Self.method(UnsafeRawBufferPointer(rebasing: raw[methodText]))
        index += 1
        let start = index
        var pathEnd: Int?
        while index < raw.count, raw[index] > 0x20, raw[index] < 0x7F, raw[index] != UInt8(ascii: "#") {
            if raw[index] == UInt8(ascii: "?"), pathEnd == nil { pathEnd = index }
            index += 1
        }
        guard index > start, raw.count >= index + 11, raw[index] == 0x20 else {
            throw HTTPSyntaxError(400, "the request line is malformed")
        }
        let version = UnsafeRawBufferPointer(rebasing: raw[(index + 1)..<(index + 9)])
        guard version.elementsEqual("HTTP/1.1".utf8) || version.elementsEqual("HTTP/1.0".utf8) else {
            guard version.starts(with: "HTTP/".utf8) else {
                throw HTTPSyntaxError(400, "the request line is malformed")
            }
            throw HTTPSyntaxError(505, "the version must be HTTP/1.1")
        }
        guard raw[index + 9] == 0x0D, raw[index + 10] == 0x0A else {
            throw HTTPSyntaxError(400, "the request line is malformed")
        }
        isHTTP10 = version[7] == UInt8(ascii: "0")
        let pathStart = try Self.pathStart(raw, start..<(pathEnd ?? index))
        target = pathStart..<index
        path = pathStart..<(pathEnd ?? index)
        length = index + 11
    }

    /// Where the path starts: a proxy-style target (`http://host/path`) has its origin before it.
    private static func pathStart(_ raw: UnsafeRawBufferPointer, _ target: Range<Int>) throws(HTTPSyntaxError) -> Int {
        if raw[target.lowerBound] == UInt8(ascii: "/") { return target.lowerBound }
        let text = UnsafeRawBufferPointer(rebasing: raw[target])
        let scheme = text.startsLowercased("http://") ? 7 : text.startsLowercased("https://") ? 8 : 0
        if scheme > 0, let slash = text[scheme...].firstIndex(of: UInt8(ascii: "/")), slash > scheme,
            text[scheme..<slash].allSatisfy(isAuthority)
        {
            return target.lowerBound + slash
        }
        throw HTTPSyntaxError(400, "the request target must be a path")
    }

    /// Whether `byte` may be in a host name, an address or a port.
    ///
    /// A user's name may not be there (RFC 9110 §4.2.4).
    private static func isAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }

    private static func method(_ text: UnsafeRawBufferPointer) -> RequestHead.Method {
        if text.elementsEqual("POST".utf8) { return .post }
        if text.elementsEqual("GET".utf8) { return .get }
        if text.elementsEqual("HEAD".utf8) { return .head }
        if text.elementsEqual("DELETE".utf8) { return .delete }
        return .other
    }
}
