/// Gathers one message's identity and usage from the events of its stream.
///
/// The rules are those of the official SDK's own accumulation (reference §1.4): `message_start` gives the base; each
/// field that is present and not null in a `message_delta` replaces, none is ever added; the stream is whole only when
/// `message_stop` has come, and its output is known only when a `message_delta` stated it (what `message_start` states is
/// the count of a beginning). Unknown events are passed over. What cannot be read is noted in the record's
/// ``MessageRecord/problem``, or for content in ``MessageRecord/contentProblem``, and changes nothing else.
public struct MessageStreamAccumulator: Sendable {
    private var fields = MessageFields()
    private var hasStarted = false
    private var hasBase = false
    private var hasFinalOutput = false
    private var ending: MessageRecord.Ending?

    /// Creates an accumulator for one stream.
    public init() {}

    /// Whether `message_stop` or `error` has come: what follows changes nothing.
    public var isFinal: Bool { ending != nil }

    /// What is known so far; `nil` while no event of a message has come.
    ///
    /// Before the end of the stream the record's ending is ``MessageRecord/Ending/truncated``.
    public var record: MessageRecord? { hasStarted ? fields.record(ending: ending ?? .truncated) : nil }

    /// Notes that something of the response could not be read.
    public mutating func note(_ problem: ClaudeError) { fields.note(problem) }

    /// Takes in the next event of the stream.
    public mutating func consume(_ event: ServerSentEvent) { consume(event, kind: MessageStreamEventKind(event)) }

    mutating func consume(_ event: ServerSentEvent, kind: MessageStreamEventKind) {
        guard ending == nil else { return }
        do throws(ClaudeError) {
            switch kind {
            case .contentBlockDelta:
                hasStarted = true
                countContent(of: event)
            case .contentBlockStart:
                hasStarted = true
                fields.hasContent = true
            case .contentBlockStop: hasStarted = true
            case .messageStart: try start(event)
            case .messageDelta: try applyDelta(event)
            case .messageStop:
                hasStarted = true
                ending = .complete
                if !hasFinalOutput {
                    throw ClaudeError(.malformedUsage, "message_stop came, and no message_delta stated output_tokens")
                }
            case .error:
                ending = .error(type: "unknown")
                ending = .error(type: try Self.errorType(in: payload(of: event)))
            case .ping, .unknown: break
            }
        } catch {
            fields.note(error)
        }
    }

    /// Content matters only where the final counts do not come, and then for an estimate.
    private mutating func countContent(of event: ServerSentEvent) {
        do throws(ClaudeError) {
            fields.generatedBytes += try GeneratedBytes.count(in: payload(of: event))
        } catch {
            fields.note(content: error)
        }
    }

    private func payload(of event: ServerSentEvent) throws(ClaudeError) -> UnsafeRawBufferPointer {
        guard !event.isOverlong else {
            throw ClaudeError(.lineTooLong, "an event of the stream is over the size limit", offset: event.offset)
        }
        return event.data
    }

    private mutating func start(_ event: ServerSentEvent) throws(ClaudeError) {
        guard !hasBase else { throw ClaudeError(.malformedEvent, "message_start came twice") }
        if hasStarted { fields.note(ClaudeError(.malformedEvent, "message_start was not the first event")) }
        hasStarted = true
        hasBase = true
        var cursor = JSONCursor(try payload(of: event))
        var hasMessage = false
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            guard key == "message" else { continue }
            hasMessage = true
            try fields.read(&cursor)
        }
        try cursor.finish()
        if !hasMessage { throw ClaudeError(.malformedEvent, "message_start has no message") }
    }

    private mutating func applyDelta(_ event: ServerSentEvent) throws(ClaudeError) {
        if !hasBase { fields.note(ClaudeError(.malformedEvent, "message_delta came before message_start")) }
        hasStarted = true
        var cursor = JSONCursor(try payload(of: event))
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "usage":
                try fields.usage.merge(&cursor)
                if fields.usage.lastHasOutput { hasFinalOutput = true }
            case "delta" where try cursor.peekKind() == .object:
                try cursor.beginObject()
                while let key = try cursor.nextKey() {
                    if key == "stop_reason" { try fields.readStopReason(&cursor) }
                }
            default: break
            }
        }
        try cursor.finish()
    }

    /// The `error.type` in the payload of an `error` event.
    private static func errorType(in payload: UnsafeRawBufferPointer) throws(ClaudeError) -> String {
        var cursor = JSONCursor(payload)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            guard key == "error", try cursor.peekKind() == .object else { continue }
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                guard key == "type", try cursor.peekKind() == .string else { continue }
                return try cursor.readRawString().shortText(limit: MessageFields.textLimit) ?? "unknown"
            }
        }
        return "unknown"
    }
}
