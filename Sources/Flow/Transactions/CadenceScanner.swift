/// Splits Cadence code into words, strings and symbols, without comments.
struct CadenceScanner {
    struct Token {
        enum Kind: Equatable {
            case word
            /// With its quotes.
            case string
            case symbol(UInt8)
        }
        var kind: Kind
        var range: Range<Int>
    }

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Token? {
        while offset < bytes.count {
            let start = offset
            let byte = bytes[offset]
            if byte <= 0x20 {
                offset += 1
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while offset < bytes.count, bytes[offset] != 0x0A { offset += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                skipComment()
            } else if byte == UInt8(ascii: "\"") {
                let isClosed = skipString()
                return Token(kind: isClosed ? .string : .symbol(byte), range: start..<offset)
            } else if Self.isWord(byte) {
                while offset < bytes.count, Self.isWord(bytes[offset]) { offset += 1 }
                return Token(kind: .word, range: start..<offset)
            } else {
                offset += 1
                return Token(kind: .symbol(byte), range: start..<offset)
            }
        }
        return nil
    }

    private func peek(_ distance: Int) -> UInt8? { offset + distance < bytes.count ? bytes[offset + distance] : nil }

    /// Block comments nest in Cadence.
    private mutating func skipComment() {
        var depth = 0
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                offset += 2
            } else if bytes[offset] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                offset += 2
                if depth == 0 { return }
            } else {
                offset += 1
            }
        }
    }

    /// Moves behind a string; returns whether it is closed, on its own line.
    private mutating func skipString() -> Bool {
        offset += 1
        while offset < bytes.count, bytes[offset] != 0x0A {
            let byte = bytes[offset]
            offset = min(offset + (byte == UInt8(ascii: "\\") ? 2 : 1), bytes.count)
            if byte == UInt8(ascii: "\"") { return true }
        }
        return false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80 || byte &- UInt8(ascii: "0") < 10
            || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}
