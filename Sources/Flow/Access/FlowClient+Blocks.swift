extension FlowClient {
    /// The most blocks of one request.
    public static let blockRangeLimit = 50

    /// One block.
    ///
    /// For the reference block of a transaction ask for ``BlockSelection/latestFinal``: the latest sealed block is older,
    /// and the transaction's life counts from it.
    public func block(
        _ selection: BlockSelection = .latestFinal, withPayload: Bool = false, withExecutionResult: Bool = false
    ) async throws(FlowError) -> FlowBlock {
        let expanded = [withPayload ? "payload" : nil, withExecutionResult ? "execution_result" : nil]
            .compactMap(\.self).joined(separator: ",")
        let expand = expanded.isEmpty ? [] : ["expand=\(expanded)"]
        let path =
            if case .id(let id) = selection { (["/blocks/\(id)"] + expand).joined(separator: "?") } else {
                "/blocks?" + ([selection.query(("height", "id"))] + expand).joined(separator: "&")
            }
        guard selection == .latestSealed || selection == .latestFinal else {
            return try Self.first(try await blocks(path))
        }
        return try await latest(selection, path) { (node) throws(FlowError) in
            let block = try Self.first(try Self.blocks(node))
            return (block, block.height)
        }
    }

    private static func first(_ blocks: [FlowBlock]) throws(FlowError) -> FlowBlock {
        guard let block = blocks.first else {
            throw FlowError(.malformedAnswer, "the access node answered with no block")
        }
        return block
    }

    /// The blocks of a range of heights, at most ``blockRangeLimit``.
    public func blocks(_ heights: ClosedRange<UInt64>) async throws(FlowError) -> [FlowBlock] {
        guard heights.upperBound - heights.lowerBound < Self.blockRangeLimit else {
            throw FlowError(.invalidInput, "at most \(Self.blockRangeLimit) blocks can be asked for at once")
        }
        return try await blocks("/blocks?start_height=\(heights.lowerBound)&end_height=\(heights.upperBound)")
    }

    /// The blocks at these heights, at most ``blockRangeLimit``, in the order of `heights`.
    public func blocks(at heights: [UInt64]) async throws(FlowError) -> [FlowBlock] {
        guard (1...Self.blockRangeLimit).contains(heights.count) else {
            throw FlowError(.invalidInput, "1 to \(Self.blockRangeLimit) blocks can be asked for at once")
        }
        let found = try await blocks("/blocks?height=" + heights.map(\.description).joined(separator: ","))
        // Nodes may sort them, and leave out repeated ones.
        let blocks = Dictionary(found.map { ($0.height, $0) }, uniquingKeysWith: { first, _ in first })
        return try heights.map { (height) throws(FlowError) in
            guard let block = blocks[height] else {
                throw FlowError(.malformedAnswer, "the access node left out the block at height \(height)")
            }
            return block
        }
    }

    /// The blocks with these ids, at most ``blockRangeLimit``.
    public func blocks(_ ids: [FlowIdentifier]) async throws(FlowError) -> [FlowBlock] {
        guard (1...Self.blockRangeLimit).contains(ids.count) else {
            throw FlowError(.invalidInput, "1 to \(Self.blockRangeLimit) blocks can be asked for at once")
        }
        return try await blocks("/blocks/" + ids.map(\.description).joined(separator: ","))
    }

    private func blocks(_ path: String) async throws(FlowError) -> [FlowBlock] {
        try Self.blocks(try await get(path))
    }

    private static func blocks(_ node: JSONNode) throws(FlowError) -> [FlowBlock] {
        try read(node) { (node) throws(FlowError) in
            try node.elements { (node) throws(FlowError) in try FlowBlock(node) }
        }
    }

    /// What a block holds.
    public func payload(ofBlock id: FlowIdentifier) async throws(FlowError) -> BlockPayload {
        try Self.read(try await get("/blocks/\(id)/payload")) { (node) throws(FlowError) in try BlockPayload(node) }
    }

    /// A collection, with its transactions when they are asked for.
    public func collection(
        _ id: FlowIdentifier, withTransactions: Bool = false
    ) async throws(FlowError) -> FlowCollection {
        let expand = withTransactions ? "?expand=transactions" : ""
        return try Self.read(try await get("/collections/\(id)\(expand)")) { (node) throws(FlowError) in
            try FlowCollection(node)
        }
    }

    /// The results of executing blocks.
    public func executionResults(ofBlocks ids: [FlowIdentifier]) async throws(FlowError) -> [ExecutionResult] {
        let list = ids.map(\.description).joined(separator: ",")
        return try Self.read(try await get("/execution_results?block_id=\(list)")) { (node) throws(FlowError) in
            try node.elements { (node) throws(FlowError) in try ExecutionResult(node) }
        }
    }

    /// The result of executing a block.
    public func executionResult(_ id: FlowIdentifier) async throws(FlowError) -> ExecutionResult {
        try Self.read(try await get("/execution_results/\(id)")) { (node) throws(FlowError) in
            try ExecutionResult(node)
        }
    }

    /// What execution nodes say about a block; only newer access nodes know.
    public func executionReceipts(
        ofBlock id: FlowIdentifier, withResults: Bool = false
    ) async throws(FlowError) -> [ExecutionReceipt] {
        try await receipts("/execution_receipts?block_id=\(id)" + (withResults ? "&expand=execution_result" : ""))
    }

    /// What execution nodes say about a result; only newer access nodes know.
    public func executionReceipts(
        ofResult id: FlowIdentifier, withResults: Bool = false
    ) async throws(FlowError) -> [ExecutionReceipt] {
        try await receipts("/execution_receipts/results/\(id)" + (withResults ? "?expand=execution_result" : ""))
    }

    private func receipts(_ path: String) async throws(FlowError) -> [ExecutionReceipt] {
        try Self.read(try await get(path)) { (node) throws(FlowError) in
            try node.elements { (node) throws(FlowError) in try ExecutionReceipt(node) }
        }
    }

    /// The network's chain id, as `flow-testnet`.
    public func chainID() async throws(FlowError) -> String {
        try Self.read(try await get("/network/parameters")) { (node) throws(FlowError) in
            try node["chain_id"].string()
        }
    }

    /// What software the access node runs.
    public func nodeVersion() async throws(FlowError) -> NodeVersion {
        try Self.read(try await get("/node_version_info")) { (node) throws(FlowError) in try NodeVersion(node) }
    }

    /// Turns an answer into a value; an answer of another form is the node's fault, not the caller's.
    static func read<Value>(
        _ node: JSONNode, _ body: (JSONNode) throws(FlowError) -> Value
    ) throws(FlowError) -> Value {
        do { return try body(node) } catch {
            let placed = node.document.placed(error)
            throw FlowError(.malformedAnswer, placed.message, offset: error.offset, cause: error)
        }
    }
}
