internal import Gateway
public import NIOCore

/// One call through the gateway's own reader and writer of HTTP, without sockets, metering or anything else.
public struct GatewayForwarding {
    private let headers: ForwardedHeaders
    private var out = ByteBuffer()

    /// Creates the two ends.
    public init() throws {
        headers = ForwardedHeaders(upstream: .anthropic, key: try UpstreamKey("sk-ant-benchmark"))
    }

    /// Forwards a request and its response that arrive in these pieces, and returns how many bytes go on.
    public mutating func call(request: [ByteBuffer], response: [ByteBuffer]) throws -> Int {
        try forwardRequest(request) + forwardResponse(response)
    }

    private mutating func forwardRequest(_ pieces: [ByteBuffer]) throws -> Int {
        var finder = HeadFinder(limit: 64 * 1024)
        var body: BodyDecoder?
        var written = 0
        for var piece in pieces {
            if body == nil, let head = try finder.takeHead(from: &piece) {
                let request = try RequestHead(parsing: head)
                out.clear()
                headers.writeRequest(request, to: &out)
                written += out.readableBytes
                body = BodyDecoder(request.framing)
            }
            written += try body?.decode(&piece)?.readableBytes ?? 0
        }
        return written
    }

    private mutating func forwardResponse(_ pieces: [ByteBuffer]) throws -> Int {
        var finder = HeadFinder(limit: 64 * 1024)
        var body: BodyDecoder?
        var isChunked = false
        var written = 0
        for var piece in pieces {
            if body == nil, let head = try finder.takeHead(from: &piece) {
                let response = try ResponseHead(parsing: head, toHead: false)
                let framing = ForwardedHeaders.clientFraming(of: response, isHTTP10: false)
                isChunked = framing == .chunked
                out.clear()
                ForwardedHeaders.writeResponse(
                    response, framing: framing, requestID: nil, closes: false, to: &out)
                written += out.readableBytes
                body = BodyDecoder(response.framing)
            }
            guard let bytes = try body?.decode(&piece) else { continue }
            written += isChunked ? writeChunk(bytes) : bytes.readableBytes
        }
        return written + (isChunked ? 5 : 0)
    }

    /// Frames a piece of the body as the front does.
    private mutating func writeChunk(_ bytes: ByteBuffer) -> Int {
        out.clear()
        out.writeHexadecimal(bytes.readableBytes)
        out.writeStaticString("\r\n")
        out.writeImmutableBuffer(bytes)
        out.writeStaticString("\r\n")
        return out.readableBytes
    }
}
