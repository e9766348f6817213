/// A topic of the WebSocket interface: how it is asked for, and how its messages are read.
protocol StreamTopic: Sendable {
    associatedtype Element: Sendable

    /// The topic's name.
    var name: StaticString { get }

    /// The order of the first element, when the caller named one.
    var firstOrder: UInt64? { get }

    /// The `arguments` of the request, as JSON; `seen` is the position of the last element, if there was one.
    func arguments(after seen: StreamPosition?) -> String

    /// Reads the `payload` of a message; `nil` when it says nothing.
    func read(_ payload: JSONNode) throws(FlowError) -> StreamItem<Element>?
}

/// How far a stream is.
struct StreamPosition: Sendable, Hashable {
    /// A height, or the rank of a transaction's status: it only grows.
    var order: UInt64
    /// The block at that height.
    var blockID: FlowIdentifier?
}

/// One message of a topic.
struct StreamItem<Element: Sendable>: Sendable {
    var element: Element
    var position: StreamPosition
    /// The block before, for topics that name it.
    var parentID: FlowIdentifier?
    /// Whether the next element's order is this one's plus 1.
    var isContiguous: Bool
    /// The message's number in its subscription, for topics that count.
    var index: UInt64?
    /// Nothing comes after it.
    var isLast = false
}

/// The topic `blocks`.
struct BlocksTopic: StreamTopic {
    var isSealed: Bool
    var start: StreamStart

    var name: StaticString { "blocks" }
    var firstOrder: UInt64? { start.order }

    func arguments(after seen: StreamPosition?) -> String {
        #"{"block_status":"\#(isSealed ? "sealed" : "finalized")"\#(start.argument(after: seen))}"#
    }

    func read(_ payload: JSONNode) throws(FlowError) -> StreamItem<FlowBlock>? {
        let block = try FlowBlock(try payload["block"])
        return StreamItem(
            element: block, position: StreamPosition(order: block.height, blockID: block.id), parentID: block.parentID,
            isContiguous: true)
    }
}

/// The topic `events`.
///
/// The node is asked for a message with every block, empty ones included, so that a missing height is a lost message.
struct EventsTopic: StreamTopic {
    var filter: EventStreamFilter
    var start: StreamStart

    var name: StaticString { "events" }
    var firstOrder: UInt64? { start.order }

    func arguments(after seen: StreamPosition?) -> String {
        var text = #"{"heartbeat_interval":"1""# + start.argument(after: seen)
        if !filter.types.isEmpty { text += #","event_types":\#(Self.list(filter.types))"# }
        if !filter.addresses.isEmpty { text += #","addresses":\#(Self.list(filter.addresses.map(\.hex)))"# }
        if !filter.contracts.isEmpty { text += #","contracts":\#(Self.list(filter.contracts))"# }
        return text + "}"
    }

    func read(_ payload: JSONNode) throws(FlowError) -> StreamItem<BlockEvents>? {
        let events = try BlockEvents(payload)
        return StreamItem(
            element: events, position: StreamPosition(order: events.height, blockID: events.blockID),
            isContiguous: true, index: try payload.optional("message_index")?.uint64())
    }

    /// The texts were checked, and need no escapes.
    private static func list(_ texts: [String]) -> String {
        "[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
}

/// The topic `transaction_statuses`.
struct TransactionTopic: StreamTopic {
    var id: FlowIdentifier

    var name: StaticString { "transaction_statuses" }
    var firstOrder: UInt64? { nil }

    /// A transaction's statuses are few: the node sends all of them again, and those that were seen are dropped.
    func arguments(after seen: StreamPosition?) -> String { #"{"tx_id":"\#(id)"}"# }

    func read(_ payload: JSONNode) throws(FlowError) -> StreamItem<TransactionResult>? {
        let result = try TransactionResult(try payload["transaction_result"])
        let rank: UInt64
        switch result.status {
        case .unknown: return nil
        case .pending: rank = 1
        case .finalized: rank = 2
        case .executed: rank = 3
        case .sealed: rank = 4
        case .expired: rank = 5
        }
        return StreamItem(
            element: result, position: StreamPosition(order: rank), isContiguous: false,
            index: try payload.optional("message_index")?.uint64(),
            isLast: result.status == .sealed || result.status == .expired)
    }
}

extension StreamStart {
    fileprivate var order: UInt64? { if case .height(let height) = self { height } else { nil } }

    /// Where the node is to begin.
    ///
    /// After an interruption that is the last block that was seen, not the one behind it: a node refuses a height that it
    /// does not know yet, and that one's id shows whether this node is on the same chain.
    fileprivate func argument(after seen: StreamPosition?) -> String {
        if let seen { return #","start_block_height":"\#(seen.order)""# }
        switch self {
        case .latest: return ""
        case .height(let height): return #","start_block_height":"\#(height)""#
        }
    }
}
