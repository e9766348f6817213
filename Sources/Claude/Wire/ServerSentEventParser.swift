public import NIOCore

/// An incremental parser of `text/event-stream` (WHATWG HTML, "Server-sent events").
///
/// Bytes may be cut anywhere: inside a UTF-8 character, between CR and LF, in a field name. Lines may end in LF, CRLF or
/// CR; comments and fields other than `event` and `data` are skipped, and so is a byte order mark. An event that lies
/// inside one buffer is delivered as a view of it; only what straddles buffers is copied.
///
/// In one point the parser is broader than a browser: an event that has a name but no data is delivered too, since a
/// meter must see everything that a lenient client could act on. An event whose closing blank line never came is not
/// delivered.
public struct ServerSentEventParser: Sendable {
    /// The limit on one line, and on the data of one event, when none is given: 1 MiB.
    public static let defaultEventLimit = 1 << 20

    /// Thousands of idle streams must not each keep the memory of their largest event.
    static let keptCapacity = 4096

    private let limit: Int
    /// Bytes consumed by earlier calls.
    private var position = 0
    /// How many bytes of a byte order mark have been matched; 3 once the start of the stream is behind.
    private var matchedMark = 0
    /// Whether the last byte was CR, so that an LF directly after it belongs to the same line end.
    private var skipsLineFeed = false
    /// The line whose end has not come yet.
    private var partialLine: [UInt8] = []
    /// Whether the rest of the current line is dropped, because the line is over the limit.
    private var dropsLine = false
    private var open = OpenEvent()

    /// Creates a parser for one stream.
    /// - Parameter eventLimit: The most bytes that one line, or the data of one event, may have. A longer event is
    ///   delivered without its data and marked ``ServerSentEvent/isOverlong``; memory stays bounded.
    public init(eventLimit: Int = ServerSentEventParser.defaultEventLimit) { limit = max(eventLimit, 64) }

    /// Parses the readable bytes of `buffer` and passes each event that they complete to `onEvent`.
    public mutating func consume(_ buffer: ByteBuffer, _ onEvent: (ServerSentEvent) -> Void) {
        buffer.withUnsafeReadableBytes { consume($0, onEvent) }
    }

