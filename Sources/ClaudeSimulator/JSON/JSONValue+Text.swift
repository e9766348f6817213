internal import Claude

extension JSONValue {
    /// The two ways in which the API spaces its JSON: streams are compact, bodies may have blanks.
    public enum Spacing: String, Sendable, Hashable, CaseIterable {
        /// `{"a":1,"b":2}`
        case compact
        /// `{"a": 1, "b": 2}`
        case spaced
    }

    /// Reads JSON text.
    public init(parsing bytes: some Sequence<UInt8>) throws(ClaudeSimulatorError) {
        let bytes = Array(bytes)
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ClaudeError) in
                var cursor = JSONCursor(bytes)
                let value = try JSONValue(reading: &cursor, bytes)
                try cursor.finish()
                return value
            }
        }
        do {
            self = try result.get()
        } catch {
            throw ClaudeSimulatorError(.malformedJSON, "the text is not JSON: \(error.message)")
        }
    }

    private init(reading cursor: inout JSONCursor, _ bytes: UnsafeRawBufferPointer) throws(ClaudeError) {
        switch try cursor.peekKind() {
        case .object:
            var members: [Member] = []
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                let name = try key.decoded()
                members.append(Member(name, try JSONValue(reading: &cursor, bytes)))
            }
            self = .object(members)
        case .array:
            var elements: [JSONValue] = []
            try cursor.beginArray()
            while try cursor.nextElement() { elements.append(try JSONValue(reading: &cursor, bytes)) }
            self = .array(elements)
        case .string: self = .string(try cursor.readString())
        case .number:
            let text = String(decoding: bytes[try cursor.skipValue()], as: UTF8.self)
            self = Int64(text).map { .integer($0) } ?? .number(Double(text) ?? .infinity)
        case .bool: self = .bool(try cursor.readBool())
        case .null:
            try cursor.skipValue()
            self = .null
        }
    }

    /// The value as JSON text.
    public func serialized(_ spacing: Spacing = .compact) -> String {
        var text = ""
        write(to: &text, comma: spacing == .compact ? "," : ", ", colon: spacing == .compact ? ":" : ": ")
        return text
    }

    private func write(to text: inout String, comma: String, colon: String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += "\(value)"
        case .string(let value): Self.write(string: value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += comma }
                element.write(to: &text, comma: comma, colon: colon)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += comma }
                Self.write(string: member.name, to: &text)
                text += colon
                member.value.write(to: &text, comma: comma, colon: colon)
            }
            text += "}"
        }
    }

    private static func write(string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
