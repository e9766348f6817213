package import NIOCore

/// How the end of a body is known (RFC 9112 §6.3).
package enum BodyFraming: Hashable {
    case none
    case length(Int)
    case chunked
    /// It ends with the connection.
    ///
    /// Responses only.
    case untilClose
}

/// Takes one body out of a connection's bytes.
package struct BodyDecoder {
    private enum State: Hashable {
        case length(remaining: Int)
        case untilClose
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailer(HeadFinder)
        case finished
    }

    private static let trailerLimit = 8192

    private var state: State
    /// Bytes of body taken so far, framing not counted.
    package private(set) var count = 0

    package init(_ framing: BodyFraming) {
        state =
            switch framing {
            case .none, .length(0): .finished
            case .length(let length): .length(remaining: length)
            case .chunked: .chunkSize
            case .untilClose: .untilClose
            }
    }

    /// Whether the body was taken to its end.
    package var isFinished: Bool { state == .finished }

    /// Whether the end of the connection is a proper end of this body.
    package var endsWithConnection: Bool { state == .untilClose }

    /// Takes the body bytes that are in `buffer`; `nil` when there are none.
    ///
    /// What follows the body stays in `buffer`.
    package mutating func decode(_ buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> ByteBuffer? {
        let body = try take(&buffer)
        count += body?.readableBytes ?? 0
        return body
    }

    private mutating func take(_ buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> ByteBuffer? {
        switch state {
        case .finished:
            return nil
        case .untilClose:
            return buffer.readableBytes == 0 ? nil : buffer.readSlice(length: buffer.readableBytes)
        case .length(let remaining):
            let length = min(remaining, buffer.readableBytes)
            state = length == remaining ? .finished : .length(remaining: remaining - length)
            return length == 0 ? nil : buffer.readSlice(length: length)
        case .chunkSize, .chunkData, .chunkEnd, .trailer:
            return try takeChunks(&buffer)
        }
    }

    private mutating func takeChunks(_ buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> ByteBuffer? {
        var body: ByteBuffer?
        while buffer.readableBytes > 0 {
            switch state {
            case .chunkSize:
                guard let size = try Self.takeChunkSize(&buffer) else { return body }
                state = size == 0 ? .trailer(HeadFinder(limit: Self.trailerLimit)) : .chunkData(remaining: size)
            case .chunkData(let remaining):
                let length = min(remaining, buffer.readableBytes)
                state = length == remaining ? .chunkEnd : .chunkData(remaining: remaining - length)
                Self.append(&buffer, length, to: &body)
            case .chunkEnd:
                guard buffer.readableBytes >= 2 else { return body }
                guard buffer.readInteger(as: UInt16.self) == 0x0D0A else {
                    throw HTTPSyntaxError(400, "a chunk is longer than it says")
                }
                state = .chunkSize
            case .trailer(let finder):
                try takeTrailer(&buffer, finder)
                return body
            case .length, .untilClose, .finished:
                return body
            }
        }
        return body
    }

    /// The first piece is a slice; only when there are more are they copied together.
    private static func append(_ buffer: inout ByteBuffer, _ length: Int, to body: inout ByteBuffer?) {
        guard var piece = buffer.readSlice(length: length) else { return }
        if body == nil { body = piece } else { body?.writeBuffer(&piece) }
    }

    /// Reads the line of a chunk's size, or returns `nil` while it is not complete.
    private static func takeChunkSize(_ buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> Int? {
        switch buffer.withUnsafeReadableBytes(ChunkLine.init) {
        case .incomplete: return nil
        case .malformed: throw HTTPSyntaxError(400, "a chunk size is malformed")
        case .size(let size, let lineLength):
            buffer.moveReaderIndex(forwardBy: lineLength)
            return size
        }
    }

    /// Takes the trailer section when all of it is there.
    ///
    /// Its lines are checked as strictly as a head's, and then dropped. One that looks like framing is refused: a parser
    /// behind this one might believe it (RFC 9110 §6.5.1).
    private mutating func takeTrailer(_ buffer: inout ByteBuffer, _ finder: HeadFinder) throws(HTTPSyntaxError) {
        if buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == 0x0D {
            guard buffer.readableBytes >= 2 else { return }
            guard buffer.readInteger(as: UInt16.self) == 0x0D0A else {
                throw HTTPSyntaxError(400, "a carriage return stands alone")
            }
            state = .finished
            return
        }
        var finder = finder
        let lines = try finder.takeHead(from: &buffer)
        state = .trailer(finder)
        guard let lines else { return }
        for field in try HTTPFieldSet(parsing: lines, from: 0).fields where field.kind.isHopByHop {
            throw HTTPSyntaxError(400, "the trailer has a line that belongs into the header")
        }
        state = .finished
    }
}
