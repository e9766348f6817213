internal import Synchronization

/// A strict mock of a Flow access node: it takes what a real node takes, refuses what a real node refuses, and can be
/// told to fail in all the ways in which real nodes do.
///
/// Tests use ``withNode(_:_:)``; programs call ``run()``. Blocks are made by ``step(_:)`` unless
/// ``Configuration/blocks`` says otherwise, so that a test decides what is finalized, executed and sealed.
public final class MockAccessNode: Sendable {
    private struct State {
        var chain: MockChain
        var faults = FaultPlan()
        var sockets: [UInt64: SocketHandle] = [:]
        var socketScripts: [MockSocketScript] = []
        var nextSocket: UInt64 = 0
        var port = 0
        var failure: FlowMockNodeError?
        /// Of a replica: it answers from its own chain, which is that of the network as it once was.
        var isStandingStill = false
    }

    /// How the node was set up.
    public let configuration: Configuration
    let activity = Activity()
    /// The node whose chain this one tells of, if it is a replica.
    private let source: MockAccessNode?
    private let state: Mutex<State>

    /// Creates a node; it serves while ``run()`` runs.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        source = nil
        state = Mutex(State(chain: MockChain(configuration.chain, executor: configuration.executor)))
    }

    /// Creates another node of a node's network; what the one takes in, both know.
    ///
    /// It makes no blocks, and its WebSockets are not told of new ones: it is for clients of several nodes.
    public init(replicaOf source: MockAccessNode) {
        var configuration = source.configuration
        configuration.port = 0
        if case .every = configuration.blocks { configuration.blocks = .manual }
        self.configuration = configuration
        self.source = source
        state = Mutex(State(chain: source.withChain { $0 }))
    }

    // MARK: Serving

    /// Starts a node, calls `body` once it accepts connections, and stops it when `body` returns or throws.
    @discardableResult
    public static func withNode<Value: Sendable>(
        _ configuration: Configuration = Configuration(), _ body: (MockAccessNode) async throws -> Value
    ) async throws -> Value {
        try await withNode(MockAccessNode(configuration), body)
    }

    /// Starts another node of a node's network, calls `body`, and stops the new one when `body` returns or throws.
    @discardableResult
    public static func withReplica<Value: Sendable>(
        of source: MockAccessNode, _ body: (MockAccessNode) async throws -> Value
    ) async throws -> Value {
        try await withNode(MockAccessNode(replicaOf: source), body)
    }

    private static func withNode<Value: Sendable>(
        _ node: MockAccessNode, _ body: (MockAccessNode) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await node.run() }
            defer { group.cancelAll() }
            try await node.activity.wait(for: .started)
            if let failure = node.state.withLock({ $0.failure }) { throw failure }
            return try await body(node)
        }
    }

    /// Serves until the task is cancelled.
    ///
    /// Throws ``FlowMockNodeError/Code/notStarted`` when the port cannot be bound.
    public func run() async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.makeBlocks() }
                group.addTask { [self] in
                    try await NodeServer(node: self).run { port in
                        state.withLock { $0.port = port }
                        activity.record(.started)
                        await configuration.onRunning?(port)
                    }
                }
                try await group.waitForAll()
            }
        } catch is CancellationError {
            // lint: dropped. How a node is stopped.
        } catch {
            let failure = FlowMockNodeError(.notStarted, "the node cannot serve: \(error)")
            state.withLock { $0.failure = failure }
            activity.record(.started)
            throw failure
        }
    }

    private func makeBlocks() async throws {
        guard case .every(let interval) = configuration.blocks else { return }
        while true {
            try await configuration.clock.sleep(for: interval)
            step()
        }
    }

    /// The port that the node listens on; 0 before it runs.
    public var port: Int { state.withLock { $0.port } }

    /// The address for clients, such as `http://127.0.0.1:8888`, without `/v1`.
    public var baseURL: String {
        "\(configuration.tls == nil ? "http" : "https")://\(configuration.host):\(port)"
    }

    // MARK: The chain

    /// Makes blocks: each takes in what is pending; then older ones are executed and sealed as far as the lags say.
    public func step(_ count: Int = 1) {
        withChain { chain in for _ in 0..<count { chain.step() } }
    }

    /// Makes blocks until every transaction is sealed, except those that are withheld.
    public func settle() { withChain { $0.settle() } }

    /// The newest block's height.
    public var finalHeight: UInt64 { withChain { $0.finalHeight } }

    /// The height up to which results are sealed.
    public var sealedHeight: UInt64 { withChain { $0.sealedHeight } }

    /// The newest block's id, as 64 hexadecimal digits: a reference block for transactions.
    public var finalBlockID: String { withChain { $0.blocks[$0.blocks.count - 1].id } }

    /// How many accepted transactions are in no block yet.
    public var pendingCount: Int { withChain { $0.pending.count } }

    /// Every transaction that the node has accepted, by id.
    public var transactions: [String: MockTransaction] { withChain { $0.entries.mapValues(\.transaction) } }

    /// How often each logical transaction took effect, by ``MockTransaction/logicalID``.
    ///
    /// A chaos test proves with it that nothing was done twice, whatever was signed and sent again.
    public var executions: [String: MockExecutionCount] { withChain { $0.counts } }

    /// How often a logical transaction took effect.
    public func executions(of logicalID: String) -> MockExecutionCount {
        withChain { $0.counts[logicalID] ?? MockExecutionCount() }
    }

    /// How many transactions ran with a wrong sequence number (error 1007).
    public var sequenceErrors: Int { withChain { $0.sequenceErrors } }

    /// The sequence number that an account's key has after the newest executed block.
    public func sequenceNumber(of address: MockAddress, key index: Int) -> UInt64? {
        withChain { chain in
            guard let keys = chain.accounts[address]?.keys, keys.indices.contains(index) else { return nil }
            return keys[index].sequenceNumber.latest
        }
    }

    /// An account's balance after the newest executed block, in 1e-8 FLOW.
    public func balance(of address: MockAddress) -> UInt64? { withChain { $0.accounts[address]?.balance.latest } }

    /// Lets an accepted transaction be found by the number of a scheduled one, too.
    public func setScheduled(_ number: UInt64, transaction id: String) { withChain { $0.scheduled[number] = id } }

    /// Sets what transactions do from now on.
    public func setExecutor(_ executor: @escaping @Sendable (MockTransaction) -> MockExecution) {
        withChain { $0.executor = executor }
    }

    /// Reads or changes the chain; sockets are told when it has moved.
    func withChain<Value: Sendable, Failure: Error>(
        _ body: (inout MockChain) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let source, !state.withLock({ $0.isStandingStill }) { return try source.withChain(body) }
        let (result, sockets) = state.withLock { state -> (Result<Value, Failure>, [SocketHandle]) in
            let before = Self.progress(of: state.chain)
            let result: Result<Value, Failure>
            do throws(Failure) { result = .success(try body(&state.chain)) } catch { result = .failure(error) }
            return (result, Self.progress(of: state.chain) == before ? [] : Array(state.sockets.values))
        }
        for socket in sockets { socket.wake() }
        return try result.get()
    }

    private static func progress(of chain: MockChain) -> [Int] {
        [chain.blocks.count, Int(chain.executedHeight), chain.entries.count]
    }

    // MARK: Standing still

    /// Lets a replica stand still: it goes on answering, from the chain as it is now, and keeps what it is sent to itself.
    public func standStill() {
        guard let source else { return }
        let chain = source.withChain { $0 }
        state.withLock { state in
            state.chain = chain
            state.isStandingStill = true
        }
    }

    /// Lets a replica that stood still know all that the network knows; what it kept to itself is lost.
    public func catchUp() { state.withLock { $0.isStandingStill = false } }

    // MARK: Faults

    /// Lets the next requests of a route meet a fault.
    ///
    /// - Parameters:
    ///   - times: How many requests meet it.
    ///   - skipping: How many requests of the route are spared first.
    public func inject(_ fault: MockFault, on route: MockRoute, times: Int = 1, skipping: Int = 0) {
        state.withLock { $0.faults.add(fault, route, times: times, skipping: skipping) }
    }

    /// Lets requests meet faults at random: each fault so often in a thousand requests of its route.
    ///
    /// Scripted faults go first. ``MockRoute/socket`` has no random faults.
    public func injectRandomly(_ faults: [(MockRoute, MockFault, permille: Int)], seed: UInt64) {
        state.withLock { $0.faults.setRandom(faults.map { ($0, $1, $2) }, seed: seed) }
    }

    /// Forgets every fault that no request has met yet.
    public func clearFaults() { state.withLock { $0.faults.clear() } }

    /// How many requests met each fault.
    public var faultsMet: [MockFault: Int] { state.withLock { $0.faults.met } }

    func meet(_ route: MockRoute) -> MockFault? { state.withLock { $0.faults.next(route) } }

    /// Whether the next upgrade is let through; if not, the request meets its fault like any other.
    func acceptsSocket() -> Bool { state.withLock { $0.faults.acceptsNext(.socket) } }

    // MARK: What happened

    /// How many requests of a route were answered, faults included.
    public func requestCount(_ route: MockRoute) -> Int { activity.count(.request(route)) }

    /// Returns when so many requests of a route were answered; throws when the task is cancelled.
    public func waitForRequests(_ route: MockRoute, count: Int = 1) async throws(CancellationError) {
        try await activity.wait(for: .request(route), count: count)
    }

    // MARK: Sockets

    /// Says how the coming WebSocket connections behave, one script each, in order.
    public func scriptConnections(_ scripts: MockSocketScript...) {
        state.withLock { $0.socketScripts += scripts }
    }

    /// Cuts every WebSocket connection.
    public func dropConnections() {
        for socket in state.withLock({ Array($0.sockets.values) }) { socket.drop() }
    }

    /// Sends a ping over every WebSocket connection.
    public func ping() {
        for socket in state.withLock({ Array($0.sockets.values) }) { socket.ping() }
    }

    /// How many WebSocket connections were opened so far.
    public var connectionCount: Int { activity.count(.connection) }

    /// How many data messages were sent over WebSockets so far.
    public var messageCount: Int { activity.count(.message) }

    /// Something at the WebSocket endpoint that a test can wait for.
    public enum SocketEvent: Sendable, Hashable {
        /// A connection was opened.
        case connection
        /// A connection has ended.
        case disconnection
        /// A subscription was accepted.
        case subscription
        /// A data message was sent.
        case message
        /// A pong came in.
        case pong
    }

    /// Returns when `event` has happened `count` times in all; throws when the task is cancelled.
    public func waitForSocket(_ event: SocketEvent, count: Int = 1) async throws(CancellationError) {
        let kind: Activity.Event =
            switch event {
            case .connection: .connection
            case .disconnection: .disconnection
            case .subscription: .subscription
            case .message: .message
            case .pong: .pong
            }
        try await activity.wait(for: kind, count: count)
    }

    func open(_ socket: SocketHandle) -> (id: UInt64, script: MockSocketScript) {
        state.withLock { state in
            state.nextSocket += 1
            state.sockets[state.nextSocket] = socket
            let script = state.socketScripts.isEmpty ? MockSocketScript() : state.socketScripts.removeFirst()
            return (state.nextSocket, script)
        }
    }

    func close(_ socket: UInt64) { state.withLock { _ = $0.sockets.removeValue(forKey: socket) } }
}
