internal import Claude

/// One server-sent event of the Messages API.
struct StreamEvent: Sendable {
    var name: String
    var data: JSONValue
    /// A comment line instead of an event.
    var comment: String?

    init(_ name: String, _ data: JSONValue) {
        self.name = name
        self.data = data
    }

    init(comment: String) {
        self.init("", nil)
        self.comment = comment
    }

    func bytes(_ wire: Scenario.WireFormat) -> [UInt8] {
        let end = wire.usesCRLF ? "\r\n" : "\n"
        if let comment { return Array(": \(comment)\(end)\(end)".utf8) }
        return Array("event: \(name)\(end)data: \(data.serialized(wire.spacing ?? .compact))\(end)\(end)".utf8)
    }

    /// The error that the API sends inside a stream.
    static func error(type: String, message: String, requestID: String) -> StreamEvent {
        StreamEvent(
            "error",
            [
                "type": "error", "error": ["type": .string(type), "message": .string(message)],
                "request_id": .string(requestID),
            ])
    }
}

extension MessageAnswer {
    /// The events of the answer as a stream.
    func events(_ wire: Scenario.WireFormat) -> [StreamEvent] {
        var events = [
            StreamEvent(
                "message_start",
                ["type": "message_start", "message": message(content: [], stopReason: nil, usage: startUsage)])
        ]
        for (index, block) in content.enumerated() {
            events += Self.events(of: block, index: Int64(index), wire)
        }
        events = Self.spread(events, wire)
        for (index, usage) in deltas.enumerated() {
            let isLast = index == deltas.count - 1
            events.append(
                StreamEvent(
                    "message_delta",
                    [
                        "type": "message_delta",
                        "delta": [
                            "stop_reason": isLast ? stopReason : nil, "stop_sequence": nil,
                            "stop_details": isLast ? stopDetails : nil,
                        ], "usage": usage,
                    ]))
        }
        events.append(StreamEvent("message_stop", ["type": "message_stop"]))
        return events
    }

    private static func events(of block: JSONValue, index: Int64, _ wire: Scenario.WireFormat) -> [StreamEvent] {
        var opening = block
        var deltas: [JSONValue] = []
        switch block["type"]?.text {
        case "text":
            opening["text"] = ""
            deltas = pieces(block["text"]?.text, wire).map { ["type": "text_delta", "text": .string($0)] }
            deltas += (block["citations"]?.elements ?? []).map { ["type": "citations_delta", "citation": $0] }
            opening["citations"] = nil
        case "thinking":
            opening["thinking"] = ""
            opening["signature"] = ""
            deltas = pieces(block["thinking"]?.text, wire).map { ["type": "thinking_delta", "thinking": .string($0)] }
            deltas.append(["type": "signature_delta", "signature": block["signature"] ?? ""])
        case "tool_use", "server_tool_use":
            opening["input"] = [:]
            let input = (block["input"] ?? [:]).serialized(.spaced)
            deltas = ([""] + pieces(input, wire)).map { ["type": "input_json_delta", "partial_json": .string($0)] }
        default: break
        }
        let start = StreamEvent(
            "content_block_start", ["type": "content_block_start", "index": .integer(index), "content_block": opening])
        let middle = deltas.map { delta in
            StreamEvent(
                "content_block_delta", ["type": "content_block_delta", "index": .integer(index), "delta": delta])
        }
        return [start] + middle
            + [StreamEvent("content_block_stop", ["type": "content_block_stop", "index": .integer(index)])]
    }

    private static func pieces(_ text: String?, _ wire: Scenario.WireFormat) -> [String] {
        var rest = (text ?? "")[...]
        var pieces: [String] = []
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(wire.deltaLength)))
            rest = rest.dropFirst(wire.deltaLength)
        }
        return pieces
    }

    /// Puts pings, comments and unknown events between the events of the content.
    private static func spread(_ events: [StreamEvent], _ wire: Scenario.WireFormat) -> [StreamEvent] {
        var result = events
        for index in 0..<max(0, wire.pings) {
            // After the second event first, as the API does, then evenly over the rest.
            let place = index == 0 ? min(2, result.count) : 1 + (result.count - 1) * index / wire.pings
            result.insert(StreamEvent("ping", ["type": "ping"]), at: place)
        }
        if wire.hasUnknownEvents {
            result.insert(StreamEvent("future_event", ["type": "future_event", "usage": ["output_tokens": 1]]), at: 1)
        }
        if wire.hasComments { result = result.flatMap { [StreamEvent(comment: "keep-alive"), $0] } }
        return result
    }
}

extension MessageRecord {
    /// Takes in one event that was served whole.
    ///
    /// Returns `false` when its usage is not readable.
    ///
    /// Deliberately apart from the readers of the `Claude` module, so that they can be tested against it.
    mutating func observe(_ event: StreamEvent, usage wire: inout JSONValue) -> Bool {
        switch event.name {
        case "message_start":
            id = event.data["message"]?["id"]?.text
            model = event.data["message"]?["model"]?.text
            wire = event.data["message"]?["usage"] ?? [:]
        case "content_block_start":
            hasContent = true
        case "content_block_delta":
            let delta = event.data["delta"] ?? nil
            let texts = ["text", "thinking", "partial_json"].compactMap { delta[$0]?.text }
            generatedBytes += Int64(texts.reduce(0) { $0 + $1.utf8.count })
        case "message_delta":
            for member in event.data["usage"]?.members ?? [] where member.value != .null {
                wire[member.name] = member.value
            }
            if let reason = event.data["delta"]?["stop_reason"]?.text { stopReason = reason }
        case "message_stop": ending = .complete
        case "error": ending = .error(type: event.data["error"]?["type"]?.text ?? "")
        default: break
        }
        guard let usage = MessageUsage(wire: wire) else { return false }
        self.usage = usage
        return true
    }
}
