internal import DequeModule
internal import NIOCore
internal import Synchronization

/// One connection: requests go out in order from any thread, answers come in on the event loop.
///
/// All state lies behind one lock. Requests are encoded by the caller and put into an outgoing buffer under the lock, so
/// that their order on the wire is the order of the awaited answers; the event loop writes the buffer in one go.
final class BoltConnection: Sendable {
    /// Who awaits the answer of a request.
    enum Sink: Sendable {
        case nobody
        case reply(PendingReply<BoltMap>)
        case callback(@Sendable (Result<BoltMap, BoltError>) -> Void)
        case run(ResultStream)
        case records(ResultStream)
    }

    /// What the server said about itself.
    struct Server: Sendable {
        var agent = ""
        var connectionID = ""
        var advertisedAddress: String?
        var takesTelemetry = false
        /// Whether it sends work on to the member that has the database, and says which database is the user's home.
        var routesItself = false
        /// The longest silence of the server while an answer is due.
        var receiveTimeout: TimeAmount?
    }

    struct State {
        var channel: (any Channel)?
        var executor: EventLoopExecutor?
        var dialect = BoltDialect(version: .v44, usesUTC: false)
        var machine = ProtocolStateMachine(version: .v44)
        var sinks = Deque<Sink>()
        var outgoing = ByteBuffer()
        var isFlushScheduled = false
        /// The result that a `PULL` without a number is for.
        var latest: ResultStream?
        /// The failure that makes the server ignore what was sent behind it.
        var failure: BoltError?
        var closeReason: BoltError?
        var server = Server()
        var authentication: BoltAuthentication
    }

    /// A number that is unique within the driver.
    let id: Int
    let address: BoltAddress
    let hello: BoltHello
    /// When it was opened.
    let opened: NIODeadline
    /// Completed when the connection is authenticated, or cannot be made.
    let ready = PendingReply<Void>()
    let state: Mutex<State>
    private let onClose: @Sendable (BoltConnection) -> Void

    init(
        id: Int, address: BoltAddress, hello: BoltHello, authentication: BoltAuthentication, opened: NIODeadline,
        onClose: @escaping @Sendable (BoltConnection) -> Void
    ) {
        self.id = id
        self.address = address
        self.hello = hello
        self.opened = opened
        self.onClose = onClose
        state = Mutex(State(authentication: authentication))
    }

    var dialect: BoltDialect { state.withLock { $0.dialect } }
    var server: Server { state.withLock { $0.server } }
    var authentication: BoltAuthentication { state.withLock { $0.authentication } }
    var isClosed: Bool { state.withLock { $0.closeReason != nil } }
    /// Whether a new unit of work can begin.
    var isIdle: Bool { state.withLock { $0.closeReason == nil && $0.machine.isIdle } }
    /// Runs steps on the connection's event loop; `nil` before there is one.
    var executor: EventLoopExecutor? { state.withLock { $0.executor } }
    func isOn(_ eventLoop: any EventLoop) -> Bool { state.withLock { $0.channel?.eventLoop === eventLoop } }
    var hasLogon: Bool { state.withLock { $0.machine.hasLogon } }

    /// A writer for requests on this connection.
    func writer() -> RequestWriter { RequestWriter(dialect: dialect) }

    // MARK: Sending

    /// Sends requests together; each sink gets the answer of the request at its place.
    ///
    /// Throws the reason when the connection is closed, or ``BoltError/Code/transactionClosed``; nothing is sent then.
    func send(_ writer: RequestWriter, _ sinks: [Sink]) throws(BoltError) {
        let result = state.withLock { state -> Result<(any Channel)?, BoltError> in
            if let reason = state.closeReason { return .failure(reason) }
            var machine = state.machine
            do throws(BoltError) {
                for request in writer.requests { try machine.send(request) }
            } catch { return .failure(state.failure ?? error) }
            state.machine = machine
            state.sinks.append(contentsOf: sinks)
            for case .run(let stream) in sinks { state.latest = stream }
            return .success(Self.enqueue(writer.bytes, &state))
        }
        if let channel = try result.get() { flush(channel) }
    }

