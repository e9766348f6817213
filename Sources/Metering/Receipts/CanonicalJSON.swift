internal import Claude

/// A document in canonical JSON: the form in which receipts, keys, commitments and proofs are hashed and signed.
///
/// UTF-8 with ASCII escapes, keys in bytewise order, no white space, integers only. One value has one text, so two
/// programs that agree on a document agree on its bytes. `json.dumps(v, sort_keys=True, separators=(",", ":"))` of
/// Python gives the same bytes.
public indirect enum CanonicalJSON: Sendable, Hashable {
    /// `null`.
    case null
    /// An integer.
    case integer(Int128)
    /// A string.
    case string(String)
    /// An array.
    case array([CanonicalJSON])
    /// An object; its members have no order.
    case object([String: CanonicalJSON])

    /// A digest as 64 lower-case hexadecimal digits.
    public static func digest(_ digest: Digest32) -> CanonicalJSON { .string(digest.description) }
    /// An integer of any size that fits.
    public static func number(_ value: some BinaryInteger) -> CanonicalJSON { .integer(Int128(value)) }

    /// The one text of the value.
    public var bytes: [UInt8] {
        var writer = CanonicalJSONWriter(capacity: 256)
        write(into: &writer)
        return writer.bytes
    }

    /// The one text of the value, as a string.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    private func write(into writer: inout CanonicalJSONWriter) {
        switch self {
        case .null: writer.bytes.append(contentsOf: "null".utf8)
        case .integer(let value): writer.bytes.append(contentsOf: String(value).utf8)
        case .string(let value): writer.string(value)
        case .array(let elements):
            writer.bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { writer.bytes.append(UInt8(ascii: ",")) }
                element.write(into: &writer)
            }
            writer.bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            writer.bytes.append(UInt8(ascii: "{"))
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { writer.bytes.append(UInt8(ascii: ",")) }
                writer.string(member.key)
                writer.bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &writer)
            }
            writer.bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Reads a document, which must be in canonical form to the last byte.
    ///
    /// - Throws: `invalidInput` for anything else, a trailing line feed too.
    public init(parsing bytes: [UInt8]) throws(MeteringError) {
        self = try Self.read(bytes)
        guard self.bytes == bytes else {
            throw MeteringError(
                .invalidInput,
                "the document is not in canonical form (sorted keys, no white space, plain integers, ASCII escapes)")
        }
    }

    /// Reads a document that may have white space, and members in any order.
    ///
    /// - Throws: `invalidInput` when it is not JSON, or has fractions, booleans or a member twice.
    public init(relaxed bytes: [UInt8]) throws(MeteringError) { self = try Self.read(bytes) }

    private static func read(_ bytes: [UInt8]) throws(MeteringError) -> CanonicalJSON {
        let result: Result<CanonicalJSON, ClaudeError> = bytes.withUnsafeBytes { bytes in
            do throws(ClaudeError) {
                var cursor = JSONCursor(bytes)
                let value = try Self.read(&cursor, bytes)
                try cursor.finish()
                return .success(value)
            } catch { return .failure(error) }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw MeteringError(.invalidInput, "the document cannot be read: \(error)")
        }
    }

    private static func read(
        _ cursor: inout JSONCursor, _ bytes: UnsafeRawBufferPointer
    ) throws(ClaudeError) -> CanonicalJSON {
        switch try cursor.peekKind() {
        case .null:
            _ = try cursor.readNull()
            return .null
        case .string: return .string(try cursor.readString())
        case .number: return .integer(try cursor.readInt128(in: bytes))
        case .array:
            var elements: [CanonicalJSON] = []
            try cursor.beginArray()
            while try cursor.nextElement() { elements.append(try read(&cursor, bytes)) }
            return .array(elements)
        case .object:
            var members: [String: CanonicalJSON] = [:]
            try cursor.beginObject()
            while let key = try cursor.nextKey() {
                let name = try key.decoded()
                guard members.updateValue(try read(&cursor, bytes), forKey: name) == nil else {
                    throw ClaudeError(.malformedJSON, "a member is there twice", offset: key.offset)
                }
            }
            return .object(members)
        case .bool: throw ClaudeError(.malformedJSON, "booleans are not used here", offset: cursor.offset)
        }
    }
}

