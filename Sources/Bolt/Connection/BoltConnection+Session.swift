internal import DequeModule
internal import NIOCore
internal import Synchronization

// What the pool does with a connection between two units of work.
extension BoltConnection {
    /// Replaces the credentials, in front of whatever is sent next; the connection closes when they are refused.
    func authenticate(_ authentication: BoltAuthentication) throws(BoltError) {
        var writer = writer()
        try writer.plain(.logoff)
        try writer.logon(authentication)
        state.withLock { $0.authentication = authentication }
        try send(writer, [.nobody, .nobody])
    }

    /// Has the server drop all that is unfinished.
    func reset(_ done: @escaping @Sendable (Result<BoltMap, BoltError>) -> Void) {
        let canReset = state.withLock { $0.closeReason == nil && $0.machine.canReset }
        guard canReset else {
            let reason = BoltError(.connectionLost, "the connection could not be reset")
            close(reason)
            return done(.failure(reason))
        }
        var writer = writer()
        do throws(BoltError) {
            try writer.plain(.reset)
            try send(writer, [.callback(done)])
        } catch {
            close(error)
            done(.failure(error))
        }
        // What is unread is of no use to anybody.
        let (sinks, channel) = state.withLock { ($0.sinks, $0.channel) }
        for case .records(let stream) in sinks { _ = stream.discard() }
        channel?
            .triggerUserOutboundEvent(BoltConnectionHandler.Event.resumeReading, promise: nil)
    }
}
