/// An event that a transaction emitted.
public struct FlowEvent: Sendable, Hashable {
    /// The type's id, as `A.0ae53cb6e3f42a79.FlowToken.TokensDeposited` or `flow.AccountCreated`.
    public var type: String
    /// The transaction.
    public var transactionID: FlowIdentifier
    /// The transaction's number in its block.
    public var transactionIndex: UInt32
    /// The event's number in its transaction.
    public var eventIndex: UInt32
    /// The event's value as JSON-Cadence.
    public var payload: [UInt8]

    /// Creates an event.
    public init(
        type: String, transactionID: FlowIdentifier, transactionIndex: UInt32, eventIndex: UInt32, payload: [UInt8]
    ) {
        self.type = type
        self.transactionID = transactionID
        self.transactionIndex = transactionIndex
        self.eventIndex = eventIndex
        self.payload = payload
    }

    /// The event's value.
    public func value() throws(FlowError) -> CadenceValue { try CadenceValue(json: payload) }

    /// The event as a Swift type with the fields that are wanted of it.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(FlowError) -> Value {
        try value().decoded(as: type)
    }

    init(_ node: JSONNode) throws(FlowError) {
        type = try node["type"].string()
        transactionID = try node["transaction_id"].identifier()
        transactionIndex = try node["transaction_index"].uint32()
        eventIndex = try node["event_index"].uint32()
        payload = try node["payload"].base64()
    }
}

extension FlowEvent: CustomStringConvertible {
    /// The event about as Cadence's source writes it: `A.f8d6e0586b0a20c7.Billing.Settled(epoch: 7)`.
    public var description: String {
        do { return try value().description } catch { return "\(type)(\(payload.count) bytes: \(error.message))" }
    }
}

/// The events of one block.
public struct BlockEvents: Sendable, Hashable {
    /// The block.
    public var blockID: FlowIdentifier
    /// The block's height.
    public var height: UInt64
    /// The block's time.
    public var timestamp: FlowTimestamp
    /// The events, in the order of their emission.
    public var events: [FlowEvent]

    /// Creates the events of a block.
    public init(blockID: FlowIdentifier, height: UInt64, timestamp: FlowTimestamp, events: [FlowEvent]) {
        self.blockID = blockID
        self.height = height
        self.timestamp = timestamp
        self.events = events
    }

    init(_ node: JSONNode) throws(FlowError) {
        blockID = try node["block_id"].identifier()
        height = try node["block_height"].uint64()
        timestamp = try FlowTimestamp(try node["block_timestamp"].string())
        // The node leaves the list out when it is empty.
        events = try node.optional("events")?.elements { (node) throws(FlowError) in try FlowEvent(node) } ?? []
    }
}
