/// A collection: transactions that were guaranteed together.
public struct FlowCollection: Sendable, Hashable {
    /// The id.
    public var id: FlowIdentifier
    /// The transactions' ids.
    public var transactionIDs: [FlowIdentifier]

    init(_ node: JSONNode) throws(FlowError) {
        id = try node["id"].identifier()
        if let transactions = try node.optional("transactions") {
            transactionIDs = try transactions.elements { (node) throws(FlowError) in try node["id"].identifier() }
        } else {
            // Not expanded, they are paths: /v1/transactions/<id>.
            transactionIDs =
                try node.optional("_expandable")?.optional("transactions")?.elements { (node) throws(FlowError) in
                    let path = try node.string()
                    guard let last = path.split(separator: "/").last else { throw node.bad("a path with an id") }
                    return try FlowIdentifier(last)
                } ?? []
        }
    }
}

/// The result of executing a block.
public struct ExecutionResult: Sendable, Hashable {
    /// The id.
    public var id: FlowIdentifier
    /// The block.
    public var blockID: FlowIdentifier
    /// The result of the block before.
    public var previousResultID: FlowIdentifier

    init(_ node: JSONNode) throws(FlowError) {
        id = try node["id"].identifier()
        blockID = try node["block_id"].identifier()
        previousResultID = try node["previous_result_id"].identifier()
    }
}

/// An execution node's word that a block has a result.
public struct ExecutionReceipt: Sendable, Hashable {
    /// The execution node.
    public var executorID: FlowIdentifier
    /// The result.
    public var resultID: FlowIdentifier

    init(_ node: JSONNode) throws(FlowError) {
        executorID = try node["executor_id"].identifier()
        if let result = try node.optional("execution_result") {
            resultID = try result["id"].identifier()
        } else {
            resultID = try node["result_id"].identifier()
        }
    }
}

/// What software an access node runs, and since which block.
public struct NodeVersion: Sendable, Hashable {
    /// The version, as `v0.51.0`.
    public var version: String
    /// The commit.
    public var commit: String
    /// The spork.
    public var sporkID: String
    /// The protocol's version.
    public var protocolVersion: UInt64
    /// The first block of the spork.
    public var sporkRootHeight: UInt64
    /// The first block that the node has.
    public var nodeRootHeight: UInt64

    init(_ node: JSONNode) throws(FlowError) {
        version = try node["semver"].string()
        commit = try node["commit"].string()
        sporkID = try node["spork_id"].string()
        protocolVersion = try node["protocol_version"].uint64()
        sporkRootHeight = try node["spork_root_block_height"].uint64()
        nodeRootHeight = try node["node_root_block_height"].uint64()
    }
}
