internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

extension HTTPTrace {
    /// The reading of llhttp, as SwiftNIO uses it.
    static func referenceRequests(_ bytes: [UInt8]) -> HTTPTrace {
        reference(bytes, ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))) {
            (part: HTTPServerRequestPart, trace) in
            switch part {
            case .head(let head):
                // The gateway goes by the path; a target in a proxy's form has its origin before it.
                trace.begin([head.method.rawValue, originForm(head.uri)], lines(head.headers))
            case .body(let bytes): trace.add(bytes)
            case .end: trace.end()
            }
        }
    }

    /// The reading of llhttp, as SwiftNIO uses it, of the answer to one GET.
    static func referenceResponse(_ bytes: [UInt8], closes: Bool) -> HTTPTrace {
        reference(bytes, ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)), closes: closes) {
            (part: HTTPClientResponsePart, trace) in
            switch part {
            case .head(let head): trace.begin([String(head.status.code)], lines(head.headers))
            case .body(let bytes): trace.add(bytes)
            case .end: trace.end()
            }
        }
    }

    private static func reference<Part>(
        _ bytes: [UInt8], _ decoder: some ChannelHandler, closes: Bool = false,
        _ body: (Part, inout HTTPTrace) -> Void
    ) -> HTTPTrace {
        var trace = HTTPTrace()
        let channel = EmbeddedChannel(handler: decoder)
        defer {
            // A channel that is not closed keeps itself alive: what an error left open is closed here.
            channel.close(promise: nil)
            channel.embeddedEventLoop.run()
        }
        do {
            let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
            if Part.self == HTTPClientResponsePart.self {
                try channel.writeOutbound(HTTPClientRequestPart.head(request))
            }
            try channel.writeInbound(ByteBuffer(bytes: bytes))
            if closes { _ = try channel.finish() }
        } catch {
            trace.isRefused = true
        }
        do {
            while let part = try channel.readInbound(as: Part.self) { body(part, &trace) }
            if !closes { _ = try channel.finish() }
        } catch {
            trace.isRefused = true
        }
        return trace
    }

    private static func lines(_ headers: HTTPHeaders) -> [String] {
        headers.map { name, value in
            let start = value.utf8.drop { $0 == 0x20 || $0 == 0x09 }
            let end = start.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { start.index(after: $0) } ?? start.startIndex
            return "\(name): \(Substring(start[..<end]))"
        }
    }

    private static func originForm(_ target: String) -> String {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return target }
        let rest = target[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? target
    }
}
