package import NIOCore

/// Puts messages together from chunks that arrive cut anywhere.
///
/// A message that lies in one buffer as one chunk, as nearly all do, is a slice of that buffer; only others are copied.
/// Messages without bytes are keep-alives (NOOP) and are skipped.
package struct MessageReader {
    /// The largest message taken, in bytes.
    let limit: Int
    /// The message that is being put together; `nil` between messages.
    private var partial: ByteBuffer?
    /// Bytes still missing of the chunk that is being read.
    private var missing = 0
    /// The first byte of a chunk's size, when the second has not arrived.
    private var firstSizeByte: UInt8?

    /// Creates a reader that refuses messages of more bytes than `limit`.
    package init(limit: Int) { self.limit = limit }

    /// Whether bytes of an unfinished message are kept.
    package var isWithinMessage: Bool { partial != nil || firstSizeByte != nil }

    /// Takes the next whole message from `input`; `nil` when the input is used up.
    ///
    /// Throws ``BoltError/Code/protocolViolation`` when a message exceeds the limit.
    package mutating func next(from input: inout ByteBuffer) throws(BoltError) -> ByteBuffer? {
        if !isWithinMessage, let message = try wholeMessage(in: &input) { return message }
        while input.readableBytes > 0 {
            if missing > 0 {
                let count = min(missing, input.readableBytes)
                if var part = input.readSlice(length: count) { partial?.writeBuffer(&part) }
                missing -= count
                continue
            }
            guard let size = readSize(from: &input) else { return nil }
            guard size > 0 else {
                // The end of a message, or a keep-alive between two.
                guard let message = partial else {
                    if let message = try wholeMessage(in: &input) { return message }
                    continue
                }
                partial = nil
                return message
            }
            let total = (partial?.readableBytes ?? 0) + size
            guard total <= limit else { throw Self.tooLarge(limit) }
            if partial == nil { partial = ByteBuffer() }
            missing = size
        }
        return nil
    }

    private mutating func readSize(from input: inout ByteBuffer) -> Int? {
        if let first = firstSizeByte {
            guard let second = input.readInteger(as: UInt8.self) else { return nil }
            firstSizeByte = nil
            return Int(first) << 8 | Int(second)
        }
        if let size = input.readInteger(as: UInt16.self) { return Int(size) }
        firstSizeByte = input.readInteger(as: UInt8.self)
        return nil
    }

    /// A message that is one chunk and wholly in `input`, with its end; skips keep-alives in front of it.
    @inline(__always)
    private func wholeMessage(in input: inout ByteBuffer) throws(BoltError) -> ByteBuffer? {
        while let size = input.getInteger(at: input.readerIndex, as: UInt16.self) {
            guard size > 0 else {
                input.moveReaderIndex(forwardBy: 2)
                continue
            }
            let start = input.readerIndex + 2
            let end = start + Int(size)
            guard end + 2 <= input.writerIndex, input.getInteger(at: end, as: UInt16.self) == 0 else { return nil }
            guard size <= limit else { throw Self.tooLarge(limit) }
            let message = input.getSlice(at: start, length: Int(size))
            input.moveReaderIndex(to: end + 2)
            return message
        }
        return nil
    }

    private static func tooLarge(_ limit: Int) -> BoltError {
        BoltError(
            .protocolViolation,
            "the server sent a message of over \(limit) bytes; raise maximumMessageSize if it should be read",
            isRetryable: false)
    }
}
