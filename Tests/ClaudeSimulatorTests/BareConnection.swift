import NIOCore
import NIOPosix
import Testing

/// A TCP connection without an HTTP client, which could keep bytes back.
enum BareConnection {
    /// Sends `request` and returns every byte that comes until the server closes.
    static func exchange(_ request: String, with url: String) async throws -> [UInt8] {
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var bytes: [UInt8] = []
            for try await buffer in inbound { bytes += buffer.readableBytesView }
            return bytes
        }
    }

    /// The body of a response in whole chunks, whose end may be missing.
    static func chunkedBody(_ response: [UInt8]) throws -> [UInt8] {
        var rest = response[try #require(response.firstRange(of: Array("\r\n\r\n".utf8))).upperBound...]
        var body: [UInt8] = []
        while let line = rest.firstRange(of: [13, 10]) {
            let digits = String(decoding: rest[rest.startIndex..<line.lowerBound], as: UTF8.self)
            let size = try #require(Int(digits, radix: 16))
            #expect(size > 0, "the end that must not come")
            body += rest[line.upperBound...].prefix(size)
            rest = rest[line.upperBound...].dropFirst(size + 2)
        }
        #expect(rest.isEmpty)
        return body
    }
}
