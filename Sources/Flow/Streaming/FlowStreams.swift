/// Streams of blocks, events and transaction statuses, over an access node's WebSocket.
///
/// A stream goes on when its connection does not: it is opened again, at the next node when there are several, and resumes
/// with the last block that was seen. Each element comes once and none is left out; a message that a node lost is noticed by
/// its height or number, and fetched again.
///
///     try await streams.withEvents(EventStreamFilter(types: [settled]), from: .height(next)) { updates in
///         for try await block in updates { try await store.handle(block) }
///     }
///
/// The reader sets the pace: few elements are held, and a connection whose reader is slow is not read from. A node may cut
/// it off then, which does no harm.
public struct FlowStreams: Sendable {
    /// The nodes, all of the same network.
    public let nodes: [AccessNode]
    /// How often and how patiently connections are opened again; the attempts in a row are limited.
    public let retries: RetryPolicy
    /// How long a connection may be silent before it is given up, during its handshake and afterwards.
    ///
    /// Nodes send a ping every nine seconds.
    public let silenceLimit: Duration
    /// Time, for pauses and silence.
    public let clock: any FlowClock
    /// Certificates in PEM that are trusted besides the system's.
    public let trustedAuthorities: [String]
    /// How many elements are held for a reader.
    private static let bufferLimit = 16

    /// Creates streams from nodes, of which there must be at least one.
    public init(
        nodes: [AccessNode], retries: RetryPolicy = RetryPolicy(attempts: 30), silenceLimit: Duration = .seconds(25),
        trustedAuthorities: [String] = [], clock: any FlowClock = SystemFlowClock()
    ) throws(FlowError) {
        guard !nodes.isEmpty else { throw FlowError(.invalidInput, "streams need at least one access node") }
        for node in nodes { _ = try StreamEndpoint(node) }
        _ = try TrustedAuthorities.configuration(trustedAuthorities)
        self.trustedAuthorities = trustedAuthorities
        self.nodes = nodes
        self.retries = retries
        self.silenceLimit = silenceLimit
        self.clock = clock
    }

    /// Whose blocks are wanted.
    public enum BlockStatus: Sendable, Hashable {
        /// Blocks that cannot be undone.
        case finalized
        /// Blocks whose results are sealed, too.
        case sealed
    }

    /// Streams blocks, one by one in the order of heights, for as long as `body` runs.
    ///
    /// Each block's parent is the one before; a node that says otherwise ends the stream with
    /// ``FlowError/Code/malformedAnswer``.
    public func withBlocks<Value: Sendable>(
        _ status: BlockStatus = .sealed, from start: StreamStart = .latest,
        _ body: (FlowUpdates<FlowBlock>) async throws -> Value
    ) async throws -> Value {
        try await withUpdates(BlocksTopic(isSealed: status == .sealed, start: start), body)
    }

    /// Streams the events of sealed blocks, for as long as `body` runs.
    ///
    /// Every block comes, those without wanted events with an empty list: its height is the cursor to store.
    public func withEvents<Value: Sendable>(
        _ filter: EventStreamFilter = EventStreamFilter(), from start: StreamStart = .latest,
        _ body: (FlowUpdates<BlockEvents>) async throws -> Value
    ) async throws -> Value {
        try filter.check()
        return try await withUpdates(EventsTopic(filter: filter, start: start), body)
    }

    /// Streams what becomes of a transaction, each status once, for as long as `body` runs; it ends after
    /// ``TransactionStatus/sealed`` or ``TransactionStatus/expired``.
    public func withTransaction<Value: Sendable>(
        _ id: FlowIdentifier, _ body: (FlowUpdates<TransactionResult>) async throws -> Value
    ) async throws -> Value {
        try await withUpdates(TransactionTopic(id: id), body)
    }

    private func withUpdates<Topic: StreamTopic, Value: Sendable>(
        _ topic: Topic, _ body: (FlowUpdates<Topic.Element>) async throws -> Value
    ) async throws -> Value {
        let buffer = StreamBuffer<Topic.Element>(limit: Self.bufferLimit)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await StreamRunner(topic, self, into: buffer).run() }
            defer {
                buffer.finish(.success(()))
                group.cancelAll()
            }
            return try await body(FlowUpdates(buffer: buffer))
        }
    }
}
