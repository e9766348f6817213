/// A message of a client (flow-go `engine/access/rest/websockets/models`).
struct SocketRequest: Sendable {
    enum Topic: Sendable, Hashable {
        case blocks(isSealed: Bool, content: BlockContent)
        case events(EventFilter)
        case transaction(id: String)

        var name: String {
            switch self {
            case .blocks(_, let content): content.rawValue
            case .events: "events"
            case .transaction: "transaction_statuses"
            }
        }
    }

    enum BlockContent: String, Sendable, Hashable {
        case full = "blocks"
        case header = "block_headers"
        case digest = "block_digests"
    }

    /// Which events are wanted; with nothing named, all are.
    struct EventFilter: Sendable, Hashable {
        var types: [String]
        var addresses: [String]
        var contracts: [String]
        /// How many blocks without wanted events may pass before an empty one is sent.
        var heartbeat: UInt64

        func matches(_ type: String) -> Bool {
            if types.isEmpty, addresses.isEmpty, contracts.isEmpty { return true }
            if types.contains(type) { return true }
            let parts = type.split(separator: ".")
            guard parts.count == 4 else { return false }
            return addresses.contains(String(parts[1])) || contracts.contains("A.\(parts[1]).\(parts[2])")
        }
    }

    enum Action: Sendable {
        case subscribe(Topic, start: Start)
        case unsubscribe
        case list
    }

    enum Start: Sendable, Hashable {
        case latest
        case height(UInt64)
        case block(String)
    }

    var subscriptionID: String?
    var action: Action

    init(parsing bytes: [UInt8]) throws(NodeFailure) {
        let json: MockJSON
        do {
            json = try MockJSONParser.parse(bytes)
        } catch {
            throw .bad("error reading message: \(error.message)")
        }
        guard json.members != nil else { throw .bad("error parsing message: expected an object") }
        if let id = json["subscription_id"] {
            guard let text = id.text, text.utf8.count <= 20 else {
                throw .bad("subscription ID length must be <= 20 characters")
            }
            subscriptionID = text.isEmpty ? nil : text
        }
        switch json["action"]?.text {
        case "subscribe":
            let (topic, start) = try Self.topic(json)
            action = .subscribe(topic, start: start)
        case "unsubscribe": action = .unsubscribe
        case "list_subscriptions": action = .list
        default: throw .bad("unknown action type: \(json["action"]?.text ?? "")")
        }
    }

    private static let starts: Set<String> = ["start_block_id", "start_block_height"]

    private static func topic(_ json: MockJSON) throws(NodeFailure) -> (Topic, Start) {
        let arguments = json["arguments"] ?? [:]
        switch json["topic"]?.text {
        case "transaction_statuses":
            let id = try checked(arguments, ["tx_id"])["tx_id"]?.text ?? ""
            return (.transaction(id: try hexID(id, "tx_id")), .latest)
        case "events":
            let names = starts.union(["event_types", "addresses", "contracts", "heartbeat_interval"])
            let arguments = try checked(arguments, names)
            let filter = EventFilter(
                types: try list(arguments, "event_types"), addresses: try list(arguments, "addresses"),
                contracts: try list(arguments, "contracts"), heartbeat: try heartbeat(arguments))
            for type in filter.types where !ChainReader.isEventType(type) {
                throw .bad("error creating data provider: invalid event type: \(type)")
            }
            return (.events(filter), try start(arguments))
        case let name?:
            guard let content = BlockContent(rawValue: name) else { throw .bad("unsupported topic \"\(name)\"") }
            let arguments = try checked(arguments, starts.union(["block_status"]))
            let status = arguments["block_status"]?.text
            guard status == "finalized" || status == "sealed" else {
                throw .bad("error creating data provider: 'block_status' must be 'finalized' or 'sealed'")
            }
            return (.blocks(isSealed: status == "sealed", content: content), try start(arguments))
        case nil: throw .bad("unsupported topic \"\"")
        }
    }

    private static func checked(_ arguments: MockJSON, _ names: Set<String>) throws(NodeFailure) -> MockJSON {
        guard let members = arguments.members else { throw .bad("error parsing message: arguments must be an object") }
        for member in members where !names.contains(member.name) {
            throw .bad("error creating data provider: unexpected field: '\(member.name)'")
        }
        return arguments
    }

    private static func hexID(_ text: String, _ name: String) throws(NodeFailure) -> String {
        _ = try TransactionBody.id(text, name)
        return text.lowercased()
    }

    private static func start(_ arguments: MockJSON) throws(NodeFailure) -> Start {
        switch (arguments["start_block_id"], arguments["start_block_height"]) {
        case (nil, nil): return .latest
        case (let id?, nil): return .block(try hexID(id.text ?? "", "start_block_id"))
        case (nil, let height?):
            guard let text = height.text, let number = UInt64(text) else {
                throw .bad("error creating data provider: 'start_block_height' must be convertible to uint64")
            }
            return .height(number)
        default:
            throw .bad("error creating data provider: can only provide either 'start_block_id' or 'start_block_height'")
        }
    }

    private static func list(_ arguments: MockJSON, _ name: String) throws(NodeFailure) -> [String] {
        guard let value = arguments[name] else { return [] }
        guard let elements = value.elements else {
            throw .bad("error creating data provider: '\(name)' must be an array of strings")
        }
        var texts: [String] = []
        for element in elements {
            guard let text = element.text else {
                throw .bad("error creating data provider: '\(name)' must be an array of strings")
            }
            texts.append(name == "addresses" && text.hasPrefix("0x") ? String(text.dropFirst(2)) : text)
        }
        return texts
    }

    private static func heartbeat(_ arguments: MockJSON) throws(NodeFailure) -> UInt64 {
        guard let value = arguments["heartbeat_interval"] else { return 1 }
        guard let text = value.text, let number = UInt64(text), number > 0 else {
            throw .bad("error creating data provider: 'heartbeat_interval' must be convertible to uint64")
        }
        return number
    }
}
