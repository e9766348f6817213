public import NIOCore

/// Reads identity and usage out of the JSON body of a response, piece by piece, without holding the body.
///
/// The body may be of any size and cut anywhere. Only the small values at the top level of the object are captured
/// (`usage` up to ``valueLimit``); content is passed over, looking only whether there is any and counting what was
/// generated. Content is scanned for structure, not validated.
public struct MessageBodyReader: Sendable {
    /// The most bytes of one captured value: 1 MiB.
    public static let valueLimit = 1 << 20

    private var scanner = TopLevelScanner(valueLimit: MessageBodyReader.valueLimit)
    private var fields = MessageFields()

    /// Creates a reader for one body.
    public init() {}

    /// Whether the body's object has ended; what follows can only be white space.
    public var isComplete: Bool { scanner.state == .ended }

    /// Whether the body says that it is an error (`"type": "error"`).
    public var isError: Bool { fields.type == "error" }

    /// What is known so far; `nil` while it is not known to be a message, and for all other bodies.
    public var record: MessageRecord? {
        guard fields.type == "message" else { return nil }
        var fields = fields
        fields.hasContent = scanner.content.isPresent
        fields.generatedBytes = scanner.content.generatedBytes
        if let problem = scanner.problem { fields.note(problem) }
        return fields.record(ending: isComplete && scanner.problem == nil ? .complete : .truncated)
    }

    /// Notes that something of the response could not be read.
    public mutating func note(_ problem: ClaudeError) { fields.note(problem) }

    /// Reads the readable bytes of `buffer`.
    public mutating func consume(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { consume($0) }
    }

    /// Reads `bytes`.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer) {
        Self.consume(bytes, &scanner, &fields)
    }

    private static func consume(
        _ bytes: UnsafeRawBufferPointer, _ scanner: inout TopLevelScanner, _ fields: inout MessageFields
    ) {
        scanner.consume(bytes) { field, value in
            var cursor = JSONCursor(value)
            do throws(ClaudeError) {
                try fields.read(field, &cursor)
                try cursor.finish()
            } catch {
                fields.note(error)
            }
        } onOverlong: { field in
            fields.note(ClaudeError(.lineTooLong, "\(field.rawValue) is longer than \(valueLimit) bytes"))
        }
    }
}

extension MessageFields {
    /// Reads the value of one top-level field.
    fileprivate mutating func read(
        _ field: TopLevelScanner.Field, _ cursor: inout JSONCursor
    ) throws(ClaudeError) {
        switch field {
        case .id: id = try readText("id", &cursor) ?? id
        case .model: model = try readText("model", &cursor) ?? model
        case .type: type = try readText("type", &cursor) ?? type
        case .stopReason: try readStopReason(&cursor)
        case .usage: try usage.merge(&cursor)
        case .content: break
        }
    }
}
