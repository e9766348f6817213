/// Which block a question is about.
public enum BlockSelection: Sendable, Hashable {
    /// The block at this height.
    case height(UInt64)
    /// The block with this id.
    case id(FlowIdentifier)
    /// The latest block whose results are sealed; about ten seconds behind.
    case latestSealed
    /// The latest block that cannot be undone.
    case latestFinal

    /// The query's item.
    func query(_ names: (height: String, id: String)) -> String {
        switch self {
        case .height(let height): "\(names.height)=\(height)"
        case .id(let id): "\(names.id)=\(id)"
        case .latestSealed: "\(names.height)=sealed"
        case .latestFinal: "\(names.height)=final"
        }
    }
}

/// A block's header, and its content when that was asked for.
public struct FlowBlock: Sendable, Hashable {
    /// Whether a block's results are final, too.
    public enum Status: String, Sendable {
        case sealed = "BLOCK_SEALED"
        case finalized = "BLOCK_FINALIZED"
        case unknown = "BLOCK_UNKNOWN"
    }

    /// The id.
    public var id: FlowIdentifier
    /// The id of the block before.
    public var parentID: FlowIdentifier
    /// The height.
    public var height: UInt64
    /// The proposer's time; it only grows, and is only about right.
    public var timestamp: FlowTimestamp
    /// How far the block is.
    public var status: Status
    /// The signatures of those who voted for the block before.
    public var parentVoterSignature: [UInt8]
    /// The block's content, if it was asked for.
    public var payload: BlockPayload?
    /// The result of executing it, if it was asked for and the node knows one.
    public var executionResult: ExecutionResult?

    /// Creates a block, as tests want it.
    public init(
        id: FlowIdentifier, parentID: FlowIdentifier, height: UInt64, timestamp: FlowTimestamp,
        status: Status = .sealed, parentVoterSignature: [UInt8] = [], payload: BlockPayload? = nil,
        executionResult: ExecutionResult? = nil
    ) {
        self.id = id
        self.parentID = parentID
        self.height = height
        self.timestamp = timestamp
        self.status = status
        self.parentVoterSignature = parentVoterSignature
        self.payload = payload
        self.executionResult = executionResult
    }

    init(_ node: JSONNode) throws(FlowError) {
        let header = try node["header"]
        try self.init(header: header)
        status =
            try node.optional("block_status").flatMap { (node) throws(FlowError) in
                Status(rawValue: try node.string())
            } ?? .unknown
        payload = try node.optional("payload").map { (node) throws(FlowError) in try BlockPayload(node) }
        executionResult =
            try node.optional("execution_result").map { (node) throws(FlowError) in try ExecutionResult(node) }
    }

    /// A header alone.
    init(header: JSONNode) throws(FlowError) {
        id = try header["id"].identifier()
        parentID = try header["parent_id"].identifier()
        height = try header["height"].uint64()
        timestamp = try FlowTimestamp(try header["timestamp"].string())
        parentVoterSignature =
            try header.optional("parent_voter_signature").map { (node) throws(FlowError) in try node.base64() } ?? []
        status = .unknown
    }
}
