/// The kinds of events in a Messages API stream (reference §1.4).
enum MessageStreamEventKind: Sendable {
    case messageStart, messageDelta, messageStop
    case contentBlockStart, contentBlockDelta, contentBlockStop
    case ping, error, unknown

    /// The kind with the given name.
    ///
    /// Compares bytes: it runs for every event of every stream.
    init(name: UnsafeRawBufferPointer) {
        switch name.count {
        case 4: self = name.equals("ping") ? .ping : .unknown
        case 5: self = name.equals("error") ? .error : .unknown
        case 12: self = name.equals("message_stop") ? .messageStop : .unknown
        case 13:
            self =
                name.equals("message_start") ? .messageStart : name.equals("message_delta") ? .messageDelta : .unknown
        case 18: self = name.equals("content_block_stop") ? .contentBlockStop : .unknown
        case 19:
            self =
                name.equals("content_block_delta")
                ? .contentBlockDelta : name.equals("content_block_start") ? .contentBlockStart : .unknown
        default: self = .unknown
        }
    }

    /// The kind of an event: by its name, or by the `type` of its payload when the event has no name.
    init(_ event: ServerSentEvent) {
        if !event.name.isEmpty {
            self.init(name: event.name)
        } else {
            self = Self.kind(ofPayload: event.data)
        }
    }

    private static func kind(ofPayload data: UnsafeRawBufferPointer) -> MessageStreamEventKind {
        var cursor = JSONCursor(data)
        do throws(ClaudeError) {
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                guard key == "type", try cursor.peekKind() == .string else { continue }
                return try cursor.readRawString().withRawBytes { MessageStreamEventKind(name: $0) }
            }
        } catch {
            // lint: dropped. Not JSON, so no client takes it for an event of the protocol either.
        }
        return .unknown
    }

    /// Whether nothing that counts can follow the event.
    var endsStream: Bool { self == .messageStop || self == .error }
}
