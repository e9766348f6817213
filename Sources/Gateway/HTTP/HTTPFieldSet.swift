package import NIOCore

/// The header lines of one head: the head's bytes, and where the lines are in them.
package struct HTTPFieldSet {
    /// The bytes of the whole head, up to and with the empty line.
    package private(set) var bytes: ByteBuffer
    /// The lines, in order.
    package private(set) var fields: [HTTPField] = []

    /// Parses the header lines of `bytes`, which end with an empty line, from `offset` on.
    ///
    /// Strict on purpose: what two parsers can read differently is how requests are smuggled (RFC 9112 §11.2). Lines end
    /// with CRLF, names are tokens directly before the colon, values have no control characters, no line is folded.
    init(parsing bytes: ByteBuffer, from offset: Int) throws(HTTPSyntaxError) {
        self.bytes = bytes
        fields.reserveCapacity(16)
        let problem: String? = bytes.withUnsafeReadableBytes { raw in Self.parse(raw, from: offset, into: &fields) }
        if let problem { throw HTTPSyntaxError(400, problem) }
    }

    /// The text of a line's value.
    package func string(_ field: HTTPField) -> String {
        bytes.getString(
            at: bytes.readerIndex + Int(field.valueStart), length: Int(field.valueEnd - field.valueStart)) ?? ""
    }

    /// The text of a line's name.
    package func name(_ field: HTTPField) -> String {
        bytes.getString(
            at: bytes.readerIndex + Int(field.nameStart), length: Int(field.nameEnd - field.nameStart)) ?? ""
    }

    /// The first line of this kind.
    func first(_ kind: HTTPFieldKind) -> HTTPField? {
        for field in fields where field.kind == kind { return field }
        return nil
    }

    /// The text of the first line of this kind.
    func firstString(_ kind: HTTPFieldKind) -> String? { first(kind).map(string) }

    /// Calls `body` with the bytes of a line's value.
    func withValue<R>(_ field: HTTPField, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeReadableBytes { raw in
            body(UnsafeRawBufferPointer(rebasing: raw[Int(field.valueStart)..<Int(field.valueEnd)]))
        }
    }

    /// Whether a list-valued header (`connection`, `accept-encoding`, …) names `token`, without a weight of zero.
    package func list(_ kind: HTTPFieldKind, contains token: StaticString) -> Bool {
        for field in fields where field.kind == kind {
            if withValue(field, { Self.list($0, contains: token) }) { return true }
        }
        return false
    }

    /// Whether the sender closes the connection after this message.
    ///
    /// `proxy-connection` was never a standard, but some peers close by it.
    var asksToClose: Bool { list(.connection, contains: "close") || list(.proxyConnection, contains: "close") }

    /// Names in `connection` other than the usual `close` and `keep-alive`: lines that are hop-by-hop as well.
    func connectionNominations() -> Set<String> {
        var names: Set<String> = []
        for field in fields where field.kind == .connection {
            for token in string(field).lowercased().split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" })
            where token != "close" && token != "keep-alive" {
                names.insert(String(token))
            }
        }
        return names
    }

    private static func list(_ value: UnsafeRawBufferPointer, contains token: StaticString) -> Bool {
        var start = 0
        while start < value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            let member = UnsafeRawBufferPointer(rebasing: value[start..<end]).trimmed()
            let semicolon = member.firstIndex(of: UInt8(ascii: ";")) ?? member.count
            if UnsafeRawBufferPointer(rebasing: member[..<semicolon]).trimmed().equalsLowercased(token) {
                return !hasZeroWeight(UnsafeRawBufferPointer(rebasing: member[semicolon...]))
            }
            start = end + 1
        }
        return false
    }

    /// Whether a list member's parameters are a weight of zero, such as `;q=0` or `;q=0.000`.
    private static func hasZeroWeight(_ parameters: UnsafeRawBufferPointer) -> Bool {
        guard let equals = parameters.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let weight = UnsafeRawBufferPointer(rebasing: parameters[(equals + 1)...]).trimmed()
        return weight.first == UInt8(ascii: "0")
            && weight.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
    }

    private static func parse(
        _ raw: UnsafeRawBufferPointer, from offset: Int, into fields: inout [HTTPField]
    ) -> String? {
        var index = offset
        while true {
            guard index + 1 < raw.count else { return "the head ends before its empty line" }
            if raw[index] == 0x0D {
                return raw[index + 1] == 0x0A && index + 2 == raw.count ? nil : "a carriage return stands alone"
            }
            let nameStart = index
            while index < raw.count, HTTPBytes.isToken(raw[index]) { index += 1 }
            guard index > nameStart, index < raw.count, raw[index] == UInt8(ascii: ":") else {
                return "a header line has no valid name"
            }
            let nameEnd = index
            index += 1
            while index < raw.count, raw[index] == 0x20 || raw[index] == 0x09 { index += 1 }
            let valueStart = index
            while index < raw.count, HTTPBytes.isFieldValue(raw[index]) { index += 1 }
            guard index + 1 < raw.count, raw[index] == 0x0D, raw[index + 1] == 0x0A else {
                return "a header value has a control character"
            }
            var valueEnd = index
            while valueEnd > valueStart, raw[valueEnd - 1] == 0x20 || raw[valueEnd - 1] == 0x09 { valueEnd -= 1 }
            index += 2
            fields.append(
                HTTPField(
                    kind: HTTPFieldKind(name: UnsafeRawBufferPointer(rebasing: raw[nameStart..<nameEnd])),
                    nameStart: UInt16(truncatingIfNeeded: nameStart), nameEnd: UInt16(truncatingIfNeeded: nameEnd),
                    valueStart: UInt16(truncatingIfNeeded: valueStart), valueEnd: UInt16(truncatingIfNeeded: valueEnd)))
        }
    }
}

extension UnsafeRawBufferPointer {
    /// These bytes without spaces and tabs at either end.
    func trimmed() -> UnsafeRawBufferPointer {
        var start = startIndex
        var end = endIndex
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[start..<end])
    }
}
