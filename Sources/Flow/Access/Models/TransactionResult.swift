/// How far a transaction is.
public enum TransactionStatus: String, Sendable, Hashable, CaseIterable {
    /// The node has no word of it.
    case unknown = ""
    /// It was received, and is in no block yet.
    case pending = "Pending"
    /// It is in a block that cannot be undone.
    case finalized = "Finalized"
    /// Its block was executed; the result is not sealed.
    case executed = "Executed"
    /// Its result is sealed, for good.
    case sealed = "Sealed"
    /// Its reference block is too old: it can no longer be in a block.
    case expired = "Expired"
}

/// What became of a transaction.
public struct TransactionResult: Sendable, Hashable {
    /// The block it is in, if it is.
    public var blockID: FlowIdentifier?
    /// The collection it is in, if it is.
    public var collectionID: FlowIdentifier?
    /// How far it is.
    public var status: TransactionStatus
    /// Why it failed; `nil` when it did not, or has not been executed yet.
    public var failure: ExecutionFailure?
    /// How much computation it used.
    public var computationUsed: UInt64
    /// The events it emitted; a failed transaction has those of its fees only.
    public var events: [FlowEvent]

    /// Creates a result.
    public init(
        status: TransactionStatus, failure: ExecutionFailure? = nil, blockID: FlowIdentifier? = nil,
        collectionID: FlowIdentifier? = nil, computationUsed: UInt64 = 0, events: [FlowEvent] = []
    ) {
        self.status = status
        self.failure = failure
        self.blockID = blockID
        self.collectionID = collectionID
        self.computationUsed = computationUsed
        self.events = events
    }

    /// Whether it was executed and its result is sealed.
    public var isSealed: Bool { status == .sealed }

    init(_ node: JSONNode) throws(FlowError) {
        blockID = try node.optionalIdentifier("block_id")
        collectionID = try node.optionalIdentifier("collection_id")
        let text = try node["status"].string()
        status = TransactionStatus(rawValue: text == "Unknown" ? "" : text) ?? .unknown
        let message = try node.optional("error_message").map { (node) throws(FlowError) in try node.string() } ?? ""
        failure = message.isEmpty ? nil : ExecutionFailure(message: message)
        computationUsed =
            try node.optional("computation_used").map { (node) throws(FlowError) in try node.uint64() } ?? 0
        events =
            try node.optional("events")?.elements { (node) throws(FlowError) in try FlowEvent(node) } ?? []
    }
}