extension JSONCursor {
    /// Reads an integer of up to 128 bits, such as an amount of money.
    mutating func readInt128(in bytes: UnsafeRawBufferPointer) throws(ClaudeError) -> Int128 {
        let start = offset
        let range = try skipValue()
        guard let value = Int128(String(decoding: bytes[range], as: UTF8.self)), bytes[range.lowerBound] != 0x2b else {
            throw ClaudeError(.malformedJSON, "expected an integer of at most 128 bits", offset: start)
        }
        return value
    }
}

// MARK: Reading members

extension CanonicalJSON {
    /// The members of an object, to be taken one by one; what is left over is an error.
    public struct Members {
        private var members: [String: CanonicalJSON]
        private let document: String

        /// Begins to read an object.
        ///
        /// - Parameter document: What the object is, for error messages.
        /// - Throws: `invalidInput` when it is no object.
        public init(_ value: CanonicalJSON, of document: String) throws(MeteringError) {
            guard case .object(let members) = value else {
                throw MeteringError(.invalidInput, "\(document) is not a JSON object")
            }
            self.members = members
            self.document = document
        }

        /// Takes a member.
        ///
        /// - Throws: `invalidInput` when it is missing.
        public mutating func value(_ name: String) throws(MeteringError) -> CanonicalJSON {
            guard let value = members.removeValue(forKey: name) else { throw error(name, "is missing") }
            return value
        }

        /// Takes a string.
        public mutating func string(_ name: String) throws(MeteringError) -> String {
            guard case .string(let text) = try value(name) else { throw error(name, "is not a string") }
            return text
        }

        /// Takes an integer that fits into the type asked for.
        public mutating func integer<Value: FixedWidthInteger>(
            _ name: String, as type: Value.Type = Value.self
        ) throws(MeteringError) -> Value {
            guard case .integer(let number) = try value(name), let result = Value(exactly: number) else {
                throw error(name, "is not an integer in range")
            }
            return result
        }

        /// Takes an integer or `null`.
        public mutating func optionalInteger<Value: FixedWidthInteger>(
            _ name: String, as type: Value.Type = Value.self
        ) throws(MeteringError) -> Value? {
            switch try value(name) {
            case .null: return nil
            case .integer(let number):
                guard let result = Value(exactly: number) else { throw error(name, "is not an integer in range") }
                return result
            default: throw error(name, "is neither an integer nor null")
            }
        }

        /// Takes a digest.
        public mutating func digest(_ name: String) throws(MeteringError) -> Digest32 {
            let text = try string(name)
            guard let digest = Digest32(hex: text), digest.description == text else {
                throw error(name, "is not 64 lower-case hexadecimal digits")
            }
            return digest
        }

        /// Takes bytes written in Base64.
        public mutating func base64(_ name: String) throws(MeteringError) -> [UInt8] {
            guard let bytes = Base64.decode(try string(name)) else { throw error(name, "is not Base64") }
            return bytes
        }

        /// Takes an array.
        public mutating func array(_ name: String) throws(MeteringError) -> [CanonicalJSON] {
            guard case .array(let elements) = try value(name) else { throw error(name, "is not an array") }
            return elements
        }

        /// Ends the object.
        ///
        /// - Throws: `invalidInput` when a member was not taken: what is not understood is not accepted.
        public func finish() throws(MeteringError) {
            if let name = members.keys.min() { throw error(name, "is not a known member") }
        }

        /// An error about a member.
        public func error(_ name: String, _ problem: String) -> MeteringError {
            MeteringError(.invalidInput, "\(document): \(quoted(name)) \(problem)")
        }
    }
}
