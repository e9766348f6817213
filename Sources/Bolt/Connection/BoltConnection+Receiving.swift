internal import DequeModule
internal import NIOCore
internal import Synchronization

// What the channel handler calls, on the event loop.
extension BoltConnection {
    /// The channel exists; it is closed at once when nobody wants it any more.
    func attach(_ channel: any Channel) {
        let isClosed = state.withLock { state in
            state.channel = channel
            state.executor = EventLoopExecutor(channel.eventLoop)
            return state.closeReason != nil
        }
        if isClosed { channel.close(mode: .all, promise: nil) }
    }

    /// The version is agreed: introduces and authenticates the client, in one write with the rest of the handshake.
    func negotiated(_ version: BoltVersion, reply: ByteBuffer) {
        let authentication = self.authentication
        var writer = RequestWriter(dialect: BoltDialect(version: version, usesUTC: version >= .v50))
        let hasLogon = version >= .v51
        do throws(BoltError) {
            try writer.hello(hello, authentication: authentication)
            if hasLogon { try writer.logon(authentication) }
        } catch {
            return close(error)
        }
        let finish: @Sendable (Result<BoltMap, BoltError>) -> Void = { result in
            if case .success(let metadata) = result { self.authenticated(metadata) }
            self.ready.complete(result.map { _ in })
        }
        let greet: @Sendable (Result<BoltMap, BoltError>) -> Void = { result in
            if case .success(let metadata) = result { self.greeted(metadata) }
            if !hasLogon { finish(result) }
        }
        state.withLock { state in
            state.dialect = writer.dialect
            state.machine = ProtocolStateMachine(version: version)
            _ = Self.enqueue(reply, &state)
            state.isFlushScheduled = false
        }
        do throws(BoltError) {
            try send(writer, hasLogon ? [.callback(greet), .callback(finish)] : [.callback(greet)])
        } catch {
            close(error)
        }
    }

    private func greeted(_ metadata: BoltMap) {
        let hints = metadata["hints"]?.map
        state.withLock { state in
            state.server.agent = metadata["server"]?.string ?? ""
            state.server.connectionID = metadata["connection_id"]?.string ?? ""
            if case .bool(true)? = hints?["telemetry.enabled"]?.content { state.server.takesTelemetry = true }
            if case .bool(true)? = hints?["ssr.enabled"]?.content, state.dialect.version >= .v58 {
                state.server.routesItself = true
            }
            if let seconds = hints?["connection.recv_timeout_seconds"]?.integer, seconds > 0 {
                state.server.receiveTimeout = .seconds(min(seconds, 1 << 31))
            }
            let patches = metadata["patch_bolt"]?.list?.compactMap(\.string) ?? []
            if state.dialect.version < .v50 {
                state.dialect = BoltDialect(version: state.dialect.version, usesUTC: patches.contains("utc"))
            }
        }
    }

    private func authenticated(_ metadata: BoltMap) {
        state.withLock { state in
            if let address = metadata["advertised_address"]?.string { state.server.advertisedAddress = address }
        }
    }

    /// Takes records; returns whether the socket may be read on, and whom to wake when all is read.
    func receive(records: [ByteBuffer], bytes: Int) throws(BoltError) -> (readsOn: Bool, reader: ResultStream?) {
        let stream = state.withLock { state -> ResultStream? in
            guard state.machine.expectsRecord, case .records(let stream)? = state.sinks.first else { return nil }
            return stream
        }
        guard let stream else {
            if isClosed { return (true, nil) }
            throw BoltError(.protocolViolation, "the server sent a record that nobody asked for")
        }
        return (stream.receive(records, bytes: bytes), stream)
    }

    /// Takes the answer to the oldest request; returns whom to wake when all is read.
    func receive(_ message: ServerMessage) throws(BoltError) -> ResultStream? {
        switch message {
        case .record(let record): return try receive(records: [record], bytes: record.readableBytes).reader
        case .success(let metadata):
            var hasMore = false
            if case .bool(true)? = metadata["has_more"]?.content { hasMore = true }
            let (_, sink) = try answered(.success(hasMore: hasMore), failure: nil)
            switch sink {
            case .nobody: break
            case .reply(let reply): reply.complete(.success(metadata))
            case .callback(let callback): callback(.success(metadata))
            case .run(let stream):
                stream.began(metadata)
                return stream
            case .records(let stream):
                perform(stream.finished(metadata, hasMore: hasMore), for: stream)
                return stream
            }
        case .failure(let failure):
            let error = BoltError(server: failure)
            let (request, sink) = try answered(.failure, failure: error)
            Self.fail(sink, error)
            // Without a session there is nothing to recover: some servers close now, others wait for ever.
            switch request {
            case .hello, .logon, .reset: close(error)
            default: break
            }
        case .ignored:
            let (_, sink) = try answered(.ignored, failure: nil)
            let cause = state.withLock { $0.failure }
            Self.fail(sink, cause ?? BoltError(.transactionClosed, "the server ignored the request, as it was reset"))
        }
        return nil
    }

    private func answered(
        _ summary: ProtocolStateMachine.Summary, failure: BoltError?
    ) throws(BoltError) -> (Request, Sink) {
        let result = state.withLock { state -> Result<(Request, Sink), BoltError> in
            if let reason = state.closeReason { return .failure(reason) }
            do throws(BoltError) {
                let request = try state.machine.receive(summary)
                if let failure { state.failure = failure }
                if request == .reset, case .success = summary { state.failure = nil }
                return .success((request, state.sinks.popFirst() ?? .nobody))
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Whether the server owes an answer.
    var isAwaitingAnswer: Bool { state.withLock { !$0.machine.unanswered.isEmpty } }

    /// The longest silence while an answer is due: the server's hint, or the driver's own limit.
    func receiveTimeout(fallback: TimeAmount?) -> TimeAmount? {
        state.withLock { $0.server.receiveTimeout } ?? fallback
    }
}
