internal import DequeModule

/// The states of a connection as the client sent it there, and as the server answered; no I/O.
///
/// Answers come strictly in the order of requests. `client` says what may be sent next if all goes well; `server` says
/// what is known. States: the Bolt server state specification.
struct ProtocolStateMachine {
    /// A state of the protocol.
    enum State: Equatable {
        case negotiation, authentication, ready, streaming, failed, defunct
        /// Within an explicit transaction, with so many results open.
        case transaction(open: Int)
    }

    /// What a summary answers.
    enum Summary: Equatable {
        case success(hasMore: Bool)
        case ignored
        case failure
    }

    let hasLogon: Bool
    private(set) var client = State.negotiation
    private(set) var server = State.negotiation
    /// Requests without an answer.
    private(set) var unanswered = Deque<Request>()
    private var unansweredResets = 0

    init(version: BoltVersion) { hasLogon = version >= .v51 }

    /// Whether a new unit of work can begin.
    var isIdle: Bool { client == .ready && server == .ready && unanswered.isEmpty }

    /// Whether a `RESET` can make the connection usable again.
    var canReset: Bool {
        switch server {
        case .negotiation, .authentication, .defunct: false
        default: client != .defunct
        }
    }

    /// Notes a request that is sent.
    ///
    /// Throws ``BoltError/Code/transactionClosed`` when the protocol does not allow it now.
    mutating func send(_ request: Request) throws(BoltError) {
        guard let next = next(client, request, hasMore: request == .pull(isLast: false)) else {
            throw BoltError(.transactionClosed, "the connection cannot take this request now (\(client))")
        }
        client = next
        guard request != .goodbye else { return }
        unanswered.append(request)
        if request == .reset { unansweredResets += 1 }
    }

    /// Whether a record may come now.
    var expectsRecord: Bool {
        guard case .pull? = unanswered.first else { return false }
        return server != .failed
    }

    /// Notes the answer to the oldest request and returns that request.
    ///
    /// Throws ``BoltError/Code/protocolViolation`` when the server must not answer so.
    mutating func receive(_ summary: Summary) throws(BoltError) -> Request {
        guard let request = unanswered.popFirst() else {
            throw BoltError(.protocolViolation, "the server answered without being asked")
        }
        if request == .reset { unansweredResets -= 1 }
        switch summary {
        case .success(let hasMore):
            guard let next = next(server, request, hasMore: hasMore) else {
                throw violation("agreed to a request in a state that does not allow it")
            }
            server = next
            // Until now it was open whether the result goes on.
            if request == .pull(isLast: false), !hasMore, unansweredResets == 0 {
                client = closingResult(client) ?? client
            }
        case .failure:
            switch request {
            case .hello, .logon, .reset: (server, client) = (.defunct, .defunct)
            default:
                server = .failed
                if unansweredResets == 0, client != .defunct { client = .failed }
            }
        case .ignored:
            guard request != .reset, server == .failed || unansweredResets > 0 else {
                throw violation("ignored a request without a failure")
            }
        }
        return request
    }

    private mutating func violation(_ what: String) -> BoltError {
        (server, client) = (.defunct, .defunct)
        return BoltError(.protocolViolation, "the server \(what)")
    }

    private func next(_ state: State, _ request: Request, hasMore: Bool) -> State? {
        switch (request, state) {
        case (.goodbye, _): .defunct
        case (.hello, .negotiation): hasLogon ? .authentication : .ready
        case (.logon, .authentication): .ready
        case (.logoff, .ready): .authentication
        case (.route, .ready), (.telemetry, .ready): .ready
        case (.run(inTransaction: false), .ready): .streaming
        case (.begin, .ready): .transaction(open: 0)
        case (.run(inTransaction: true), .transaction(let open)): .transaction(open: open + 1)
        case (.pull, .streaming), (.discard, .streaming): hasMore ? .streaming : .ready
        case (.pull, .transaction(let open)) where open > 0: hasMore ? state : .transaction(open: open - 1)
        case (.discard, .transaction(let open)) where open > 0: hasMore ? state : .transaction(open: open - 1)
        case (.commit, .transaction(open: 0)), (.rollback, .transaction(open: 0)): .ready
        case (.reset, .negotiation), (.reset, .authentication), (.reset, .defunct): nil
        case (.reset, _): .ready
        default: nil
        }
    }

    private func closingResult(_ state: State) -> State? {
        switch state {
        case .streaming: .ready
        case .transaction(let open) where open > 0: .transaction(open: open - 1)
        default: nil
        }
    }
}
