/// The fields of a message object (`"type": "message"`) that metering needs, gathered from wherever they come.
struct MessageFields: Sendable, Hashable {
    /// The most bytes of an id, a model's name or a stop reason.
    static let textLimit = 256

    var id: String?
    var model: String?
    var type: String?
    var stopReason: String?
    var usage = StatedUsage()
    var hasContent = false
    var generatedBytes: Int64 = 0
    private var ownProblem: ClaudeError?
    private var contentProblem: ClaudeError?

    /// The first thing that could not be read.
    var problem: ClaudeError? { ownProblem ?? usage.problem }

    mutating func note(_ error: ClaudeError) {
        if problem == nil { ownProblem = error }
    }

    /// Notes what could not be read of the generated content, on which no count depends.
    mutating func note(content error: ClaudeError) {
        if contentProblem == nil { contentProblem = error }
    }

    /// Reads the next value, a message object.
    /// - Throws: ``ClaudeError/Code/malformedJSON``; what was read up to there is kept.
    mutating func read(_ cursor: inout JSONCursor) throws(ClaudeError) {
        guard try cursor.peekKind() == .object else {
            try cursor.skipValue()
            return note(ClaudeError(.malformedEvent, "the message is not an object"))
        }
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "id": id = try readText("id", &cursor) ?? id
            case "model": model = try readText("model", &cursor) ?? model
            case "type": type = try readText("type", &cursor) ?? type
            case "stop_reason": try readStopReason(&cursor)
            case "usage": try usage.merge(&cursor)
            case "content": try readContent(&cursor)
            default: break
            }
        }
    }

    /// Reads `stop_reason`; `null`, which stands for "not yet", changes nothing.
    mutating func readStopReason(_ cursor: inout JSONCursor) throws(ClaudeError) {
        stopReason = try readText("stop_reason", &cursor) ?? stopReason
    }

    /// Reads a short text; returns `nil` for `null` and for what is none.
    mutating func readText(_ name: StaticString, _ cursor: inout JSONCursor) throws(ClaudeError) -> String? {
        switch try cursor.peekKind() {
        case .null: try cursor.skipValue()
        case .string:
            if let text = try cursor.readRawString().shortText(limit: Self.textLimit) { return text }
            note(ClaudeError(.malformedEvent, "\(name) is longer than \(Self.textLimit) bytes or not Unicode"))
        case let kind:
            try cursor.skipValue()
            note(ClaudeError(.malformedEvent, "\(name) is of type \(kind.rawValue), not a text"))
        }
        return nil
    }

    /// Looks whether there is any content, and counts what was generated.
    private mutating func readContent(_ cursor: inout JSONCursor) throws(ClaudeError) {
        hasContent = false
        generatedBytes = 0
        guard try cursor.peekKind() == .array else { return }
        try cursor.beginArray()
        while try cursor.nextElement() {
            hasContent = true
            guard try cursor.peekKind() == .object else { continue }
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                switch key {
                case "text", "thinking":
                    if try cursor.peekKind() == .string {
                        generatedBytes += Int64(try cursor.readRawString().decodedCount)
                    }
                case "input" where try cursor.peekKind() == .object:
                    generatedBytes += Int64(try cursor.skipValue().count)
                default: break
                }
            }
        }
    }

    /// The record of a response that ended as `ending` says.
    func record(ending: MessageRecord.Ending) -> MessageRecord {
        // Counts that were never stated are an error only where the response claims to be whole.
        let missing = ending == .complete ? usage.missing : nil
        return MessageRecord(
            id: id, model: model, usage: usage.normalized, stopReason: stopReason, hasContent: hasContent,
            ending: ending, generatedBytes: generatedBytes, problem: problem ?? missing,
            contentProblem: contentProblem)
    }
}
