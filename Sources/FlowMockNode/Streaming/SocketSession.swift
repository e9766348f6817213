internal import NIOCore
internal import NIOWebSocket
internal import Synchronization

/// One WebSocket connection at `/v1/ws`.
final class SocketSession: Sendable {
    /// Thrown to end the connection.
    private struct Ended: Error {}

    private struct State {
        var subscriptions: [Subscription] = []
        var sent = 0
        var nextID = 1
    }

    private static let subscriptionLimit = 20
    private let node: MockAccessNode
    private let connection: NodeServer.SocketConnection
    private let state = Mutex(State())

    init(node: MockAccessNode, connection: NodeServer.SocketConnection) {
        self.node = node
        self.connection = connection
    }

    func run() async throws {
        let (signals, continuation) = AsyncStream.makeStream(of: SocketHandle.Signal.self)
        let (id, script) = node.open(SocketHandle(signals: continuation))
        node.activity.record(.connection)
        defer {
            node.close(id)
            node.activity.record(.disconnection)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await frame in self.connection.inbound {
                    try await self.receive(frame, script)
                    continuation.yield(.moved)
                }
                throw Ended()
            }
            group.addTask {
                for await signal in signals { try await self.react(to: signal, script) }
                throw Ended()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func isSilent(_ script: MockSocketScript) -> Bool {
        guard let limit = script.silentAfter else { return false }
        return state.withLock { $0.sent >= limit }
    }

    // MARK: Inbound

    private func receive(_ frame: WebSocketFrame, _ script: MockSocketScript) async throws {
        // Clients must mask (RFC 6455, section 5.1).
        guard frame.maskKey != nil else { throw Ended() }
        let data = frame.unmaskedData
        switch frame.opcode {
        case .text, .binary:
            guard !isSilent(script) else { return }
            let answer = answer(Array(data.readableBytesView), script)
            try await send(answer, script)
            state.withLock { state in
                for index in state.subscriptions.indices { state.subscriptions[index].isAcknowledged = true }
            }
        case .ping:
            guard !isSilent(script) else { return }
            try await connection.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
        case .pong: node.activity.record(.pong)
        case .connectionClose:
            try await connection.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
            throw Ended()
        default: throw Ended()
        }
    }

    private func answer(_ bytes: [UInt8], _ script: MockSocketScript) -> MockJSON {
        let request: SocketRequest
        do {
            request = try SocketRequest(parsing: bytes)
        } catch {
            return ["subscription_id": "", "error": error.body]
        }
        let id = request.subscriptionID
        switch request.action {
        case .subscribe(let topic, let start):
            return subscribe(topic, start, id, script)
        case .unsubscribe:
            let isKnown = state.withLock { state in
                let count = state.subscriptions.count
                state.subscriptions.removeAll { $0.id == id }
                return state.subscriptions.count < count
            }
            guard isKnown else {
                return failure(NodeFailure(status: 404, message: "subscription not found"), id, "unsubscribe")
            }
            return ["subscription_id": .string(id ?? ""), "action": "unsubscribe"]
        case .list:
            let list: [MockJSON] = state.withLock { state in
                state.subscriptions.map { ["subscription_id": .string($0.id), "topic": .string($0.topic.name)] }
            }
            return [
                "subscription_id": .string(id ?? ""), "action": "list_subscriptions", "subscriptions": .array(list),
            ]
        }
    }

    private func failure(_ failure: NodeFailure, _ id: String?, _ action: String) -> MockJSON {
        ["subscription_id": .string(id ?? ""), "action": .string(action), "error": failure.body]
    }

    private func subscribe(
        _ topic: SocketRequest.Topic, _ start: SocketRequest.Start, _ id: String?, _ script: MockSocketScript
    ) -> MockJSON {
        if let code = script.refusal {
            return failure(NodeFailure(status: code, message: "error creating data provider: refused"), id, "subscribe")
        }
        do throws(NodeFailure) {
            let id = try node.withChain { (chain) throws(NodeFailure) in
                try self.state.withLock { (state) throws(NodeFailure) in
                    guard state.subscriptions.count < Self.subscriptionLimit else {
                        throw NodeFailure(status: 503, message: "maximum number of subscriptions reached")
                    }
                    let newID = id ?? "subscription-\(state.nextID)"
                    state.nextID += 1
                    guard !state.subscriptions.contains(where: { $0.id == newID }) else {
                        throw .bad("error creating data provider: subscription ID is already in use")
                    }
                    state.subscriptions.append(try Subscription(id: newID, topic, start: start, on: chain))
                    return newID
                }
            }
            node.activity.record(.subscription)
            return ["subscription_id": .string(id), "action": "subscribe"]
        } catch {
            return failure(error, id, "subscribe")
        }
    }

    // MARK: Outbound

    private func react(to signal: SocketHandle.Signal, _ script: MockSocketScript) async throws {
        switch signal {
        case .drop: throw Ended()
        case .ping:
            guard !isSilent(script) else { return }
            try await connection.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer(string: "ping")))
        case .moved:
            while let (message, index) = next(script) {
                if !script.losses.contains(index) {
                    let message = script.garbage.contains(index) ? .string("garbage") : message
                    try await send(message, script)
                    if script.duplicates.contains(index) { try await send(message, script) }
                }
                node.activity.record(.message)
            }
            if let limit = script.dropsAfter, state.withLock({ $0.sent >= limit }) {
                if let code = script.closeCode {
                    var data = ByteBuffer()
                    data.writeInteger(code)
                    try await connection.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
                }
                throw Ended()
            }
        }
    }

    /// The next data message of any subscription, with its number on this connection.
    private func next(_ script: MockSocketScript) -> (MockJSON, Int)? {
        node.withChain { chain in
            state.withLock { state in
                let limit = min(script.dropsAfter ?? .max, script.silentAfter ?? .max)
                guard state.sent < limit else { return nil }
                for position in state.subscriptions.indices where state.subscriptions[position].isAcknowledged {
                    guard let message = state.subscriptions[position].next(chain) else { continue }
                    if state.subscriptions[position].isFinished { state.subscriptions.remove(at: position) }
                    defer { state.sent += 1 }
                    return (message, state.sent)
                }
                return nil
            }
        }
    }

    private func send(_ message: MockJSON, _ script: MockSocketScript) async throws {
        let bytes = message.encoded
        let size = max(1, script.fragmentBytes ?? bytes.count)
        var start = 0
        while start < bytes.count {
            let end = min(start + size, bytes.count)
            try await connection.write(
                WebSocketFrame(
                    fin: end == bytes.count, opcode: start == 0 ? .text : .continuation,
                    data: ByteBuffer(bytes: bytes[start..<end])))
            start = end
        }
    }
}
