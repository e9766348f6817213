import Synchronization

@testable import Flow

/// A transport whose answers the test writes.
final class FakeTransport: AccessTransport {
    enum Answer: Sendable {
        case respond(AccessResponse)
        case fail(FlowError)
        /// An answer that depends on who is asked.
        case by(@Sendable (AccessNode) -> AccessResponse)
    }

    private struct State {
        var answers: [Answer]
        var requests: [(request: AccessRequest, node: AccessNode)] = []
    }

    private let state: Mutex<State>

    /// Answers in order; the last one answers everything that follows.
    init(_ answers: [Answer]) { state = Mutex(State(answers: answers)) }

    convenience init(json: String) { self.init([.respond(.json(json))]) }

    var requests: [(request: AccessRequest, node: AccessNode)] { state.withLock { $0.requests } }
    var paths: [String] { requests.map(\.request.path) }

    func send(
        _ request: AccessRequest, to node: AccessNode, timeout: Duration
    ) async throws(FlowError) -> AccessResponse {
        let answer = state.withLock { state in
            state.requests.append((request, node))
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
        switch answer {
        case .respond(let response): return response
        case .fail(let error): throw error
        case .by(let choose): return choose(node)
        }
    }
}

extension AccessResponse {
    static func json(_ text: String, status: Int = 200, retryAfter: Duration? = nil) -> AccessResponse {
        AccessResponse(status: status, retryAfter: retryAfter, body: Array(text.utf8))
    }
}

/// A clock that goes on only when somebody sleeps: at once, and by as much as was asked for.
final class FakeClock: FlowClock {
    private let state = Mutex((now: Duration.zero, sleeps: [Duration]()))

    var now: Duration { state.withLock { $0.now } }
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    func sleep(for duration: Duration) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        state.withLock { state in
            state.now += duration
            state.sleeps.append(duration)
        }
        await Task.yield()
    }
}

extension FlowClient {
    /// A client with a fake transport and clock.
    static func fake(
        _ transport: FakeTransport, nodes: Int = 1, rate: UInt32? = nil, clock: FakeClock = FakeClock()
    ) throws -> FlowClient {
        try FlowClient(
            nodes: (0..<nodes).map { try AccessNode("http://node\($0)", requestsPerSecond: rate) },
            transport: transport,
            retries: RetryPolicy(attempts: 5, firstPause: .milliseconds(100), longestPause: .seconds(1)), clock: clock)
    }
}
