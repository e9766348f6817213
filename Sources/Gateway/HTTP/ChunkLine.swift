/// The line before a chunk: its size, and extensions that nobody has a use for (RFC 9112 §7.1).
enum ChunkLine: Equatable {
    case incomplete
    case malformed
    case size(Int, lineLength: Int)

    /// The most bytes of a line.
    private static let limit = 1024
    /// The most digits of a size: it then fits into 60 bits.
    private static let digitLimit = 15

    /// Reads the line at the start of `raw`.
    ///
    /// Extensions are passed over, but only when they are written as the grammar says: what lenient parsers take for the
    /// end of an extension, such as a bare line feed, is where they begin to disagree.
    init(_ raw: UnsafeRawBufferPointer) {
        var size = 0
        var index = 0
        while index < raw.count, let digit = HTTPBytes.hexValue(raw[index]) {
            guard index < Self.digitLimit else {
                self = .malformed
                return
            }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index < raw.count else {
            self = .incomplete
            return
        }
        guard index > 0, raw[index] == 0x0D || raw[index] == UInt8(ascii: ";") else {
            self = .malformed
            return
        }
        let start = index
        while index < raw.count, HTTPBytes.isFieldValue(raw[index]), index < Self.limit { index += 1 }
        guard index < raw.count else {
            self = .incomplete
            return
        }
        guard raw[index] == 0x0D, Self.areExtensions(UnsafeRawBufferPointer(rebasing: raw[start..<index])) else {
            self = .malformed
            return
        }
        guard index + 1 < raw.count else {
            self = .incomplete
            return
        }
        self = raw[index + 1] == 0x0A ? .size(size, lineLength: index + 2) : .malformed
    }

    /// Whether `raw` is nothing, or `;name`, `;name=token` and `;name="text"`, any number of them.
    private static func areExtensions(_ raw: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        func takeToken() -> Bool {
            let start = index
            while index < raw.count, HTTPBytes.isToken(raw[index]) { index += 1 }
            return index > start
        }
        func takeQuoted() -> Bool {
            index += 1
            while index < raw.count {
                switch raw[index] {
                case UInt8(ascii: "\""):
                    index += 1
                    return true
                case UInt8(ascii: "\\"): index += 2
                default: index += 1
                }
            }
            return false
        }
        while index < raw.count {
            guard raw[index] == UInt8(ascii: ";") else { return false }
            index += 1
            guard takeToken() else { return false }
            guard index < raw.count, raw[index] == UInt8(ascii: "=") else { continue }
            index += 1
            let isQuoted = index < raw.count && raw[index] == UInt8(ascii: "\"")
            guard isQuoted ? takeQuoted() : takeToken() else { return false }
        }
        return true
    }
}
