/// The reading routes, over one state of the chain.
struct ChainReader {
    let chain: MockChain
    /// How many blocks fewer the node pretends to have sealed, for events.
    var cutEvents: UInt64 = 0

    func read(_ request: NodeRequest, _ route: MockRoute) throws(NodeFailure) -> MockJSON {
        let path = Array(request.path.dropFirst())
        switch route {
        case .blocks: return try blocks(request, path)
        case .transaction: return try transaction(request, path)
        case .transactionResult: return try result(request, path)
        case .collection: return try collection(request, path[1])
        case .executionResult: return try executionResult(request, path)
        case .account, .accountKeys: return try account(request, path)
        case .events: return try events(request)
        case .networkParameters: return ["chain_id": .string(chain.settings.network.rawValue)]
        case .nodeVersion:
            return [
                "semver": "v0.51.0", "commit": .string(String(repeating: "5", count: 40)),
                "spork_id": .string(String(repeating: "7", count: 64)), "protocol_version": "0",
                "protocol_state_version": "2", "spork_root_block_height": .string("\(chain.settings.rootHeight)"),
                "node_root_block_height": .string("\(chain.settings.rootHeight)"),
            ]
        case .socket:
            throw .bad(
                "the client is not using the websocket protocol: 'upgrade' token not found in 'Connection' header")
        case .sendTransaction, .script: throw NodeFailure(status: 405, message: "method not allowed")
        }
    }

    // MARK: Heights

    /// The height named by a parameter: a number, `final` or `sealed`.
    private func height(_ text: String, _ name: String) throws(NodeFailure) -> UInt64 {
        switch text {
        case "final": return chain.finalHeight
        case "sealed": return chain.sealedHeight
        default:
            guard let height = UInt64(text), !text.hasPrefix("+") else { throw .bad("\(name): invalid height format") }
            return height
        }
    }

    private func block(at height: UInt64) throws(NodeFailure) -> MockBlock {
        guard let block = chain.block(at: height) else {
            throw .notFound("block with height \(height) not found: could not retrieve resource: key not found")
        }
        return block
    }

    private func block(id: String) throws(NodeFailure) -> MockBlock {
        _ = try TransactionBody.id(id, "id")
        guard let block = chain.block(id: id.lowercased()) else {
            throw .notFound("block with ID \(id) not found: could not retrieve resource: key not found")
        }
        return block
    }

    /// The height of the state that a script or an account read is about.
    func stateHeight(_ request: NodeRequest) throws(NodeFailure) -> UInt64 {
        if let id = request.query["block_id"] {
            guard request.query["block_height"] == nil else {
                throw .bad("can not provide both block ID and block height")
            }
            return try executed(try block(id: id).height)
        }
        guard let text = request.query["block_height"] else { return chain.sealedHeight }
        let asked = try height(text, "block_height")
        return try executed(try block(at: text == "final" ? min(asked, chain.executedHeight) : asked).height)
    }

    private func executed(_ height: UInt64) throws(NodeFailure) -> UInt64 {
        guard height <= chain.executedHeight else {
            throw .notFound("failed to get state at height \(height): state commitment not found")
        }
        return height
    }

    // MARK: Blocks

    private func blocks(_ request: NodeRequest, _ path: [String]) throws(NodeFailure) -> MockJSON {
        if path.count == 3 { return chain.payload(try block(id: path[1])) }
        let expanded = Set(request.list("expand"))
        var found: [MockBlock] = []
        if path.count == 2 {
            let ids = path[1].split(separator: ",").map(String.init)
            guard ids.count <= 50 else { throw .bad("at most 50 IDs can be requested at a time") }
            for id in ids { found.append(try block(id: id)) }
        } else if request.query["height"] != nil {
            guard request.query["start_height"] == nil, request.query["end_height"] == nil else {
                throw .bad("can only provide either heights or start and end height range")
            }
            let heights = request.list("height")
            guard !heights.isEmpty else { throw .bad("must provide either heights or start and end height range") }
            guard heights.count <= 50 else { throw .bad("at most 50 heights can be requested at a time") }
            let isSpecial = heights.contains { $0 == "final" || $0 == "sealed" }
            guard !isSpecial || heights.count == 1 else {
                throw .bad("can not provide '\(heights.first ?? "")' value with other values")
            }
            for text in heights { found.append(try block(at: try height(text, "height"))) }
        } else {
            let (start, end) = try range(request, limit: 50)
            for height in start...end { found.append(try block(at: height)) }
        }
        return .array(found.map { chain.json($0, expanding: expanded) })
    }

