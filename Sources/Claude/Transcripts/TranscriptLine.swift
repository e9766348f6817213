/// The fields of one line of a transcript that metering needs.
///
/// It borrows the line's bytes.
///
/// One pass validates the whole line and notes where the fields are; only lines with usage are then decoded further.
struct TranscriptLine {
    typealias RawString = JSONCursor.RawString

    /// What a line is to metering.
    enum Kind {
        /// A line of another type, or an assistant line without usage.
        case other
        /// An assistant line that Claude Code made up itself, to show an error.
        case synthetic
        /// An API response with its usage.
        case response
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var kind = Kind.other
    /// The usage, of a ``Kind/response``.
    private(set) var usage = MessageUsage()
    private var fields = Fields()

    /// Offsets behind the keys of fields, -1 for fields that the line lacks.
    private struct Fields {
        var type = -1
        var timestamp = -1
        var sessionID = -1
        var agentID = -1
        var isSidechain = -1
        var uuid = -1
        var requestID = -1
        var message = -1
        var messageID = -1
        var model = -1
        var stopReason = -1
        var content = -1
        var usage = -1
    }

    /// Reads a line.
    ///
    /// - Throws: `ClaudeError` if the line is not a JSON object, or if it is a response whose fields are malformed.
    init(_ bytes: UnsafeRawBufferPointer) throws(ClaudeError) {
        self.bytes = bytes
        var cursor = JSONCursor(bytes)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "type": fields.type = cursor.offset
            case "message":
                fields.message = cursor.offset
                (fields.messageID, fields.model, fields.stopReason) = (-1, -1, -1)
                (fields.content, fields.usage) = (-1, -1)
                if try cursor.peekKind() == .object { try noteMessage(&cursor) }
            case "timestamp": fields.timestamp = cursor.offset
            case "sessionId": fields.sessionID = cursor.offset
            case "agentId": fields.agentID = cursor.offset
            case "isSidechain": fields.isSidechain = cursor.offset
            case "uuid": fields.uuid = cursor.offset
            case "requestId": fields.requestID = cursor.offset
            default: break
            }
        }
        try cursor.finish()
        kind = try classify()
    }

    private mutating func noteMessage(_ cursor: inout JSONCursor) throws(ClaudeError) {
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "id": fields.messageID = cursor.offset
            case "model": fields.model = cursor.offset
            case "stop_reason": fields.stopReason = cursor.offset
            case "content": fields.content = cursor.offset
            case "usage": fields.usage = cursor.offset
            default: break
            }
        }
    }

    private mutating func classify() throws(ClaudeError) -> Kind {
        guard try isAssistant() else { return .other }
        var message = JSONCursor(bytes, offset: max(fields.message, 0))
        guard fields.message >= 0, try message.peekKind() == .object else {
            throw ClaudeError(.malformedEvent, "an assistant line has no message object")
        }
        if let model = try string(fields.model), model == "<synthetic>" { return .synthetic }
        guard fields.usage >= 0 else { return .other }
        var cursor = JSONCursor(bytes, offset: fields.usage)
        guard try !cursor.readNull() else { return .other }

        cursor = JSONCursor(bytes, offset: fields.usage)
        var stated = StatedUsage()
        try stated.merge(&cursor)
        if let problem = stated.problem ?? stated.missing { throw problem }
        usage = stated.normalized
        return .response
    }

    private func isAssistant() throws(ClaudeError) -> Bool {
        guard fields.type >= 0 else { return false }
        var cursor = JSONCursor(bytes, offset: fields.type)
        guard try cursor.peekKind() == .string else { return false }
        return try cursor.readRawString() == "assistant"
    }

    // MARK: Fields

    /// The message id.
    func messageID() throws(ClaudeError) -> RawString? { try string(fields.messageID) }
    /// The request id.
    func requestID() throws(ClaudeError) -> RawString? { try string(fields.requestID) }
    /// See ``TranscriptEntry/billingID``.
    func billingID() throws(ClaudeError) -> RawString? {
        if let id = try messageID() { return id }
        if let id = try requestID() { return id }
        return try uuid()
    }
    /// The id of the line.
    func uuid() throws(ClaudeError) -> RawString? { try string(fields.uuid) }
    /// The subagent.
    func agentID() throws(ClaudeError) -> RawString? { try string(fields.agentID) }
    /// Whether the response states why it ended: then its counts are final.
    func isFinal() throws(ClaudeError) -> Bool { try string(fields.stopReason) != nil }

    /// Whether the line belongs to a side conversation.
    func isSidechain() throws(ClaudeError) -> Bool {
        guard fields.isSidechain >= 0 else { return false }
        var cursor = JSONCursor(bytes, offset: fields.isSidechain)
        return try cursor.readNull() ? false : cursor.readBool()
    }

    /// The line's time in milliseconds since 1970, or `nil` if it has none.
    ///
    /// - Throws: `ClaudeError` if what it has is not a time of RFC 3339.
    func timestamp() throws(ClaudeError) -> Int64? {
        guard let text = try string(fields.timestamp) else { return nil }
        guard let time = text.hasEscapes ? nil : text.withRawBytes(RFC3339.milliseconds) else {
            throw ClaudeError(.malformedEvent, "the timestamp is not an RFC 3339 time", offset: text.offset)
        }
        return time
    }

    /// Whether the message has any content.
    func hasContent() throws(ClaudeError) -> Bool {
        guard fields.content >= 0 else { return false }
        var cursor = JSONCursor(bytes, offset: fields.content)
        switch try cursor.peekKind() {
        case .array:
            try cursor.beginArray()
            return try cursor.nextElement()
        case .string: return try !cursor.readRawString().isEmpty
        default: return false
        }
    }

    /// All fields of a response.
    func entry(file: TranscriptFile, line: Int64, offset: Int64) throws(ClaudeError) -> TranscriptEntry {
        guard let timestamp = try timestamp() else {
            throw ClaudeError(.malformedEvent, "an assistant line has no timestamp")
        }
        let messageID = try messageID()?.decoded()
        let record = MessageRecord(
            id: messageID, model: try string(fields.model)?.decoded(), usage: usage,
            stopReason: try string(fields.stopReason)?.decoded(), hasContent: try hasContent(), ending: .complete)
        return TranscriptEntry(
            messageID: messageID, requestID: try requestID()?.decoded(),
            sessionID: try string(fields.sessionID)?.decoded() ?? file.sessionID,
            agentID: try agentID()?.decoded() ?? file.agentID, isSidechain: try isSidechain(),
            uuid: try uuid()?.decoded(), timestamp: timestamp, record: record, file: file.path, line: line,
            offset: offset)
    }

    /// Checks that every text of ``entry(file:line:offset:)`` can be decoded, without decoding what has no escapes.
    func checkTexts() throws(ClaudeError) {
        for offset in [
            fields.messageID, fields.requestID, fields.model, fields.stopReason, fields.sessionID, fields.agentID,
            fields.uuid,
        ] {
            guard let text = try string(offset), text.hasEscapes else { continue }
            _ = try text.decoded()
        }
    }

    /// The string at `offset`; `nil` if there is no such field or it is `null`.
    private func string(_ offset: Int) throws(ClaudeError) -> RawString? {
        guard offset >= 0 else { return nil }
        var cursor = JSONCursor(bytes, offset: offset)
        return try cursor.readNull() ? nil : cursor.readRawString()
    }
}
