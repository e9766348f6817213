/// A client of Flow's access nodes, over their REST interface.
///
/// Every request can be repeated without harm, sending a transaction included, because the same bytes have the same id. So
/// a request that is refused for lack of time or resources (429, 5xx, no answer, no connection) is repeated after a pause
/// and, when there are several nodes, at another one. What a node refuses for good is an error at once.
public struct FlowClient: Sendable {
    /// How often and how patiently requests are repeated.
    public var retries: RetryPolicy
    /// Time, for pauses and rates.
    public let clock: any FlowClock

    let pool: NodePool
    let transport: any AccessTransport

    /// Creates a client.
    ///
    /// - Parameter nodes: At least one node of the same network; the first is preferred.
    public init(
        nodes: [AccessNode], transport: any AccessTransport = HTTPTransport(), retries: RetryPolicy = RetryPolicy(),
        clock: any FlowClock = SystemFlowClock()
    ) throws(FlowError) {
        guard !nodes.isEmpty else { throw FlowError(.invalidInput, "a client needs at least one access node") }
        pool = NodePool(nodes)
        self.transport = transport
        self.retries = retries
        self.clock = clock
    }

    /// The nodes that are asked.
    public var nodes: [AccessNode] { pool.nodes }

    /// What is known of each node: for a server's metrics.
    public var nodeStates: [AccessNodeState] { pool.states(now: clock.now) }

    // MARK: Requests

    /// The JSON that a node answers to a request that has no method here, such as
    /// `/blocks?height=sealed&select=header.height`.
    ///
    /// The request is repeated like all others, so it must be one that does no harm twice.
    public func json(_ request: AccessRequest) async throws(FlowError) -> [UInt8] {
        Array(try await answer(request).document.bytes)
    }

    func get(_ path: String) async throws(FlowError) -> JSONNode {
        try await answer(AccessRequest(path: path))
    }

    func post(_ path: String, _ body: [UInt8]) async throws(FlowError) -> JSONNode {
        try await answer(AccessRequest(path: path, body: body))
    }

    private func answer(_ request: AccessRequest) async throws(FlowError) -> JSONNode {
        var isInDoubt = false
        return try await answer(request, isInDoubt: &isInDoubt).document
    }

    /// Asks for the latest block of a kind, and notes how far the node is that answers.
    ///
    /// An answer of a node that is behind the others does not count.
    func latest<Value>(
        _ selection: BlockSelection, _ path: String, _ read: (JSONNode) throws(FlowError) -> (Value, height: UInt64)
    ) async throws(FlowError) -> Value {
        let (value, isBehind) = try await sight(selection, path, mayCompare: true, read)
        return isBehind ? try await sight(selection, path, mayCompare: false, read).value : value
    }

    /// The latest block as one node tells it, and whether that node is behind the others.
    ///
    /// - Parameter mayCompare: Whether the node may be another one than usual, for a look at its height.
    private func sight<Value>(
        _ selection: BlockSelection, _ path: String, mayCompare: Bool,
        _ read: (JSONNode) throws(FlowError) -> (Value, height: UInt64)
    ) async throws(FlowError) -> (value: Value, isBehind: Bool) {
        let asked = clock.now
        var isInDoubt = false
        let answer = try await answer(
            AccessRequest(path: path), isInDoubt: &isInDoubt, latest: mayCompare ? selection : nil)
        let (value, height) = try read(answer.document)
        return (value, pool.sighted(selection, height, of: answer.node, asked: asked, now: clock.now))
    }

    /// Sends a request until it succeeds, is refused for good, or its attempts are used up.
    ///
    /// - Parameters:
    ///   - isInDoubt: Set when a node may have carried out the request without this hearing of it.
    ///   - latest: The latest block that is asked for, if it may be another node's than the usual one's.
    /// - Returns: The answer, and which node gave it.
    func answer(
        _ request: AccessRequest, isInDoubt: inout Bool, latest: BlockSelection? = nil
    ) async throws(FlowError) -> (document: JSONNode, node: Int) {
        var avoided: Int?
        var number = 1
        var random = SystemRandomNumberGenerator()
        while true {
            let turn = pool.take(avoiding: avoided, now: clock.now, latest: number == 1 ? latest : nil)
            let index = turn.index
            try await wait(for: turn)
            let (failure, asked): (FlowError, Duration?)
            switch try await attempt(request, pool.nodes[index]) {
            case .answer(let document):
                pool.succeeded(index)
                return (document, index)
            case .refused(let error):
                pool.succeeded(index)
                throw error
            case .passing(let error, let retryAfter):
                (failure, asked) = (error, retryAfter)
                isInDoubt = true
            }
            if Task.isCancelled { throw FlowError(.closed, "the request was cancelled", cause: failure) }
            pool.failed(index, now: clock.now)
            guard number < retries.attempts else { throw failure }
            avoided = index
            // Another node can be asked at once; the same one needs its pause.
            if number % pool.nodes.count == 0 || asked != nil {
                let round = (number + pool.nodes.count - 1) / pool.nodes.count
                try await sleep(retries.pause(before: round, asked: pool.nodes.count > 1 ? nil : asked, using: &random))
            }
            number += 1
        }
    }

    /// How one try ended.
    private enum Attempt {
        case answer(JSONNode)
        /// Repeating changes nothing.
        case refused(FlowError)
        /// Repeating may help.
        case passing(FlowError, retryAfter: Duration?)
    }

    private func attempt(_ request: AccessRequest, _ node: AccessNode) async throws(FlowError) -> Attempt {
        let response: AccessResponse
        do throws(FlowError) {
            response = try await transport.send(request, to: node, timeout: retries.timeout)
        } catch {
            guard error.code == .timedOut || error.code == .unavailable else { throw error }
            return .passing(error, retryAfter: nil)
        }
        if let error = AccessFailure.error(response) {
            let isPassing =
                AccessFailure.isPassing(response.status) || nodes.count > 1 && AccessFailure.isOfNode(response.status)
            return isPassing
                ? .passing(error, retryAfter: response.retryAfter) : .refused(error)
        }
        do throws(FlowError) { return .answer(try JSONDocument(response.body).root) } catch {
            // A proxy's page, most likely.
            let message = "the access node's answer is not JSON: \(error.message)"
            return .passing(FlowError(.malformedAnswer, message, cause: error), retryAfter: nil)
        }
    }

    /// Waits until the node's rate lets a request go.
    private func wait(for turn: NodePool.Turn) async throws(FlowError) {
        guard turn.wait > .zero else { return }
        do throws(FlowError) { try await sleep(turn.wait) } catch {
            pool.giveBack(turn)
            throw error
        }
    }

    func sleep(_ duration: Duration) async throws(FlowError) {
        do { try await clock.sleep(for: duration) } catch { throw FlowError(.closed, "the request was cancelled") }
    }
}