    private func range(_ request: NodeRequest, limit: UInt64) throws(NodeFailure) -> (UInt64, UInt64) {
        guard let from = request.query["start_height"], let to = request.query["end_height"] else {
            throw .bad("must provide either heights or start and end height range")
        }
        let (start, end) = (try height(from, "start_height"), try height(to, "end_height"))
        guard start <= end else { throw .bad("start height must be less than or equal to end height") }
        guard end - start < limit else { throw .bad("height range \(end - start) exceeds maximum allowed of \(limit)") }
        return (start, end)
    }

    // MARK: Transactions

    /// A transaction by its id or, for a scheduled one, by its number.
    private func entry(_ id: String) throws(NodeFailure) -> (String, MockChain.Entry) {
        if id.utf8.count < 64, let number = UInt64(id) {
            guard let id = chain.scheduled[number], let entry = chain.entries[id] else {
                throw .notFound("scheduled transaction \(number) not found: key not found")
            }
            return (id, entry)
        }
        _ = try TransactionBody.id(id, "id")
        let id = id.lowercased()
        guard let entry = chain.entries[id] else { throw .notFound("no known transaction with ID \(id)") }
        return (id, entry)
    }

    private func transaction(_ request: NodeRequest, _ path: [String]) throws(NodeFailure) -> MockJSON {
        if path.count == 1 {
            let block = try listed(request)
            return .array(
                block.transactions.compactMap { id in
                    chain.entries[id].map { chain.json($0.transaction, id: id) }
                })
        }
        let (id, entry) = try entry(path[1])
        let isExpanded = request.list("expand").contains("result")
        let result = isExpanded ? chain.result(of: entry, id: id, at: chain.stage(of: entry)) : nil
        return chain.json(entry.transaction, id: id, result: result)
    }

    private func result(_ request: NodeRequest, _ path: [String]) throws(NodeFailure) -> MockJSON {
        if path.count == 1 {
            let block = try listed(request)
            return .array(
                block.transactions.compactMap { id in
                    chain.entries[id].map { entry in
                        let entry = entry.inBlock(at: block.height)
                        return chain.result(of: entry, id: id, at: chain.stage(of: entry))
                    }
                })
        }
        let (id, entry) = try entry(path[1])
        return chain.result(of: entry, id: id, at: chain.stage(of: entry))
    }

    /// The block whose transactions or results are asked for.
    private func listed(_ request: NodeRequest) throws(NodeFailure) -> MockBlock {
        if let id = request.query["block_id"] { return try block(id: id) }
        return try block(at: try height(request.query["block_height"] ?? "sealed", "block_height"))
    }

    private func collection(_ request: NodeRequest, _ id: String) throws(NodeFailure) -> MockJSON {
        _ = try TransactionBody.id(id, "id")
        guard let block = chain.blocks.first(where: { $0.collectionID == id.lowercased() }) else {
            throw .notFound("could not find collection")
        }
        let links = block.transactions.map { MockJSON.string("/v1/transactions/\($0)") }
        if request.list("expand").contains("transactions") {
            let transactions = block.transactions.compactMap { id in
                chain.entries[id].map { chain.json($0.transaction, id: id) }
            }
            return [
                "id": .string(id), "transactions": .array(transactions), "_expandable": [:],
                "_links": ["_self": .string("/v1/collections/\(id)")],
            ]
        }
        return [
            "id": .string(id), "_expandable": ["transactions": .array(links)],
            "_links": ["_self": .string("/v1/collections/\(id)")],
        ]
    }