    /// Parses `bytes` and passes each event that they complete to `onEvent`.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer, _ onEvent: (ServerSentEvent) -> Void) {
        guard !bytes.isEmpty else { return }
        var start = skipByteOrderMark(bytes)
        if skipsLineFeed, start < bytes.count {
            if bytes[start] == .lineFeed { start += 1 }
            skipsLineFeed = false
        }
        var view = EventView()
        // Each search result is kept until it is passed, so a buffer is scanned once per kind of line end.
        var lineFeed = -1
        var carriageReturn = -1
        while start < bytes.count {
            if lineFeed < start { lineFeed = bytes.index(of: .lineFeed, from: start) }
            if carriageReturn < start { carriageReturn = bytes.index(of: .carriageReturn, from: start) }
            let end = min(lineFeed, carriageReturn)
            let rest = bytes.view(start..<end)
            let lineOffset = position + start - partialLine.count
            if end == bytes.count {
                keepPartialLine(rest, at: lineOffset)
                break
            }
            if dropsLine {
                dropsLine = false
            } else if partialLine.isEmpty {
                consumeLine(rest, at: lineOffset, isTransient: false, &view, onEvent)
            } else {
                finishPartialLine(with: rest, at: lineOffset, &view, onEvent)
            }
            start = end + 1
            if end == carriageReturn {
                if start == bytes.count { skipsLineFeed = true } else if bytes[start] == .lineFeed { start += 1 }
            }
        }
        open.keep(&view)
        position += bytes.count
    }

    /// Calls `body` with the event that has begun but whose closing blank line has not come; `nil` when there is none.
    ///
    /// An event begins with the end of its first `event` or `data` line.
    public func withOpenEvent<R>(_ body: (ServerSentEvent) -> R) -> R? {
        guard open.hasBegun else { return nil }
        return open.withEvent(body)
    }

    // MARK: Lines

    private mutating func skipByteOrderMark(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard matchedMark < 3 else { return 0 }
        var index = 0
        while index < bytes.count, matchedMark < 3 {
            guard bytes[index] == Self.byteOrderMark(matchedMark) else {
                // Not a mark after all: what looked like one is the start of the first line.
                for matched in 0..<matchedMark { partialLine.append(Self.byteOrderMark(matched)) }
                matchedMark = 3
                return index
            }
            index += 1
            matchedMark += 1
        }
        return index
    }

    private static func byteOrderMark(_ index: Int) -> UInt8 { index == 0 ? 0xEF : index == 1 ? 0xBB : 0xBF }

    private mutating func keepPartialLine(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard !dropsLine else { return }
        guard partialLine.count + bytes.count <= limit else { return dropLine(bytes, at: offset) }
        partialLine.append(contentsOf: bytes)
    }

    /// Drops the current line, which is over the limit; its first bytes tell whether an event loses something by it.
    private mutating func dropLine(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        partialLine.append(contentsOf: bytes.prefix(max(0, 6 - partialLine.count)))
        let isEventField = partialLine.withUnsafeBytes {
            $0.fieldValue(of: "data") != nil || $0.fieldValue(of: "event") != nil
        }
        if isEventField { open.markOverlong(at: offset) }
        partialLine = []
        dropsLine = true
    }

    private mutating func finishPartialLine(
        with rest: UnsafeRawBufferPointer, at offset: Int, _ view: inout EventView,
        _ onEvent: (ServerSentEvent) -> Void
    ) {
        keepPartialLine(rest, at: offset)
        guard !dropsLine else {
            dropsLine = false
            return
        }
        // Moved out, so that the line can be read while the parser changes; put back for its capacity.
        var line: [UInt8] = []
        swap(&line, &partialLine)
        line.withUnsafeBytes { consumeLine($0, at: offset, isTransient: true, &view, onEvent) }
        line.removeAll(keepingCapacity: line.capacity <= Self.keptCapacity)
        swap(&line, &partialLine)
    }

    @inline(__always)
    private mutating func consumeLine(
        _ line: UnsafeRawBufferPointer, at offset: Int, isTransient: Bool, _ view: inout EventView,
        _ onEvent: (ServerSentEvent) -> Void
    ) {
        guard let first = line.first else { return dispatch(&view, onEvent) }
        if first == UInt8(ascii: "d"), let value = line.fieldValue(of: "data") {
            guard line.count <= limit, value.count + open.data.count + (view.data?.count ?? 0) < limit else {
                return open.markOverlong(at: offset)
            }
            open.begin(at: offset)
            open.addData(value, isTransient: isTransient, &view)
        } else if first == UInt8(ascii: "e"), let value = line.fieldValue(of: "event") {
            guard line.count <= limit else { return open.markOverlong(at: offset) }
            open.begin(at: offset)
            open.setName(value, isTransient: isTransient, &view)
        }
    }

    @inline(__always)
    private mutating func dispatch(_ view: inout EventView, _ onEvent: (ServerSentEvent) -> Void) {
        guard open.hasBegun else { return }
        if !open.isOverlong, let name = view.name, let data = view.data {
            onEvent(ServerSentEvent(name: name, data: data, offset: open.offset, isOverlong: false))
            open.reset()
        } else {
            deliverKeptEvent(&view, onEvent)
        }
        view = EventView()
    }

    @inline(never)
    private mutating func deliverKeptEvent(_ view: inout EventView, _ onEvent: (ServerSentEvent) -> Void) {
        open.keep(&view)
        var event = OpenEvent()
        swap(&event, &open)
        event.withEvent(onEvent)
        event.reset()
        swap(&event, &open)
    }
}
