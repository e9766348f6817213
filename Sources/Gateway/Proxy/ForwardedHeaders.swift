package import NIOCore

/// Writes the heads that go on to the other side: what the sender wrote, minus what belongs to one connection or to the
/// operator, plus what the gateway owes.
package struct ForwardedHeaders {
    /// `host: …` and the end of line.
    private let hostLine: ByteBuffer
    /// `x-api-key: …` and the end of line.
    private let credentialLine: ByteBuffer
    private let pathPrefix: ByteBuffer

    package init(upstream: UpstreamURL, key: UpstreamKey) {
        hostLine = ByteBuffer(string: "host: \(upstream.authority)\r\n")
        credentialLine = ByteBuffer(string: "x-api-key: \(key.secret)\r\n")
        pathPrefix = ByteBuffer(string: upstream.pathPrefix)
    }

    /// Writes the request's head as the upstream gets it.
    ///
    /// The credential is replaced, lines of this connection and lines addressed to the gateway are dropped, and
    /// `accept-encoding` is narrowed to what can be metered: gzip where the client takes it, else identity.
    package func writeRequest(_ request: RequestHead, to out: inout ByteBuffer) {
        let fields = request.fields
        out.writeBytes(of: fields, request.methodText)
        out.writeInteger(UInt8(ascii: " "))
        out.writeImmutableBuffer(pathPrefix)
        out.writeBytes(of: fields, request.target)
        out.writeStaticString(" HTTP/1.1\r\n")
        out.writeImmutableBuffer(hostLine)
        out.writeLines(of: fields) { kind in
            switch kind {
            case .authorization, .xAPIKey, .acceptEncoding, .flowmeter, .flowmeterSession: false
            default: !kind.isHopByHop
            }
        }
        out.writeImmutableBuffer(credentialLine)
        if fields.list(.acceptEncoding, contains: "gzip") {
            out.writeStaticString("accept-encoding: gzip\r\n")
        } else {
            out.writeStaticString("accept-encoding: identity\r\n")
        }
        switch request.framing {
        case .chunked: out.writeStaticString("transfer-encoding: chunked\r\n")
        case .length(let length): out.writeLengthLine(length)
        case .none where request.method == .post: out.writeLengthLine(0)
        case .none, .untilClose: break
        }
        out.writeStaticString("\r\n")
    }

    /// How a response's body is framed for the client.
    package enum ClientFraming: Hashable {
        /// As the upstream says: a length, or none.
        case length(Int)
        case none
        case chunked
        /// HTTP/1.0 has no chunks: the end of the connection is the end of the body.
        case untilClose

        /// A framing that a trailer can follow, where the client's protocol has one: nothing follows a stated length.
        func withTrailer(isHTTP10: Bool) -> ClientFraming {
            switch self {
            case .length: isHTTP10 ? self : .chunked
            case .none, .chunked, .untilClose: self
            }
        }
    }

    /// The framing of a response for a client.
    package static func clientFraming(of response: ResponseHead, isHTTP10: Bool) -> ClientFraming {
        switch response.framing {
        case .none: .none
        case .length(let length): .length(length)
        case .chunked, .untilClose: isHTTP10 ? .untilClose : .chunked
        }
    }

    /// Writes the response's head as the client gets it.
    ///
    /// `requestID` is for responses that have none of their own, `standing` are whole lines for customers with caps,
    /// and `receipt` is one about the call's receipt.
    package static func writeResponse(
        _ response: ResponseHead, framing: ClientFraming, requestID: String?, standing: String? = nil,
        receipt: ByteBuffer? = nil, closes: Bool,
        to out: inout ByteBuffer
    ) {
        let fields = response.fields
        out.writeStaticString("HTTP/1.1 ")
        out.writeBytes(of: fields, response.statusText)
        out.writeStaticString("\r\n")
        out.writeLines(of: fields) { kind in kind != .upstreamQuota && !kind.isHopByHop }
        if let requestID {
            out.writeStaticString("request-id: ")
            out.writeString(requestID)
            out.writeStaticString("\r\n")
        }
        if let standing { out.writeString(standing) }
        if let receipt { out.writeImmutableBuffer(receipt) }
        switch framing {
        case .length(let length): out.writeLengthLine(length)
        case .chunked: out.writeStaticString("transfer-encoding: chunked\r\n")
        case .none:
            if let length = fields.first(.contentLength), let value = fields.withValue(length, HTTPBytes.decimal) {
                out.writeLengthLine(value)
            }
        case .untilClose: break
        }
        if closes || framing == .untilClose { out.writeStaticString("connection: close\r\n") }
        out.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    /// Writes a `content-length` line.
    mutating func writeLengthLine(_ length: Int) {
        writeStaticString("content-length: ")
        writeDecimal(length)
        writeStaticString("\r\n")
    }

    /// Writes a part of a head.
    fileprivate mutating func writeBytes(of fields: HTTPFieldSet, _ range: Range<Int>) {
        fields.bytes.withUnsafeReadableBytes { raw in
            _ = writeBytes(UnsafeRawBufferPointer(rebasing: raw[range]))
        }
    }

    /// Writes the lines of a head that are to be kept, byte for byte; neighbours are copied in one go.
    fileprivate mutating func writeLines(of fields: HTTPFieldSet, keeping isKept: (HTTPFieldKind) -> Bool) {
        let nominated = fields.first(.connection) == nil ? [] : fields.connectionNominations()
        let lines = fields.fields
        let end = fields.bytes.readableBytes - 2
        fields.bytes.withUnsafeReadableBytes { raw in
            var runStart: Int?
            for index in lines.indices {
                let line = lines[index]
                let keep =
                    isKept(line.kind) && (nominated.isEmpty || !nominated.contains(fields.name(line).lowercased()))
                if keep {
                    if runStart == nil { runStart = Int(line.nameStart) }
                } else if let start = runStart {
                    writeBytes(UnsafeRawBufferPointer(rebasing: raw[start..<Int(line.nameStart)]))
                    runStart = nil
                }
            }
            if let start = runStart { writeBytes(UnsafeRawBufferPointer(rebasing: raw[start..<end])) }
        }
    }
}
