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
    /// The version of the protocol's state; `nil` if the node does not say.
    public var protocolStateVersion: UInt64?
    /// The first block of the spork.
    public var sporkRootHeight: UInt64
    /// The first block that the node has.
    public var nodeRootHeight: UInt64
    /// The heights at which this version runs scripts; `nil` if the node does not say.
    public var compatibleHeights: ClosedRange<UInt64>?

    /// Creates a version, as tests want it.
    public init(
        version: String, commit: String = "", sporkID: String = "", protocolVersion: UInt64 = 0,
        protocolStateVersion: UInt64? = nil, sporkRootHeight: UInt64 = 0, nodeRootHeight: UInt64 = 0,
        compatibleHeights: ClosedRange<UInt64>? = nil
    ) {
        self.version = version
        self.commit = commit
        self.sporkID = sporkID
        self.protocolVersion = protocolVersion
        self.protocolStateVersion = protocolStateVersion
        self.sporkRootHeight = sporkRootHeight
        self.nodeRootHeight = nodeRootHeight
        self.compatibleHeights = compatibleHeights
    }

    init(_ node: JSONNode) throws(FlowError) {
        version = try node["semver"].string()
        commit = try node["commit"].string()
        sporkID = try node["spork_id"].string()
        protocolVersion = try node["protocol_version"].uint64()
        protocolStateVersion =
            try node.optional("protocol_state_version").map { (node) throws(FlowError) in try node.uint64() }
        sporkRootHeight = try node["spork_root_block_height"].uint64()
        nodeRootHeight = try node["node_root_block_height"].uint64()
        compatibleHeights = try node.optional("compatible_range").map { (node) throws(FlowError) in
            let (start, end) = (try node["start_height"].uint64(), try node["end_height"].uint64())
            guard start <= end else { throw node.bad("a range of heights") }
            return start...end
        }
    }
}
