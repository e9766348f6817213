internal import NIOCore
internal import NIOWebSocket
internal import Synchronization

/// Keeps a subscription going over as many connections as it takes.
final class StreamRunner<Topic: StreamTopic>: Sendable {
    private typealias Writer = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    /// How a connection ended.
    private enum End: Sendable {
        /// The last element was delivered, or nobody reads any more.
        case finished
        /// Another connection may do better.
        case broken(FlowError)
        /// No connection can do better.
        case failed(FlowError)
    }

    private struct State {
        var machine: StreamStateMachine<Topic>
        /// How many frames have come in.
        var frames = 0
        /// The reader is behind: the connection is silent because nothing is read from it.
        var isDelivering = false
    }

    private let streams: FlowStreams
    private let buffer: StreamBuffer<Topic.Element>
    private let state: Mutex<State>

    init(_ topic: Topic, _ streams: FlowStreams, into buffer: StreamBuffer<Topic.Element>) {
        self.streams = streams
        self.buffer = buffer
        state = Mutex(State(machine: StreamStateMachine(topic, attempts: streams.retries.attempts)))
    }

    /// Runs until the stream has ended, cannot go on, or the task is cancelled; the buffer is told which.
    func run() async {
        var random = SystemRandomNumberGenerator()
        var node = 0
        while !Task.isCancelled {
            let failure: FlowError
            switch await connection(to: streams.nodes[node % streams.nodes.count]) {
            case .finished: return buffer.finish(.success(()))
            case .failed(let error): return buffer.finish(.failure(error))
            case .broken(let error): failure = error
            }
            guard let number = state.withLock({ $0.machine.disconnected() }) else {
                return buffer.finish(.failure(failure))
            }
            node += 1
            do {
                let pause = streams.retries.pause(before: number, asked: nil, using: &random)
                if pause > .zero { try await streams.clock.sleep(for: pause) }
            } catch {
                break
            }
        }
        buffer.finish(.failure(FlowError(.closed, "the stream was cancelled")))
    }

    /// One connection, from the handshake to its end.
    private func connection(to node: AccessNode) async -> End {
        do throws(FlowError) {
            let channel = try await StreamConnection.open(
                node, trusting: streams.trustedAuthorities, within: streams.silenceLimit, clock: streams.clock)
            do {
                return try await channel.executeThenClose { inbound, outbound in
                    try await self.converse(inbound, outbound, node)
                }
            } catch {
                return .broken(FlowError(.unavailable, "the connection to \(node) broke: \(error)", cause: error))
            }
        } catch {
            switch error.code {
            case .invalidInput: return .failed(error)
            // A node that let the stream in before, or another of its kind, may do so again.
            case .refused where state.withLock({ $0.machine.seen == nil }): return .failed(error)
            default: return .broken(error)
            }
        }
    }

    private func converse(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ outbound: Writer, _ node: AccessNode
    ) async throws -> End {
        let request = state.withLock { $0.machine.connected() }
        try await outbound.write(Self.frame(.text, ByteBuffer(bytes: request)))
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await self.read(inbound, outbound, node) }
            group.addTask { try await self.watch(node) }
            defer { group.cancelAll() }
            return try await group.next() ?? .finished
        }
    }

    // MARK: Reading

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ outbound: Writer, _ node: AccessNode
    ) async throws -> End {
        for try await frame in inbound {
            state.withLock { $0.frames += 1 }
            switch frame.opcode {
            case .text, .binary:
                guard let end = await judge(Array(frame.unmaskedData.readableBytesView)) else { continue }
                if case .finished = end { try await outbound.write(Self.closing(.normalClosure)) }
                return end
            case .ping:
                state.withLock { $0.machine.pinged() }
                try await outbound.write(Self.frame(.pong, frame.unmaskedData))
            case .pong: continue
            case .connectionClose:
                try await outbound.write(Self.frame(.connectionClose, frame.unmaskedData))
                return .broken(FlowError(.unavailable, "\(node) closed the stream"))
            default: return .broken(FlowError(.malformedAnswer, "\(node) sent a frame of an unknown kind"))
            }
        }
        return .broken(FlowError(.unavailable, "the connection to \(node) ended"))
    }

    /// Deals with a message; `nil` when the connection goes on.
    private func judge(_ message: [UInt8]) async -> End? {
        switch state.withLock({ $0.machine.received(message) }) {
        case .none: return nil
        case .reconnect(let error): return .broken(error)
        case .fail(let error): return .failed(error)
        case .deliver(let element): return await deliver(element) ? nil : .finished
        case .deliverLast(let element):
            _ = await deliver(element)
            return .finished
        }
    }

    private func deliver(_ element: Topic.Element) async -> Bool {
        state.withLock { $0.isDelivering = true }
        defer { state.withLock { $0.isDelivering = false } }
        return await buffer.send(element)
    }

    // MARK: Heartbeat

    /// Ends the connection when nothing has come for the silence limit: nodes send a ping every nine seconds.
    private func watch(_ node: AccessNode) async throws -> End {
        var seen = state.withLock { $0.frames }
        while true {
            try await streams.clock.sleep(for: streams.silenceLimit)
            let (frames, isDelivering) = state.withLock { ($0.frames, $0.isDelivering) }
            if frames == seen, !isDelivering {
                return .broken(
                    FlowError(
                        .timedOut, "\(node) was silent for \(streams.silenceLimit) though it should send pings"))
            }
            seen = frames
        }
    }

    // MARK: Frames

    /// A frame of a client, which must be masked (RFC 6455, section 5.1).
    private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }

    private static func closing(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return frame(.connectionClose, data)
    }
}