    /// A block's result has the block's id here: the node computes no state to take a hash of.
    private func executionResult(_ request: NodeRequest, _ path: [String]) throws(NodeFailure) -> MockJSON {
        if path.count == 2 { return json(try executedBlock(path[1])) }
        let ids = request.list("block_id")
        guard !ids.isEmpty else { throw .bad("no block IDs provided") }
        var results: [MockJSON] = []
        for id in ids { results.append(json(try executedBlock(id))) }
        return .array(results)
    }

    private func executedBlock(_ id: String) throws(NodeFailure) -> MockBlock {
        let block = try block(id: id)
        _ = try executed(block.height)
        return block
    }

    private func json(_ block: MockBlock) -> MockJSON {
        [
            "id": .string(block.id), "block_id": .string(block.id), "events": [], "chunks": [],
            "previous_result_id": .string(block.parentID),
            "_links": ["_self": .string("/v1/execution_results/\(block.id)")],
        ]
    }

    // MARK: Accounts

    private func account(_ request: NodeRequest, _ path: [String]) throws(NodeFailure) -> MockJSON {
        guard let address = MockAddress(path[1]), address.isValid(on: chain.settings.network) else {
            throw .bad("address: invalid address")
        }
        let height = try stateHeight(request)
        guard let account = chain.accounts[address], account.balance.value(at: height) != nil else {
            throw .notFound("account with address \(address) not found at height \(height)")
        }
        if path.count == 2 {
            return chain.json(address, account, at: height, expanding: Set(request.list("expand")))
        }
        if path[2] == "balance" { return ["balance": .string("\(account.balance.value(at: height) ?? 0)")] }
        if path.count == 3 { return ["keys": .array(chain.keys(of: account, at: height))] }
        guard let index = Int(path[3]), index >= 0 else { throw .bad("index: invalid key index: \(path[3])") }
        guard index < account.keys.count, let key = chain.json(account.keys[index], index: index, at: height) else {
            throw .notFound("failed to get account key with index \(index) for address \(address): not found")
        }
        return key
    }

    // MARK: Events

    private func events(_ request: NodeRequest) throws(NodeFailure) -> MockJSON {
        guard let type = request.query["type"], Self.isEventType(type) else {
            throw .bad("type: invalid event type format")
        }
        var found: [MockBlock] = []
        if request.query["block_ids"] != nil {
            guard request.query["start_height"] == nil, request.query["end_height"] == nil else {
                throw .bad("can only provide either block IDs or start and end height range")
            }
            let ids = request.list("block_ids")
            guard !ids.isEmpty, ids.count <= 50 else { throw .bad("at most 50 IDs can be requested at a time") }
            for id in ids { found.append(try block(id: id)) }
        } else {
            let (start, end) = try range(request, limit: 250)
            let root = chain.settings.rootHeight
            let sealed = chain.sealedHeight - min(cutEvents, chain.sealedHeight - root)
            guard start <= sealed else {
                throw .invalid("start height \(start) is greater than the last sealed block height \(sealed)")
            }
            guard start >= root else { throw .notFound("block with height \(start) is before the spork root \(root)") }
            // The end is cut without a word, as the real node does.
            for height in start...min(end, sealed) { found.append(try block(at: height)) }
        }
        return .array(
            found.map { block in
                let link = MockJSON.Member(name: "_links", value: [:])
                return .object(chain.events(of: block) { $0 == type } + [link])
            })
    }

    /// `A.<address>.<contract>.<event>`, `flow.<event>`: what flow-go's pattern lets through.
    static func isEventType(_ type: String) -> Bool {
        let parts = type.split(separator: ".", omittingEmptySubsequences: false)
        func isName(_ text: Substring) -> Bool {
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        }
        if parts.count == 2, parts[0] == "flow" { return isName(parts[1]) }
        guard parts.count == 4, parts[0].count == 1, parts[0].allSatisfy({ $0.isASCII && $0.isUppercase }) else {
            return false
        }
        let isHexadecimal = parts[1].allSatisfy { $0.isHexDigit && !$0.isUppercase && $0.isASCII }
        return parts[1].utf8.count == 16 && isHexadecimal && isName(parts[2]) && isName(parts[3])
    }
}
