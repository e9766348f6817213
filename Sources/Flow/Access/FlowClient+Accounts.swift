extension FlowClient {
    /// Runs a script and returns its result.
    ///
    /// - Throws: ``FlowError/Code/executionFailed`` with the virtual machine's code when the script fails.
    public func executeScript(
        _ script: String, arguments: [CadenceValue] = [], at block: BlockSelection = .latestSealed
    ) async throws(FlowError) -> CadenceValue {
        var encoded: [String] = []
        for argument in arguments { encoded.append("\"\(Base64.encode(try argument.json()))\"") }
        let body =
            #"{"script":"\#(Base64.encode(Array(script.utf8)))","arguments":[\#(encoded.joined(separator: ","))]}"#
        let answer = try await post("/scripts?" + block.query(("block_height", "block_id")), Array(body.utf8))
        // The published interface says an object with `value`; what nodes send is the bare string.
        return try Self.read(answer) { (node) throws(FlowError) in
            try CadenceValue(json: node.kind == .object ? try node["value"].base64() : try node.base64())
        }
    }

    /// Runs a script and reads its result as a Swift type, as ``CadenceValue/decoded(as:)`` does.
    ///
    /// - Throws: ``FlowError/Code/executionFailed`` with the virtual machine's code when the script fails, and
    ///   ``FlowError/Code/typeMismatch`` when its result is of another type.
    public func executeScript<Value: Decodable>(
        _ script: String, arguments: [CadenceValue] = [], at block: BlockSelection = .latestSealed,
        as type: Value.Type
    ) async throws(FlowError) -> Value {
        try await executeScript(script, arguments: arguments, at: block).decoded(as: type)
    }

    /// An account, with keys and contracts when they are asked for.
    public func account(
        _ address: FlowAddress, withKeys: Bool = false, withContracts: Bool = false,
        at block: AccountHeight = .sealed
    ) async throws(FlowError) -> FlowAccount {
        let expand = [withKeys ? "keys" : nil, withContracts ? "contracts" : nil].compactMap(\.self)
        let suffix = expand.isEmpty ? "" : "&expand=" + expand.joined(separator: ",")
        return try Self.read(try await get("/accounts/\(address.hex)?\(block.query)\(suffix)")) {
            (node) throws(FlowError) in try FlowAccount(node)
        }
    }

    /// An account's balance in FLOW.
    public func balance(of address: FlowAddress, at block: AccountHeight = .sealed) async throws(FlowError) -> UFix64 {
        try Self.read(try await get("/accounts/\(address.hex)/balance?\(block.query)")) { (node) throws(FlowError) in
            UFix64(scaled: try node["balance"].uint64())
        }
    }

    /// All keys of an account.
    public func keys(of address: FlowAddress, at block: AccountHeight = .sealed) async throws(FlowError) -> [AccountKey]
    {
        try Self.read(try await get("/accounts/\(address.hex)/keys?\(block.query)")) { (node) throws(FlowError) in
            try AccountKey.list(try node["keys"])
        }
    }

    /// One key of an account: the cheapest way to read a sequence number.
    public func key(
        _ index: UInt32, of address: FlowAddress, at block: AccountHeight = .sealed
    ) async throws(FlowError) -> AccountKey {
        try Self.read(try await get("/accounts/\(address.hex)/keys/\(index)?\(block.query)")) {
            (node) throws(FlowError) in try AccountKey(node)
        }
    }

    /// The most heights of one request for events.
    public static let eventRangeLimit: UInt64 = 250

    /// The events of one type in a range of heights, at most ``eventRangeLimit`` of them.
    ///
    /// A node that is not that far yet cuts the range silently: the last height of the answer, not the one asked for, is
    /// how far the answer goes. Blocks without events are in the answer, too.
    public func events(
        _ type: String, heights: ClosedRange<UInt64>
    ) async throws(FlowError) -> [BlockEvents] {
        guard heights.upperBound - heights.lowerBound < Self.eventRangeLimit else {
            throw FlowError(.invalidInput, "events of at most \(Self.eventRangeLimit) heights can be asked for at once")
        }
        return try await events(
            type, "start_height=\(heights.lowerBound)&end_height=\(heights.upperBound)")
    }

    /// The events of one type in some blocks, at most 50.
    public func events(_ type: String, blocks: [FlowIdentifier]) async throws(FlowError) -> [BlockEvents] {
        guard (1...50).contains(blocks.count) else {
            throw FlowError(.invalidInput, "events of 1 to 50 blocks can be asked for at once")
        }
        return try await events(type, "block_ids=" + blocks.map(\.description).joined(separator: ","))
    }

    private func events(_ type: String, _ query: String) async throws(FlowError) -> [BlockEvents] {
        try EventType.check(type)
        return try Self.read(try await get("/events?type=\(type)&\(query)")) { (node) throws(FlowError) in
            try node.elements { (node) throws(FlowError) in try BlockEvents(node) }
        }
    }
}

/// At which block an account is read.
public enum AccountHeight: Sendable, Hashable {
    /// The latest sealed one.
    case sealed
    /// The latest final one; its results may not be sealed yet.
    case final
    /// One that was sealed.
    case height(UInt64)

    var query: String {
        switch self {
        case .sealed: "block_height=sealed"
        case .final: "block_height=final"
        case .height(let height): "block_height=\(height)"
        }
    }
}

/// The ids of event types.
enum EventType {
    /// Throws unless the node would take the type: `A.<16 digits>.Contract.Event` or `flow.Event`.
    static func check(_ type: String) throws(FlowError) {
        let parts = type.split(separator: ".", omittingEmptySubsequences: false)
        let isCore = parts.count == 2 && parts[0] == "flow" && isName(parts[1])
        let isOfContract =
            parts.count == 4 && parts[0].utf8.count == 1 && parts[0].utf8.allSatisfy { $0 &- UInt8(ascii: "A") < 26 }
            && parts[1].utf8.count == 16 && FlowAddress.isHex(parts[1]) && parts[1] == parts[1].lowercased()
            && isName(parts[2]) && isName(parts[3])
        guard isCore || isOfContract else {
            throw FlowError(
                .invalidInput,
                "'\(type.prefix(80))' is no event type: write A.<16 digits>.Contract.Event or flow.Event")
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                $0 == UInt8(ascii: "_") || $0 &- UInt8(ascii: "0") < 10 || ($0 | 0x20) &- UInt8(ascii: "a") < 26
            }
    }
}
