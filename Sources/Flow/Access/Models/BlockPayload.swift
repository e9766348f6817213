/// What a block holds: collections that were guaranteed, and results of earlier blocks that were sealed.
public struct BlockPayload: Sendable, Hashable {
    /// A collection that a cluster of collection nodes guarantees to have stored.
    public struct Guarantee: Sendable, Hashable {
        /// The collection.
        public var collectionID: FlowIdentifier
        /// The block that the collection refers to; `nil` if the node does not say.
        public var referenceBlockID: FlowIdentifier?
        /// The cluster, as `cluster-1-…`; empty if the node does not say.
        public var clusterChainID: String
        /// The cluster's signature.
        public var signature: [UInt8]

        /// Creates a guarantee, as tests want it.
        public init(
            collectionID: FlowIdentifier, referenceBlockID: FlowIdentifier? = nil, clusterChainID: String = "",
            signature: [UInt8] = []
        ) {
            self.collectionID = collectionID
            self.referenceBlockID = referenceBlockID
            self.clusterChainID = clusterChainID
            self.signature = signature
        }
    }

    /// The seal of an earlier block's result.
    public struct Seal: Sendable, Hashable {
        /// The block.
        public var blockID: FlowIdentifier
        /// Its result.
        public var resultID: FlowIdentifier
        /// The root hash of the state behind that block, 64 hexadecimal digits; empty if the node does not say.
        public var finalState: String

        /// Creates a seal, as tests want it.
        public init(blockID: FlowIdentifier, resultID: FlowIdentifier, finalState: String = "") {
            self.blockID = blockID
            self.resultID = resultID
            self.finalState = finalState
        }
    }

    /// The guaranteed collections.
    public var guarantees: [Guarantee]
    /// The seals.
    public var seals: [Seal]

    /// The ids of the guaranteed collections.
    public var collectionIDs: [FlowIdentifier] { guarantees.map(\.collectionID) }

    /// Creates a payload, as tests want it.
    public init(
        guarantees: [Guarantee] = [], seals: [Seal] = []
    ) {
        self.guarantees = guarantees
        self.seals = seals
    }

    init(_ node: JSONNode) throws(FlowError) {
        guarantees =
            try node.optional("collection_guarantees")?.elements { (node) throws(FlowError) in
                Guarantee(
                    collectionID: try node["collection_id"].identifier(),
                    referenceBlockID: try node.optionalIdentifier("reference_block_id"),
                    clusterChainID: try node.text("cluster_chain_id"),
                    signature: try node.optional("signature").map { (node) throws(FlowError) in try node.base64() }
                        ?? [])
            } ?? []
        seals =
            try node.optional("block_seals")?.elements { (node) throws(FlowError) in
                Seal(
                    blockID: try node["block_id"].identifier(), resultID: try node["result_id"].identifier(),
                    finalState: try node.text("final_state"))
            } ?? []
    }
}
