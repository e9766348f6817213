internal import FoundationEssentials

extension Scenario {
    /// Reads a scenario from the text of a header or prompt marker: a preset's name, or a JSON object.
    public init(parsing text: String) throws(ClaudeSimulatorError) {
        let trimmed = text.trimmingSpaces
        guard trimmed.hasPrefix("{") else {
            guard let preset = Self.presets[trimmed] else {
                let names = Self.presets.keys.sorted().joined(separator: ", ")
                throw ClaudeSimulatorError(.invalidScenario, "no scenario is called \(trimmed); there are: \(names)")
            }
            self = preset
            return
        }
        self = try Scenario(json: JSONValue(parsing: trimmed.utf8))
    }

    /// Reads a scenario from a JSON object.
    ///
    /// Unknown members are an error, so that typing mistakes show.
    public init(json: JSONValue) throws(ClaudeSimulatorError) {
        guard let members = json.members else { throw Self.wrong("scenario", "an object") }
        if let name = json["preset"] { self = try Scenario(parsing: Self.string(name, "preset")) } else { self.init() }
        for member in members { try read(member.name, member.value) }
    }

    private mutating func read(_ name: String, _ value: JSONValue) throws(ClaudeSimulatorError) {
        switch name {
        case "preset": break
        case "model": model = try Self.string(value, name)
        case "message_id": messageID = try Self.string(value, name)
        case "request_id": requestID = try Self.string(value, name)
        case "text": content = [["type": "text", "text": .string(try Self.string(value, name))]]
        case "content": content = try Self.array(value, name)
        case "stop_reason": stopReason = try Self.string(value, name)
        case "stop_details": stopDetails = value
        case "usage": usage = value
        case "start_usage": startUsage = value
        case "deltas": deltas = try Self.array(value, name)
        case "passes": passes = try Self.map(value, name, Self.pass)
        case "failure": failure = try Self.failure(value)
        case "fault": fault = try Self.fault(value)
        case "gates": gates = try Self.map(value, name, Self.gate)
        case "delays": delays = try Self.map(value, name, Self.delay)
        case "wire": wire = try Self.wireFormat(value)
        case "raw": raw = try Self.rawBody(value)
        case "headers":
            guard let members = value.members else { throw Self.wrong(name, "an object") }
            for member in members { headers[member.name] = try Self.string(member.value, name) }
        case "batch_polls": batchPolls = try Self.integer(value, name)
        case "batch_outcome":
            guard let outcome = BatchOutcome(rawValue: try Self.string(value, name)) else {
                throw Self.wrong(name, "one of succeeded, errored, canceled, expired")
            }
            batchOutcome = outcome
        default: throw ClaudeSimulatorError(.invalidScenario, "a scenario has no member \(name)")
        }
    }

    // MARK: Parts

    private static func pass(_ value: JSONValue) throws(ClaudeSimulatorError) -> Pass {
        var pass = Pass(type: "message")
        for member in value.members ?? [] {
            switch member.name {
            case "type": pass.type = try string(member.value, "type")
            case "model": pass.model = try string(member.value, "model")
            case "input_tokens": pass.inputTokens = Int64(try integer(member.value, "input_tokens"))
            case "cache_creation_input_tokens": pass.cacheWriteTokens = Int64(try integer(member.value, member.name))
            case "cache_read_input_tokens": pass.cacheReadTokens = Int64(try integer(member.value, member.name))
            case "output_tokens": pass.outputTokens = Int64(try integer(member.value, "output_tokens"))
            default: throw ClaudeSimulatorError(.invalidScenario, "a pass has no member \(member.name)")
            }
        }
        return pass
    }

    private static func failure(_ value: JSONValue) throws(ClaudeSimulatorError) -> APIFailure {
        guard let status = value["status"]?.integer, (400...599).contains(status) else {
            throw wrong("failure.status", "a status from 400 to 599")
        }
        return APIFailure(
            status: Int(status), type: value["type"]?.text, message: value["message"]?.text,
            errorCode: value["error_code"]?.text, retryAfter: value["retry_after"]?.integer.map { Int(clamping: $0) })
    }

    private static func fault(_ value: JSONValue) throws(ClaudeSimulatorError) -> Fault {
        let kind: Fault.Kind
        switch value["kind"]?.text {
        case "error":
            kind = .error(
                type: value["type"]?.text ?? "overloaded_error", message: value["message"]?.text ?? "Overloaded")
        case "truncate": kind = .truncate
        case "reset": kind = .reset
        case "finish": kind = .finish
        default: throw wrong("fault.kind", "one of error, truncate, reset, finish")
        }
        return Fault(kind, at: try point(value["at"] ?? "end"))
    }

    private static func gate(_ value: JSONValue) throws(ClaudeSimulatorError) -> GatePoint {
        GatePoint(try string(value["name"] ?? .null, "gates.name"), at: try point(value["at"] ?? "start"))
    }

