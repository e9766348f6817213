public import NIOCore

/// Reads the results file of a message batch, JSON lines, piece by piece.
///
/// The bytes may be cut anywhere and lines may end in LF or CRLF. Only a line that straddles buffers is held in memory.
/// A line that cannot be read is reported with its number, and never ends the reading.
public struct BatchResultReader: Sendable {
    /// The limit on one line when none is given: 64 MiB.
    public static let defaultLineLimit = 64 << 20

    /// What one line holds.
    public enum Line: Sendable, Hashable {
        /// The result of a request.
        case result(BatchResult)
        /// Nothing that can be read: the line's number, from 1, and why.
        case malformed(line: Int, ClaudeError)
    }

    private let lineLimit: Int
    /// The line whose end has not come yet.
    private var partialLine: [UInt8] = []
    private var isOverlong = false
    /// The number of the current line.
    private var number = 1

    /// Creates a reader for one file.
    /// - Parameter lineLimit: The most bytes of one line; a longer one is reported and passed over.
    public init(lineLimit: Int = BatchResultReader.defaultLineLimit) { self.lineLimit = lineLimit }

    /// Reads the next bytes of the file and returns what the lines hold that end in them.
    public mutating func consume(_ buffer: ByteBuffer) -> [Line] {
        buffer.withUnsafeReadableBytes { consume($0) }
    }

    /// States that the file has ended, and returns what its last line holds if that has no line end.
    public mutating func finish() -> [Line] {
        var lines: [Line] = []
        endLine(with: UnsafeRawBufferPointer(start: nil, count: 0), &lines)
        return lines
    }

    private mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [Line] {
        var lines: [Line] = []
        var start = 0
        while start < bytes.count {
            let end = bytes.index(of: .lineFeed, from: start)
            let part = bytes.view(start..<end)
            if end == bytes.count {
                keep(part)
            } else {
                endLine(with: part, &lines)
            }
            start = end + 1
        }
        return lines
    }

    private mutating func keep(_ part: UnsafeRawBufferPointer) {
        guard !isOverlong else { return }
        guard partialLine.count + part.count <= lineLimit else {
            isOverlong = true
            partialLine = []
            return
        }
        partialLine.append(contentsOf: part)
    }

    private mutating func endLine(with part: UnsafeRawBufferPointer, _ lines: inout [Line]) {
        let line: Line?
        if partialLine.isEmpty, !isOverlong, part.count <= lineLimit {
            line = Self.line(part, number)
        } else {
            keep(part)
            if isOverlong {
                let error = ClaudeError(.lineTooLong, "the line is longer than \(lineLimit) bytes")
                line = .malformed(line: number, error)
            } else {
                line = partialLine.withUnsafeBytes { Self.line($0, number) }
            }
        }
        if let line { lines.append(line) }
        partialLine.removeAll(keepingCapacity: partialLine.capacity <= 1 << 20)
        isOverlong = false
        number += 1
    }

    /// What a line holds; `nil` for a line of white space.
    private static func line(_ bytes: UnsafeRawBufferPointer, _ number: Int) -> Line? {
        guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != .carriageReturn }) else { return nil }
        do throws(ClaudeError) {
            return .result(try BatchResult(line: bytes))
        } catch {
            return .malformed(line: number, error)
        }
    }
}
