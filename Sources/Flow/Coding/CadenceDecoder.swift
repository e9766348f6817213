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
    /// Integers become every integer type that can hold their value, `BigInt` and `BigUInt` included, and an enum of Cadence
    /// becomes a Swift enum with the same raw values. Arrays become arrays, dictionaries dictionaries whose keys are read
    /// like any value, optionals optionals, one for one. ``CadenceValue``, ``FlowAddress``, ``UFix64`` and its kin,
    /// ``CadencePath``, ``CadenceType``, ``CadenceCapability``, ``CadenceComposite`` and ``CadenceInclusiveRange`` are
    /// taken as they are.
    ///
    /// - Throws: ``FlowError/Code/typeMismatch`` with the path to the field; also for a field or key that occurs twice.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws(FlowError) -> Value {
        do { return try CadenceValueDecoder(value: self, codingPath: []).decode(type) } catch let error as FlowError {
            throw error
        } catch {
            if let error = (error as? DecodingError)?.flowError { throw error }
            throw FlowError(.typeMismatch, "the value cannot be read as \(type): \(error)", cause: error)
        }
    }
}

/// The standard library's protocol, on top of a Cadence value.
struct CadenceValueDecoder: Decoder, SingleValueDecodingContainer {
    let value: CadenceValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func mismatch(_ expected: String) -> FlowError {
        let path = codingPath.pathText
        return FlowError(
            .typeMismatch, "\(path.isEmpty ? "the value" : "'\(path)'") is of type \(value.typeName), not \(expected)")
    }

    func twice(_ name: String) -> FlowError {
        let path = (codingPath + [CadenceCodingKey(stringValue: name)]).pathText
        return FlowError(.typeMismatch, "'\(path)' occurs twice")
    }

    /// An optional that has something is what it has, wherever something is asked for.
    private var content: CadenceValue {
        if case .optional(let inner?) = value { return inner }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        var fields: [String: CadenceValue] = [:]
        func add(_ name: String, _ value: CadenceValue) throws {
            guard fields.updateValue(value, forKey: name) == nil else { throw twice(name) }
        }
        switch content {
        case .composite(let composite):
            for field in composite.fields { try add(field.name, field.value) }
        case .dictionary(let entries):
            for entry in entries {
                guard let key = entry.key.keyText else { throw mismatch("a dictionary with keys of text or integers") }
                try add(key, entry.value)
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

    private func integer<Integer: FixedWidthInteger>() throws -> Integer { try integer { Integer($0) } }

    private func integer<Integer>(_ read: (String) -> Integer?) throws -> Integer {
        var number = content
        // An enum stands for its raw value.
        if case .composite(let composite) = number, composite.kind == .enumeration, let raw = composite["rawValue"] {
            number = raw
        }
        guard let text = number.integerText else { throw mismatch("\(Integer.self)") }
        guard let value = read(text) else { throw mismatch("\(Integer.self), which cannot hold \(text)") }
        return value
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        // The whole value, optional or not.
        if type == CadenceValue.self, let value = value as? Value { return value }
        if case .optional = value, let optional = type as? any DecodableOptional.Type,
            let value = try optional.read(self) as? Value
        {
            return value
        }
        if case .dictionary(let entries) = content, let dictionary = type as? any DecodableDictionary.Type,
            let value = try dictionary.read(entries, self) as? Value
        {
            return value
        }
        if type == BigInt.self, let value = try integer({ BigInt($0) }) as? Value { return value }
        if type == BigUInt.self, let value = try integer({ BigUInt($0) }) as? Value { return value }
        if let value = content.directValue(type) { return value }
        if type is any CadenceWhole.Type { throw mismatch("\(type)") }
        return try Value(from: self)
    }
}

/// An optional, whatever its type: it takes one optional off the value, so that optionals of optionals are kept apart.
private protocol DecodableOptional {
    static func read(_ decoder: CadenceValueDecoder) throws -> Self
}

extension Optional: DecodableOptional where Wrapped: Decodable {
    fileprivate static func read(_ decoder: CadenceValueDecoder) throws -> Wrapped? {
        guard case .optional(let inner) = decoder.value else { return try decoder.decode(Wrapped.self) }
        return try inner.map {
            try CadenceValueDecoder(value: $0, codingPath: decoder.codingPath).decode(Wrapped.self)
        }
    }
}

/// A dictionary, whatever its types.
private protocol DecodableDictionary {
    static func read(_ entries: [CadenceDictionaryEntry], _ decoder: CadenceValueDecoder) throws -> Self
}

extension Dictionary: DecodableDictionary where Key: Decodable, Value: Decodable {
    fileprivate static func read(
        _ entries: [CadenceDictionaryEntry], _ decoder: CadenceValueDecoder
    ) throws -> [Key: Value] {
        var dictionary: [Key: Value] = [:]
        for (index, entry) in entries.enumerated() {
            let name = entry.key.keyText
            let path = decoder.codingPath + [name.map(CadenceCodingKey.init) ?? CadenceCodingKey(intValue: index)]
            // Every key that has a text can be read as one.
            let key =
                try name as? Key ?? CadenceValueDecoder(value: entry.key, codingPath: path).decode(Key.self)
            let value = try CadenceValueDecoder(value: entry.value, codingPath: path).decode(Value.self)
            guard dictionary.updateValue(value, forKey: key) == nil else { throw decoder.twice("\(key)") }
        }
        return dictionary
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
        default: nil
        }
    }
}
