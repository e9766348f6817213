/// Reads one JSON text strictly (RFC 8259): nothing behind it, and no name twice in an object.
///
/// The node has a parser of its own, apart from the client's, so that a fault of the one cannot hide in the other.
struct MockJSONParser {
    /// Why a text is no JSON.
    struct Failure: Error {
        var message: String
        var offset: Int
    }

    private static let depthLimit = 128
    private let bytes: [UInt8]
    private var offset = 0

    static func parse(_ bytes: [UInt8]) throws(Failure) -> MockJSON {
        var parser = MockJSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.offset == bytes.count else { throw parser.failure("text after the value") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func failure(_ message: String) -> Failure { Failure(message: message, offset: offset) }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
    }

    private mutating func value(depth: Int) throws(Failure) -> MockJSON {
        guard depth < Self.depthLimit else { throw failure("nested too deeply") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> MockJSON {
        offset += 1
        var members: [MockJSON.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw failure("expected a name") }
            let name = try string()
            guard !members.contains(where: { $0.name == name }) else { throw failure("the name \(name) occurs twice") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected a colon") }
            members.append(MockJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected a comma or a brace") }
        }
    }

    private mutating func array(depth: Int) throws(Failure) -> MockJSON {
        offset += 1
        var elements: [MockJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected a comma or a bracket") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        offset += 1
        return true
    }

    private mutating func literal(_ text: String, _ value: MockJSON) throws(Failure) -> MockJSON {
        guard bytes[offset...].starts(with: text.utf8) else { throw failure("expected a value") }
        offset += text.utf8.count
        return value
    }

    private mutating func number() throws(Failure) -> MockJSON {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            try digits()
        }
        return .number(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    private mutating func digits() throws(Failure) {
        let start = offset
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw failure("expected a value") }
    }

    private mutating func string() throws(Failure) -> String {
        offset += 1
        var units: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let text = String(validating: units, as: UTF8.self) else {
                    throw failure("a string is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): units += try escape().utf8
            case ..<0x20: throw failure("a control character in a string")
            default:
                units.append(byte)
                offset += 1
            }
        }
        throw failure("a string is not closed")
    }

    private mutating func escape() throws(Failure) -> String {
        offset += 1
        guard let kind = peek else { throw failure("the text ends in an escape") }
        offset += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(kind))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try codeUnit()
            if let scalar = UnicodeScalar(unit) { return String(scalar) }
            guard UTF16.isLeadSurrogate(unit), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw failure("half a surrogate pair")
            }
            let second = try codeUnit()
            guard UTF16.isTrailSurrogate(second) else { throw failure("half a surrogate pair") }
            return String(decoding: [unit, second], as: UTF16.self)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(Failure) -> UInt16 {
        guard offset + 4 <= bytes.count else { throw failure("\\u needs four digits") }
        let text = String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self)
        guard let unit = UInt16(text, radix: 16), !text.hasPrefix("+") else { throw failure("\\u needs four digits") }
        offset += 4
        return unit
    }
}
