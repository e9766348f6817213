/// A subscription and how far it has come.
struct Subscription: Sendable {
    let id: String
    let topic: SocketRequest.Topic
    /// The next height to be sent, for topics by height.
    private var nextHeight: UInt64
    /// How many blocks without wanted events have gone by.
    private var quietBlocks: UInt64 = 0
    /// The last status that was sent.
    private var stage: MockChain.Stage?
    private var messageIndex = 0
    /// Nothing more will come: the transaction is sealed or expired.
    private(set) var isFinished = false
    /// The client has been told that the subscription exists: only then do messages follow.
    var isAcknowledged = false

    init(
        id: String, _ topic: SocketRequest.Topic, start: SocketRequest.Start, on chain: MockChain
    ) throws(NodeFailure) {
        self.id = id
        self.topic = topic
        let latest =
            if case .blocks(isSealed: false, _) = topic { chain.finalHeight } else { chain.sealedHeight }
        switch start {
        case .latest: nextHeight = latest
        case .height(let height):
            guard height >= chain.settings.rootHeight else {
                throw .bad("start height \(height) must be greater than or equal to the root height")
            }
            // A height that is still to come is not known, as on a real node.
            guard height <= latest else { throw Self.notFound("could not get header for height \(height)") }
            nextHeight = height
        case .block(let id):
            guard let block = chain.block(id: id) else { throw Self.notFound("could not get header for block \(id)") }
            nextHeight = block.height
        }
        if case .transaction(let id) = topic, chain.entries[id] == nil {
            throw Self.notFound("no known transaction with ID \(id)")
        }
    }

    private static func notFound(_ message: String) -> NodeFailure {
        NodeFailure(status: 404, message: "error creating data provider: \(message): key not found")
    }

    /// The next message, if the chain has one for this subscription.
    mutating func next(_ chain: MockChain) -> MockJSON? {
        switch topic {
        case .blocks(let isSealed, let content):
            guard nextHeight <= (isSealed ? chain.sealedHeight : chain.finalHeight),
                let block = chain.block(at: nextHeight)
            else { return nil }
            nextHeight += 1
            return message(payload(block, content, chain))
        case .events(let filter): return nextEvents(filter, chain)
        case .transaction(let id): return nextStatus(id, chain)
        }
    }

    private func message(_ payload: MockJSON) -> MockJSON {
        ["subscription_id": .string(id), "topic": .string(topic.name), "payload": payload]
    }

    private func payload(_ block: MockBlock, _ content: SocketRequest.BlockContent, _ chain: MockChain) -> MockJSON {
        let json = chain.json(block, expanding: ["payload"])
        switch content {
        case .full: return ["block": json]
        case .header: return ["header": json["header"] ?? .null]
        case .digest:
            return [
                "block_digest": [
                    "block_id": .string(block.id), "height": .string("\(block.height)"),
                    "timestamp": .string(block.time),
                ]
            ]
        }
    }

    private mutating func nextEvents(_ filter: SocketRequest.EventFilter, _ chain: MockChain) -> MockJSON? {
        while nextHeight <= chain.sealedHeight, let block = chain.block(at: nextHeight) {
            nextHeight += 1
            let members = chain.events(of: block, filter.matches)
            let isEmpty = !members.contains { $0.name == "events" }
            if isEmpty {
                quietBlocks += 1
                guard quietBlocks >= filter.heartbeat else { continue }
            }
            quietBlocks = 0
            defer { messageIndex += 1 }
            // Over the socket the list is there even when it is empty.
            let events = isEmpty ? [MockJSON.Member(name: "events", value: [])] : []
            let index = MockJSON.Member(name: "message_index", value: .number("\(messageIndex)"))
            return message(.object(members + events + [index]))
        }
        return nil
    }

    private mutating func nextStatus(_ id: String, _ chain: MockChain) -> MockJSON? {
        guard !isFinished, let entry = chain.entries[id] else { return nil }
        let reached = chain.stage(of: entry)
        let sent = stage?.rawValue ?? 0
        guard sent < reached.rawValue else { return nil }
        // No status is left out, however many blocks have gone by; only expiry comes straight after pending.
        let next = reached == .expired && sent > 0 ? .expired : MockChain.Stage(rawValue: sent + 1) ?? reached
        stage = next
        isFinished = next == .sealed || next == .expired
        defer { messageIndex += 1 }
        return message([
            "transaction_result": chain.result(of: entry, id: id, at: next),
            "message_index": .number("\(messageIndex)"),
        ])
    }
}
