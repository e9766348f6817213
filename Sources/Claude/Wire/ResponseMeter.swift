public import NIOCore

/// Reads usage beside the bytes of one response while a gateway forwards them.
///
/// The meter never changes, delays or keeps bytes: for each buffer it tells how much of it may go to the client at once.
/// It picks by content type how to read: `text/event-stream` as a stream of events, `application/json` as one body;
/// anything else is not a message. Compressed responses are decompressed on the side.
///
/// A response that cannot be read, for whatever reason, is still forwarded in full: the reason is in the record's
/// ``MessageRecord/problem``.
public struct ResponseMeter: ~Copyable, Sendable {
    /// How a response is read.
    public enum Format: Sendable, Hashable {
        /// Server-sent events.
        case stream
        /// One JSON object.
        case body
        /// Nothing that could be a message.
        case other
    }

    /// How the response is read.
    public let format: Format
    /// The first thing in the response that could not be read.
    public private(set) var problem: ClaudeError?

    private var decoder: ContentDecoder?
    private var parser: ServerSentEventParser
    private var stream = MessageStreamAccumulator()
    private var body = MessageBodyReader()
    private var hold = Hold()

    /// Creates a meter for one response.
    /// - Parameters:
    ///   - contentType: The value of `Content-Type`, with or without parameters.
    ///   - contentEncoding: The value of `Content-Encoding`.
    ///   - eventLimit: See ``ServerSentEventParser/init(eventLimit:)``.
    ///   - outputLimit: The most bytes that a compressed response may expand to.
    public init(
        contentType: String?, contentEncoding: String?,
        eventLimit: Int = ServerSentEventParser.defaultEventLimit,
        outputLimit: Int64 = ContentDecoder.defaultOutputLimit
    ) {
        format = Format(contentType: contentType)
        parser = ServerSentEventParser(eventLimit: eventLimit)
        guard format != .other else { return }
        do throws(ClaudeError) {
            let encoding = try ContentEncoding(header: contentEncoding)
            if encoding != .identity { decoder = try ContentDecoder(encoding, outputLimit: outputLimit) }
        } catch {
            problem = error
        }
    }

    /// Reads the next bytes of the response and tells how many of them the client may have now.
    public mutating func consume(_ bytes: ByteBuffer) -> Release {
        bytes.withUnsafeReadableBytes { consume($0) }
    }

    /// Whether the response's last word has been read: `message_stop`, `error`, or the end of a JSON object.
    public var isFinal: Bool {
        format == .body ? body.isComplete : format == .stream && (stream.isFinal || hold.isFull)
    }

    /// What is known so far; `nil` when the response is not a message, or nothing of one has come.
    public var record: MessageRecord? {
        var record: MessageRecord?
        switch format {
        case .stream: record = stream.record
        case .body: record = body.record
        case .other: return nil
        }
        if record?.problem == nil { record?.problem = problem }
        return record
    }

    /// States that the response has ended.
    /// - Parameter truncated: Whether it broke off: the connection was lost, or the transfer's own end did not come.
    /// - Returns: The record; `nil` when the response is not a message, such as an error body, or a stream that ended
    ///   before any event of a message. A stream without `message_stop` is truncated even when its transfer was whole.
    public mutating func finish(truncated: Bool) -> MessageRecord? {
        // A response whose last word came is whole, even if the end of its compression is still on the way.
        if problem == nil, !truncated, !isFinal {
            do throws(ClaudeError) { try decoder?.finish() } catch { problem = error }
        }
        return record
    }

    // MARK: Reading

    private mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Release {
        guard problem == nil, format != .other else {
            return hold.isActive ? holdAll(bytes) : .all(of: bytes.count)
        }
        do throws(ClaudeError) {
            switch format {
            case .stream:
                let start = hold.streamPosition
                if decoder == nil {
                    Self.read(bytes, &parser, &stream, &hold)
                } else {
                    try Self.read(bytes, &decoder, &parser, &stream, &hold)
                }
                return release(bytes, from: start)
            case .body:
                if decoder == nil { body.consume(bytes) } else { try Self.read(bytes, &decoder, &body) }
            case .other: break
            }
        } catch {
            problem = error
            if hold.isActive { return holdAll(bytes) }
        }
        return Release(count: bytes.count, isHolding: false, isFinal: isFinal)
    }

    /// Parts of the meter that change together; passed one by one, since closures must not capture the whole.
    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ parser: inout ServerSentEventParser,
        _ stream: inout MessageStreamAccumulator, _ hold: inout Hold
    ) {
        parser.consume(bytes) { event in
            let kind = MessageStreamEventKind(event)
            if kind.endsStream { hold.begin(at: event.offset) }
            stream.consume(event, kind: kind)
        }
        hold.streamPosition += bytes.count
        if !hold.isActive {
            let offset = parser.withOpenEvent { event in
                MessageStreamEventKind(event).endsStream ? event.offset : nil
            }
            if case .some(.some(let offset)) = offset { hold.begin(at: offset) }
        }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ decoder: inout ContentDecoder?, _ parser: inout ServerSentEventParser,
        _ stream: inout MessageStreamAccumulator, _ hold: inout Hold
    ) throws(ClaudeError) {
        try decoder?.decode(bytes) { read($0, &parser, &stream, &hold) }
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, _ decoder: inout ContentDecoder?, _ body: inout MessageBodyReader
    ) throws(ClaudeError) {
        try decoder?.decode(bytes) { body.consume($0) }
    }

    /// What of `bytes`, which began at `start` in the stream of events, may be released.
    private mutating func release(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Release {
        guard let offset = hold.offset else { return .all(of: bytes.count) }
        // Inside compressed data there is no byte before which the event is surely unreadable: hold the whole chunk.
        let count = decoder == nil && !hold.wasActive ? max(0, min(offset - start, bytes.count)) : 0
        hold.wasActive = true
        hold.heldBytes += bytes.count - count
        return Release(count: count, isHolding: true, isFinal: isFinal)
    }

    private mutating func holdAll(_ bytes: UnsafeRawBufferPointer) -> Release {
        hold.wasActive = true
        hold.heldBytes += bytes.count
        return Release(count: 0, isHolding: true, isFinal: true)
    }
}

extension ResponseMeter.Format {
    /// Reads the value of a `Content-Type` header.
    init(contentType: String?) {
        let essence = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        switch essence {
        case "text/event-stream": self = .stream
        case "application/json": self = .body
        default: self = .other
        }
    }
}
