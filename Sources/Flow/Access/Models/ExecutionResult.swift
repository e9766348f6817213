/// The result of executing a block.
public struct ExecutionResult: Sendable, Hashable {
    /// The execution of one of the block's collections; the last one is the chain's own.
    public struct Chunk: Sendable, Hashable {
        /// The chunk's number in the block.
        public var index: UInt64
        /// The collection's number in the block.
        public var collectionIndex: UInt64
        /// The root hash of the state before.
        public var startState: [UInt8]
        /// The root hash of the state behind.
        public var endState: [UInt8]
        /// The hash of the events.
        public var eventCollection: FlowIdentifier
        /// How many transactions were executed.
        public var transactionCount: UInt64
        /// How much computation they used.
        public var computationUsed: UInt64

        /// Creates a chunk, as tests want it.
        public init(
            index: UInt64, collectionIndex: UInt64, startState: [UInt8], endState: [UInt8],
            eventCollection: FlowIdentifier, transactionCount: UInt64, computationUsed: UInt64
        ) {
            self.index = index
            self.collectionIndex = collectionIndex
            self.startState = startState
            self.endState = endState
            self.eventCollection = eventCollection
            self.transactionCount = transactionCount
            self.computationUsed = computationUsed
        }

        fileprivate init(_ node: JSONNode) throws(FlowError) {
            index = try node["index"].uint64()
            collectionIndex = try node["collection_index"].uint64()
            startState = try node["start_state"].base64()
            endState = try node["end_state"].base64()
            // The published interface says base 64; nodes write hexadecimal digits.
            eventCollection = try node["event_collection"].identifier()
            transactionCount = try node["number_of_transactions"].uint64()
            computationUsed = try node["total_computation_used"].uint64()
        }
    }

    /// The id.
    public var id: FlowIdentifier
    /// The block.
    public var blockID: FlowIdentifier
    /// The result of the block before.
    public var previousResultID: FlowIdentifier
    /// The types of the events that are meant for the protocol itself; nodes leave out everything else of them.
    public var serviceEventTypes: [String]
    /// The chunks, in their order.
    public var chunks: [Chunk]

    /// Creates a result, as tests want it.
    public init(
        id: FlowIdentifier, blockID: FlowIdentifier, previousResultID: FlowIdentifier,
        serviceEventTypes: [String] = [], chunks: [Chunk] = []
    ) {
        self.id = id
        self.blockID = blockID
        self.previousResultID = previousResultID
        self.serviceEventTypes = serviceEventTypes
        self.chunks = chunks
    }

    init(_ node: JSONNode) throws(FlowError) {
        id = try node["id"].identifier()
        blockID = try node["block_id"].identifier()
        previousResultID = try node["previous_result_id"].identifier()
        serviceEventTypes =
            try node.optional("events")?.elements { (node) throws(FlowError) in try node["type"].string() } ?? []
        chunks = try node.optional("chunks")?.elements { (node) throws(FlowError) in try Chunk(node) } ?? []
    }
}