    private static func delay(_ value: JSONValue) throws(ClaudeSimulatorError) -> Delay {
        var delay = Delay(milliseconds: Int64(try integer(value["milliseconds"] ?? .null, "delays.milliseconds")))
        if let at = value["at"] { delay.at = try point(at) }
        return delay
    }

    /// `head`, `start`, `end`, `event:3`, `byte:100`, or the name of an event.
    private static func point(_ value: JSONValue) throws(ClaudeSimulatorError) -> Point {
        let text = try string(value, "at")
        switch text {
        case "head": return .head
        case "start": return .start
        case "end": return .end
        default: break
        }
        guard let colon = text.firstIndex(of: ":") else { return .before(text) }
        guard let number = Int(text[text.index(after: colon)...]), number >= 0 else {
            throw wrong("at", "head, start, end, event:N, byte:N or the name of an event")
        }
        switch text[..<colon] {
        case "event": return .event(number)
        case "byte": return .byte(number)
        default: throw wrong("at", "head, start, end, event:N, byte:N or the name of an event")
        }
    }

    private static func wireFormat(_ value: JSONValue) throws(ClaudeSimulatorError) -> WireFormat {
        var wire = WireFormat()
        for member in value.members ?? [] {
            switch member.name {
            case "chunks": wire.chunking = try chunking(member.value)
            case "spacing":
                guard let spacing = JSONValue.Spacing(rawValue: try string(member.value, "spacing")) else {
                    throw wrong("wire.spacing", "compact or spaced")
                }
                wire.spacing = spacing
            case "crlf": wire.usesCRLF = try bool(member.value, "crlf")
            case "comments": wire.hasComments = try bool(member.value, "comments")
            case "unknown_events": wire.hasUnknownEvents = try bool(member.value, "unknown_events")
            case "pings": wire.pings = try integer(member.value, "pings")
            case "gzip": wire.usesGzip = try bool(member.value, "gzip")
            case "delta_length": wire.deltaLength = max(1, try integer(member.value, "delta_length"))
            default: throw ClaudeSimulatorError(.invalidScenario, "wire has no member \(member.name)")
            }
        }
        return wire
    }

    /// `"event"`, `"whole"`, `[3, 1, 4]`, or `{"maximum": 10, "seed": 1}`.
    private static func chunking(_ value: JSONValue) throws(ClaudeSimulatorError) -> WireFormat.Chunking {
        switch value {
        case "event": return .perEvent
        case "whole": return .whole
        case .array(let elements):
            let sizes = elements.compactMap(\.integer).map { Int(clamping: $0) }
            guard !sizes.isEmpty, sizes.count == elements.count, sizes.allSatisfy({ $0 > 0 }) else {
                throw wrong("wire.chunks", "a list of positive sizes")
            }
            return .sizes(sizes)
        case .object:
            let maximum = try integer(value["maximum"] ?? .null, "wire.chunks.maximum")
            return .random(maximum: max(1, maximum), seed: UInt64(try integer(value["seed"] ?? 0, "seed").magnitude))
        default: throw wrong("wire.chunks", "event, whole, a list of sizes, or an object with maximum and seed")
        }
    }

    private static func rawBody(_ value: JSONValue) throws(ClaudeSimulatorError) -> RawBody {
        var bytes: [UInt8]
        if let text = value["text"]?.text {
            bytes = Array(text.utf8)
        } else if let base64 = value["base64"]?.text, let data = Data(base64Encoded: base64) {
            bytes = Array(data)
        } else {
            throw wrong("raw", "an object with text or base64")
        }
        return RawBody(
            contentType: value["content_type"]?.text ?? "text/event-stream; charset=utf-8",
            status: try integer(value["status"] ?? 200, "raw.status"), bytes: bytes)
    }

    // MARK: Values

    private static func wrong(_ name: String, _ wanted: String) -> ClaudeSimulatorError {
        ClaudeSimulatorError(.invalidScenario, "\(name) must be \(wanted)")
    }
    private static func string(_ value: JSONValue, _ name: String) throws(ClaudeSimulatorError) -> String {
        guard let text = value.text else { throw wrong(name, "a string") }
        return text
    }
    private static func integer(_ value: JSONValue, _ name: String) throws(ClaudeSimulatorError) -> Int {
        guard let number = value.integer else { throw wrong(name, "a whole number") }
        return Int(clamping: number)
    }
    private static func bool(_ value: JSONValue, _ name: String) throws(ClaudeSimulatorError) -> Bool {
        guard let bool = value.bool else { throw wrong(name, "true or false") }
        return bool
    }
    private static func array(_ value: JSONValue, _ name: String) throws(ClaudeSimulatorError) -> [JSONValue] {
        guard let elements = value.elements else { throw wrong(name, "an array") }
        return elements
    }
    private static func map<Part>(
        _ value: JSONValue, _ name: String, _ read: (JSONValue) throws(ClaudeSimulatorError) -> Part
    ) throws(ClaudeSimulatorError) -> [Part] {
        var parts: [Part] = []
        for element in try array(value, name) { parts.append(try read(element)) }
        return parts
    }
}

extension String {
    /// The text without blanks at either end.
    var trimmingSpaces: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