    /// Sends one request and waits for its answer; when the task is cancelled, the connection is closed.
    ///
    /// It is closed at the deadline as well.
    func request(_ writer: RequestWriter, deadline: NIODeadline? = nil) async throws(BoltError) -> BoltMap {
        let eventLoop = state.withLock { $0.channel?.eventLoop }
        let timeout = deadline.flatMap { deadline in
            eventLoop?.scheduleTask(deadline: deadline) {
                self.close(BoltError(.connectionLost, "the server did not answer in time"))
            }
        }
        defer { timeout?.cancel() }
        let reply = PendingReply<BoltMap>()
        var sinks = [Sink](repeating: .nobody, count: writer.requests.count)
        if !sinks.isEmpty { sinks[sinks.count - 1] = .reply(reply) }
        try send(writer, sinks)
        return try await reply.value(onCancel: closeBecauseCancelled)
    }

    /// Does what a result asks for.
    ///
    /// A result that waits for its reader has no answer outstanding, so nobody has told it of a connection that was lost
    /// or reset meanwhile: it learns that here.
    func perform(_ demand: ResultStream.Demand, resumesReading: Bool = false, for stream: ResultStream) {
        if demand != .none {
            let result = state.withLock { state in
                Result { () throws(BoltError) in try Self.ask(demand, stream, &state) }
            }
            switch result {
            case .success(let channel): if let channel { flush(channel) }
            case .failure(let error): stream.failed(error)
            }
        }
        guard resumesReading, let channel = state.withLock({ $0.channel }) else { return }
        channel.triggerUserOutboundEvent(BoltConnectionHandler.Event.resumeReading, promise: nil)
    }

    private static func ask(
        _ demand: ResultStream.Demand, _ stream: ResultStream, _ state: inout State
    ) throws(BoltError) -> (any Channel)? {
        if let reason = state.closeReason { throw reason }
        var writer = RequestWriter(dialect: state.dialect)
        // Within a transaction, results other than the latest need their number.
        switch demand {
        case .none: return nil
        case .pull(let count, let qid): try writer.pull(count, qid: state.latest === stream ? nil : qid)
        case .discard(let qid): try writer.discard(qid: state.latest === stream ? nil : qid)
        }
        do throws(BoltError) {
            for request in writer.requests { try state.machine.send(request) }
        } catch { throw state.failure ?? error }
        state.sinks.append(.records(stream))
        return enqueue(writer.bytes, &state)
    }

    /// Puts bytes into the outgoing buffer; returns the channel when a flush must be scheduled.
    static func enqueue(_ bytes: ByteBuffer, _ state: inout State) -> (any Channel)? {
        if state.outgoing.readableBytes == 0 {
            state.outgoing = bytes
        } else {
            state.outgoing.writeImmutableBuffer(bytes)
        }
        guard !state.isFlushScheduled else { return nil }
        state.isFlushScheduled = true
        return state.channel
    }

    func flush(_ channel: any Channel) {
        channel.eventLoop.execute {
            let bytes = self.state.withLock { state in
                state.isFlushScheduled = false
                let bytes = state.outgoing
                state.outgoing = ByteBuffer()
                return bytes
            }
            channel.writeAndFlush(bytes, promise: nil)
        }
    }

    // MARK: Closing

    /// Closes the connection; everything that awaits an answer fails with `reason`.
    func close(_ reason: BoltError) {
        let (sinks, channel, isFirst) = state.withLock { state in
            guard state.closeReason == nil else { return (Deque<Sink>(), state.channel, false) }
            state.closeReason = reason
            let sinks = state.sinks
            state.sinks = []
            return (sinks, state.channel, true)
        }
        guard isFirst else { return }
        // The pool first: whoever is told of the failure finds the connection gone.
        onClose(self)
        for sink in sinks { Self.fail(sink, reason) }
        ready.complete(.failure(reason))
        channel?.close(mode: .all, promise: nil)
    }

    @Sendable
    func closeBecauseCancelled() {
        close(BoltError(.cancelled, "the task was cancelled; its connection was closed"))
    }

    /// Says goodbye and closes an unused connection.
    func retire() {
        var writer = writer()
        do throws(BoltError) {
            try writer.plain(.goodbye)
            try send(writer, [])
        } catch {
            // lint: dropped. It is closed already.
        }
        let channel = state.withLock { $0.channel }
        // Behind the goodbye, which the event loop was told to write first.
        let reason = BoltError(.connectionLost, "the connection was retired")
        guard let channel else { return close(reason) }
        channel.eventLoop.execute { self.close(reason) }
    }

    static func fail(_ sink: Sink, _ error: BoltError) {
        switch sink {
        case .nobody: break
        case .reply(let reply): reply.complete(.failure(error))
        case .callback(let callback): callback(.failure(error))
        case .run(let stream), .records(let stream): stream.failed(error)
        }
    }
}
