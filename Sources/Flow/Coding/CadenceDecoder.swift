internal import BigInt

extension CadenceValue {
    /// The Swift value that this Cadence value stands for.
    ///
    /// Structs, resources and events become types with the fields' names, so that an event is read by declaring it:
    ///
    ///     struct TokensDeposited: Decodable {
    ///         var amount: UFix64
    ///         var to: FlowAddress?
    ///     }
    ///     let deposit = try event.value.decoded(as: TokensDeposited.self)
    ///
    /// Integers must have exactly the Swift type's width and sign, or be of a narrower Cadence type; `Int` and `UInt` take
    /// every integer that fits. Arrays become arrays, dictionaries dictionaries with `String` or integer keys, optionals
    /// optionals. ``CadenceValue``, ``FlowAddress``, ``UFix64`` and its kin, ``CadencePath`` and `BigInt` are taken as
    /// they are.
    ///
    /// - Throws: ``FlowError/Code/typeMismatch`` with the path to the field.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(FlowError) -> Value {
        do { return try CadenceValueDecoder(value: self, codingPath: []).decode(type) } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.typeMismatch, "the value cannot be read as \(type): \(error)", cause: error)
        }
    }
}

/// A field's name, or an element's number.
struct CadenceCodingKey: CodingKey {
    var stringValue: String
    var intValue: Int?

    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) {
        stringValue = "[\(intValue)]"
        self.intValue = intValue
    }
}

/// The standard library's protocol, on top of a Cadence value.
struct CadenceValueDecoder: Decoder, SingleValueDecodingContainer {
    let value: CadenceValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func mismatch(_ expected: String) -> FlowError {
        let path = codingPath.map(\.stringValue).joined(separator: ".")
        return FlowError(
            .typeMismatch, "\(path.isEmpty ? "the value" : "'\(path)'") is of type \(value.typeName), not \(expected)")
    }

    /// An optional that has something is what it has, wherever something is asked for.
    private var content: CadenceValue {
        if case .optional(let inner?) = value { return inner }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        var fields: [String: CadenceValue] = [:]
        switch content {
        case .composite(let composite):
            for field in composite.fields { fields[field.name] = field.value }
        case .dictionary(let entries):
            for entry in entries {
                guard let key = entry.key.keyText else { throw mismatch("a dictionary with keys of text or integers") }
                fields[key] = entry.value
            }
        default: throw mismatch("a value with fields")
        }
        return KeyedDecodingContainer(CadenceKeyedDecoding<Key>(fields: fields, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = content else { throw mismatch("an array") }
        return CadenceUnkeyedDecoding(elements: elements, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool {
        if case .optional(nil) = value { return true }
        return false
    }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = content else { throw mismatch("Bool") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        switch content {
        case .string(let text): return text
        case .character(let character): return String(character)
        default: throw mismatch("String")
        }
    }

    func decode(_ type: Double.Type) throws -> Double { throw mismatch("a floating-point number: use UFix64 or Fix64") }
    func decode(_ type: Float.Type) throws -> Float { throw mismatch("a floating-point number: use UFix64 or Fix64") }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        guard let text = content.integerText else { throw mismatch("\(Integer.self)") }
        guard let value = Integer(text) else { throw mismatch("\(Integer.self), which cannot hold \(text)") }
        return value
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // The whole value, optional or not.
        if type == CadenceValue.self, let value = value as? Value { return value }
        if let value = content.directValue(type) { return value }
        return try Value(from: self)
    }
}

extension CadenceValue {
    /// What a key of a dictionary is called.
    fileprivate var keyText: String? {
        switch self {
        case .string(let text): text
        case .character(let character): String(character)
        case .address(let address): address.description
        default: integerText
        }
    }

    /// The value as one of the types that stand for a Cadence type as a whole.
    fileprivate func directValue<Value>(_ type: Value.Type) -> Value? {
        switch self {
        case .address(let value): value as? Value
        case .ufix64(let value): value as? Value
        case .fix64(let value): value as? Value
        case .ufix128(let value): value as? Value
        case .fix128(let value): value as? Value
        case .path(let value): value as? Value
        case .capability(let value): value as? Value
        case .inclusiveRange(let value): value as? Value
        case .composite(let value): value as? Value
        case .type(let value?), .function(let value): value as? Value
        case .int(let value), .int256(let value): value as? Value
        case .uint(let value), .uint256(let value), .word256(let value):
            value as? Value ?? BigInt(value) as? Value
        default: nil
        }
    }
}

// These are read by the decoder itself; through any other decoder there is nothing that they could be read from.
extension CadenceValue: Decodable {
    /// Reads JSON-Cadence text.
    public init(from decoder: any Decoder) throws {
        try self.init(json: try decoder.singleValueContainer().decode(String.self))
    }
}

extension FlowAddress: Codable {
    /// Reads the address's text.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes `0x` and 16 digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
