extension BatchResult {
    /// Reads one line of a results file.
    /// - Throws: ``ClaudeError/Code/malformedJSON``, or ``ClaudeError/Code/malformedEvent`` when it is not a result.
    init(line: UnsafeRawBufferPointer) throws(ClaudeError) {
        var cursor = JSONCursor(line)
        var customID: String?
        var outcome: Outcome?
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "custom_id": customID = try cursor.readRawString().shortText(limit: MessageFields.textLimit)
            case "result": outcome = try Self.outcome(&cursor)
            default: break
            }
        }
        try cursor.finish()
        guard let customID else { throw ClaudeError(.malformedEvent, "a batch result needs a custom_id") }
        guard let outcome else { throw ClaudeError(.malformedEvent, "a batch result needs a result") }
        self.init(customID: customID, outcome: outcome)
    }

    /// Reads what `result` holds.
    ///
    /// Its `type` may stand behind the rest, so everything is read before it is judged.
    private static func outcome(_ cursor: inout JSONCursor) throws(ClaudeError) -> Outcome {
        var type: String?
        var fields: MessageFields?
        var errorType: String?
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "type": type = try cursor.readRawString().shortText(limit: MessageFields.textLimit)
            case "message" where try cursor.peekKind() == .object:
                var message = MessageFields()
                try message.read(&cursor)
                fields = message
            case "error": errorType = try Self.errorType(&cursor)
            default: break
            }
        }
        switch type {
        case "succeeded":
            guard let fields, fields.type == "message" else {
                throw ClaudeError(.malformedEvent, "a succeeded batch result needs a message")
            }
            return .succeeded(fields.record(ending: .complete))
        case "errored": return .errored(type: errorType ?? "unknown")
        case "canceled": return .canceled
        case "expired": return .expired
        default: throw ClaudeError(.malformedEvent, "a batch result needs a type that is known")
        }
    }

    /// The innermost `type` of `{"type": "error", "error": {"type": …}}`, or of the inner object alone.
    private static func errorType(_ cursor: inout JSONCursor) throws(ClaudeError) -> String? {
        guard try cursor.peekKind() == .object else { return nil }
        var type: String?
        var innerType: String?
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "type" where try cursor.peekKind() == .string:
                type = try cursor.readRawString().shortText(limit: MessageFields.textLimit)
            case "error" where try cursor.peekKind() == .object:
                try cursor.beginObject()
                while let key = try cursor.nextKey() {
                    guard key == "type", try cursor.peekKind() == .string else { continue }
                    innerType = try cursor.readRawString().shortText(limit: MessageFields.textLimit)
                }
            default: break
            }
        }
        return innerType ?? type
    }
}
