internal import NIOCore
internal import NIOWebSocket

/// What the node can do with an open WebSocket connection from outside of it.
struct SocketHandle: Sendable {
    enum Signal: Sendable {
        /// The chain has moved, or there is a new subscription.
        case moved
        case ping
        case drop
    }

    let signals: AsyncStream<Signal>.Continuation

    func wake() { signals.yield(.moved) }
    func ping() { signals.yield(.ping) }
    func drop() { signals.yield(.drop) }
}
