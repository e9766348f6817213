/// Checks a JSON text and notes where its values are.
struct JSONScanner {
    private let bytes: [UInt8]
    private var nodes: [JSONDocument.Node] = []
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        nodes.reserveCapacity(bytes.count / 16 + 4)
    }

    mutating func scan() throws(FlowError) -> [JSONDocument.Node] {
        try value(depth: 0)
        skipWhitespace()
        guard offset == bytes.count else { throw error("there is text behind the value") }
        return nodes
    }

    private mutating func value(depth: Int) throws(FlowError) {
        skipWhitespace()
        guard offset < bytes.count else { throw error("the text ends where a value is due") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): try container(.object, depth: depth)
        case UInt8(ascii: "["): try container(.array, depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true", .bool)
        case UInt8(ascii: "f"): try literal("false", .bool)
        case UInt8(ascii: "n"): try literal("null", .null)
        default: try number()
        }
    }

    private mutating func container(_ kind: JSONDocument.Kind, depth: Int) throws(FlowError) {
        guard depth < JSONDocument.depthLimit else { throw error("more than \(JSONDocument.depthLimit) levels") }
        let index = open(kind)
        offset += 1
        skipWhitespace()
        let closing = kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
        if offset < bytes.count, bytes[offset] == closing {
            offset += 1
        } else {
            var count = 0
            while true {
                if kind == .object { try key(of: index, position: count) }
                count += 1
                try value(depth: depth + 1)
                skipWhitespace()
                guard offset < bytes.count else { throw error("the text ends inside an object or array") }
                let byte = bytes[offset]
                offset += 1
                if byte == closing { break }
                guard byte == UInt8(ascii: ",") else { throw error("expected a comma or a closing bracket") }
            }
        }
        close(index)
    }

    /// A key with its colon.
    ///
    /// Only the first members are compared with each other: no document with a fixed set of keys has more, and the time
    /// must not grow with the square of the text.
    private mutating func key(of object: Int, position: Int) throws(FlowError) {
        skipWhitespace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw error("expected a key") }
        let start = offset
        try string()
        skipWhitespace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: ":") else { throw error("expected a colon") }
        offset += 1
        guard position < 64 else { return }
        let added = nodes[nodes.count - 1]
        var other = object + 1
        while other < nodes.count - 1 {
            if isSame(nodes[other], added) { throw FlowError(.malformedJSON, "the key occurs twice", offset: start) }
            other = Int(nodes[other + 1].next)
        }
    }

    private func isSame(_ one: JSONDocument.Node, _ other: JSONDocument.Node) -> Bool {
        if one.hasEscapes || other.hasEscapes {
            // Keys with escapes are rare: compare what they mean.
            return JSONText.decoded(bytes, one) == JSONText.decoded(bytes, other)
        }
        guard one.end - one.start == other.end - other.start else { return false }
        return bytes[Int(one.start)..<Int(one.end)] == bytes[Int(other.start)..<Int(other.end)]
    }

    private mutating func string() throws(FlowError) {
        let index = open(.string)
        let opening = offset
        offset += 1
        nodes[index].start = UInt32(offset)
        var isASCII = true
        while true {
            guard offset < bytes.count else {
                throw FlowError(.malformedJSON, "a string is not closed", offset: opening)
            }
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                nodes[index].hasEscapes = true
                try escape()
                continue
            }
            guard byte >= 0x20 else { throw error("a control character stands unescaped in a string") }
            if byte >= 0x80 { isASCII = false }
            offset += 1
        }
        nodes[index].end = UInt32(offset)
        if !isASCII, String(validating: bytes[(opening + 1)..<offset], as: UTF8.self) == nil {
            throw FlowError(.malformedJSON, "a string is not valid UTF-8", offset: opening)
        }
        offset += 1
        nodes[index].next = UInt32(nodes.count)
        if nodes[index].hasEscapes, JSONText.decoded(bytes, nodes[index]) == nil {
            throw FlowError(.malformedJSON, "a string escapes half a surrogate pair", offset: opening)
        }
    }

    private mutating func escape() throws(FlowError) {
        guard offset + 1 < bytes.count else { throw error("the text ends inside an escape") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard JSONText.codeUnit(bytes, at: offset) != nil else { throw error("\\u needs four hex digits") }
            offset += 6
        default: throw error("an unknown escape")
        }
    }

    private mutating func literal(_ text: StaticString, _ kind: JSONDocument.Kind) throws(FlowError) {
        let index = open(kind)
        let count = text.utf8CodeUnitCount
        let isThere = text.withUTF8Buffer { literal in
            offset + count <= bytes.count && bytes[offset..<(offset + count)].elementsEqual(literal)
        }
        guard isThere else { throw error("expected a value") }
        offset += count
        close(index)
    }

    private mutating func number() throws(FlowError) {
        let index = open(.number)
        if peek == UInt8(ascii: "-") { offset += 1 }
        if peek == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            offset += 1
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") { offset += 1 }
            try digits()
        }
        close(index)
    }

    private mutating func digits() throws(FlowError) {
        let start = offset
        while let byte = peek, byte &- UInt8(ascii: "0") < 10 { offset += 1 }
        guard offset > start else {
            throw error(start == Int(nodes.last?.start ?? 0) ? "expected a value" : "expected a digit")
        }
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func open(_ kind: JSONDocument.Kind) -> Int {
        nodes.append(
            JSONDocument.Node(kind: kind, hasEscapes: false, start: UInt32(offset), end: 0, next: 0))
        return nodes.count - 1
    }

    private mutating func close(_ index: Int) {
        nodes[index].end = UInt32(offset)
        nodes[index].next = UInt32(nodes.count)
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            offset += 1
        }
    }

    private func error(_ message: String) -> FlowError { FlowError(.malformedJSON, message, offset: offset) }
}
