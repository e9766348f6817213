import NIOCore

/// How the end of a body is known (RFC 9112 §6.3).
enum BodyFraming: Hashable {
    case none
    case length(Int)
    case chunked
    /// It ends with the connection.
    ///
    /// Responses only.
    case untilClose
}

/// Takes one body out of a connection's bytes.
struct BodyDecoder {
    private enum State: Hashable {
        case length(remaining: Int)
        case untilClose
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailer(lineIsEmpty: Bool, seen: Int)
        case finished
    }

    private static let chunkLineLimit = 1024
    private static let trailerLimit = 8192

    private var state: State
    /// Bytes of body taken so far, framing not counted.
    private(set) var count = 0

    init(_ framing: BodyFraming) {
        state =
            switch framing {
            case .none, .length(0): .finished
            case .length(let length): .length(remaining: length)
            case .chunked: .chunkSize
            case .untilClose: .untilClose
            }
    }

    /// Whether the body was taken to its end.
    var isFinished: Bool { state == .finished }

    /// Whether the end of the connection is a proper end of this body.
    var endsWithConnection: Bool { state == .untilClose }

    /// Takes the body bytes that are in `buffer`; `nil` when there are none.
    ///
    /// What follows the body stays in `buffer`.
    mutating func decode(_ buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> ByteBuffer? {
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
                state = size == 0 ? .trailer(lineIsEmpty: true, seen: 0) : .chunkData(remaining: size)
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
            case .trailer(let lineIsEmpty, let seen):
                guard try takeTrailer(&buffer, lineIsEmpty: lineIsEmpty, seen: seen) else { return body }
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

    /// Reads `size [;extension] CRLF`, or returns `nil` while the line is not complete.
    private static func takeChunkSize(_ buffer: inout ByteBuffer) throws(HTTPSyntaxError) -> Int? {
        enum Line {
            case incomplete
            case malformed
            case size(Int, lineLength: Int)
        }
        let line: Line = buffer.withUnsafeReadableBytes { raw in
            var size = 0
            var index = 0
            while index < raw.count, let digit = HTTPBytes.hexValue(raw[index]) {
                guard index < 15 else { return .malformed }
                size = size << 4 | Int(digit)
                index += 1
            }
            guard index < raw.count else { return .incomplete }
            guard index > 0, raw[index] == 0x0D || raw[index] == UInt8(ascii: ";") || raw[index] == 0x20 else {
                return .malformed
            }
            while index < raw.count, raw[index] != 0x0D {
                guard HTTPBytes.isFieldValue(raw[index]), index < chunkLineLimit else { return .malformed }
                index += 1
            }
            guard index + 1 < raw.count else { return .incomplete }
            return raw[index + 1] == 0x0A ? .size(size, lineLength: index + 2) : .malformed
        }
        switch line {
        case .incomplete: return nil
        case .malformed: throw HTTPSyntaxError(400, "a chunk size is malformed")
        case .size(let size, let lineLength):
            buffer.moveReaderIndex(forwardBy: lineLength)
            return size
        }
    }

    /// Skips trailer lines; whether the empty line at their end was reached.
    private mutating func takeTrailer(
        _ buffer: inout ByteBuffer, lineIsEmpty: Bool, seen: Int
    ) throws(HTTPSyntaxError) -> Bool {
        var lineIsEmpty = lineIsEmpty
        var seen = seen
        while let byte = buffer.readInteger(as: UInt8.self) {
            seen += 1
            guard seen <= Self.trailerLimit else { throw HTTPSyntaxError(400, "the trailer is too large") }
            if byte == 0x0A {
                if lineIsEmpty {
                    state = .finished
                    return true
                }
                lineIsEmpty = true
            } else if byte != 0x0D {
                lineIsEmpty = false
            }
        }
        state = .trailer(lineIsEmpty: lineIsEmpty, seen: seen)
        return false
    }
}
