import NIOCore
import NIOPosix

/// An upstream that answers with exactly the bytes a test gives it, cut exactly where the test cuts them.
final class ScriptedUpstream: Sendable {
    enum Step: Sendable {
        case write([UInt8])
        case wait(Gate)
        /// Closes the connection.
        case close
        /// Closes it so that the other side sees a reset.
        case reset

        static func text(_ text: String) -> Step { .write(Array(text.utf8)) }
    }

    struct Request: Sendable, Equatable {
        var head: String
        var body: [UInt8]
        var connection: Int

        var target: String { String(head.split(separator: " ")[1]) }

        func header(_ name: String) -> [String] {
            head.split(separator: "\r\n").dropFirst().compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == name else { return nil }
                return parts[1].drop { $0 == " " }.description
            }
        }
    }

    let port: Int
    let requests = Watched<[Request]>([])
    let connections = Watched<Int>(0)
    /// How connections ended, in order: by the other side or by the script.
    let closed = Watched<Int>(0)

    private init(port: Int) { self.port = port }

    /// Runs an upstream around `body`.
    static func run<R: Sendable>(
        answering script: @escaping @Sendable (Request) async -> [Step],
        _ body: (ScriptedUpstream) async throws -> R
    ) async throws -> R {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let upstream = ScriptedUpstream(port: server.channel.localAddress?.port ?? 0)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.executeThenClose { clients in
                    await withDiscardingTaskGroup { group in
                        do {
                            for try await client in clients {
                                let number = upstream.connections.update { count in
                                    count += 1
                                    return count
                                }
                                group.addTask { await upstream.serve(client, number, script) }
                            }
                        } catch {
                            // The test is over.
                        }
                    }
                }
            }
            let result = try await body(upstream)
            group.cancelAll()
            return result
        }
    }

    private func serve(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ number: Int,
        _ script: @Sendable (Request) async -> [Step]
    ) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                var bytes: [UInt8] = []
                for try await piece in inbound {
                    bytes.append(contentsOf: piece.readableBytesView)
                    while let request = Self.takeRequest(&bytes, connection: number) {
                        requests.update { $0.append(request) }
                        for step in await script(request) {
                            switch step {
                            case .write(let bytes): try await outbound.write(ByteBuffer(bytes: bytes))
                            case .wait(let gate): await gate.wait()
                            case .close: return
                            case .reset:
                                // Closing with a linger time of zero discards what is unsent and resets.
                                let options = channel.channel as? any SocketOptionProvider
                                try await options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                                return
                            }
                        }
                    }
                }
            }
        } catch {
            // The gateway closed the connection: what tests of aborted calls expect.
        }
        closed.update { $0 += 1 }
    }

    private static func takeRequest(_ bytes: inout [UInt8], connection: Int) -> Request? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else { return nil }
        var request = Request(head: String(decoding: bytes[..<end], as: UTF8.self), body: [], connection: connection)
        if let text = request.header("content-length").first, let length = Int(text) {
            guard bytes.count >= end + length else { return nil }
            request.body = Array(bytes[end..<(end + length)])
            bytes.removeFirst(end + length)
        } else if request.header("transfer-encoding").first == "chunked" {
            guard let (body, length) = decodeChunks(bytes[end...]) else { return nil }
            request.body = body
            bytes.removeFirst(end + length)
        } else {
            bytes.removeFirst(end)
        }
        return request
    }

    /// The body in chunks, and how long it was with its framing; `nil` while it is not complete.
    static func decodeChunks(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], length: Int)? {
        var rest = bytes
        var body: [UInt8] = []
        while true {
            guard let line = rest.firstRange(of: [13, 10]) else { return nil }
            let text = String(decoding: rest[rest.startIndex..<line.lowerBound], as: UTF8.self)
            guard let size = Int(text, radix: 16) else { return nil }
            rest = rest[line.upperBound...]
            guard rest.count >= size + 2 else { return nil }
            body.append(contentsOf: rest.prefix(size))
            rest = rest.dropFirst(size + 2)
            if size == 0 { return (body, bytes.count - rest.count) }
        }
    }
}
