internal import BigInt

struct CadenceKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: CadenceValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) throws { encoder.append(.optional(nil), key.stringValue) }
    func encode(_ value: Bool, forKey key: Key) throws { encoder.append(.bool(value), key.stringValue) }
    func encode(_ value: String, forKey key: Key) throws { encoder.append(.string(value), key.stringValue) }
    func encode(_ value: Double, forKey key: Key) throws { throw encoder.noFloatingPoint(key) }
    func encode(_ value: Float, forKey key: Key) throws { throw encoder.noFloatingPoint(key) }
    func encode(_ value: Int, forKey key: Key) throws { encoder.append(.int(BigInt(value)), key.stringValue) }
    func encode(_ value: Int8, forKey key: Key) throws { encoder.append(.int8(value), key.stringValue) }
    func encode(_ value: Int16, forKey key: Key) throws { encoder.append(.int16(value), key.stringValue) }
    func encode(_ value: Int32, forKey key: Key) throws { encoder.append(.int32(value), key.stringValue) }
    func encode(_ value: Int64, forKey key: Key) throws { encoder.append(.int64(value), key.stringValue) }
    func encode(_ value: Int128, forKey key: Key) throws { encoder.append(.int128(value), key.stringValue) }
    func encode(_ value: UInt, forKey key: Key) throws { encoder.append(.uint(BigUInt(value)), key.stringValue) }
    func encode(_ value: UInt8, forKey key: Key) throws { encoder.append(.uint8(value), key.stringValue) }
    func encode(_ value: UInt16, forKey key: Key) throws { encoder.append(.uint16(value), key.stringValue) }
    func encode(_ value: UInt32, forKey key: Key) throws { encoder.append(.uint32(value), key.stringValue) }
    func encode(_ value: UInt64, forKey key: Key) throws { encoder.append(.uint64(value), key.stringValue) }
    func encode(_ value: UInt128, forKey key: Key) throws { encoder.append(.uint128(value), key.stringValue) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        encoder.append(try encoder.value(of: value, codingPath + [key]), key.stringValue)
    }

    // An optional field is written as an optional, whether it has something or not.
    private func optional<Value: Encodable>(_ value: Value?, _ key: Key) throws {
        let inner = try value.map { try encoder.value(of: $0, codingPath + [key]) }
        encoder.append(.optional(inner), key.stringValue)
    }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { throw encoder.noFloatingPoint(key) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { throw encoder.noFloatingPoint(key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws { try optional(value, key) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        encoder.hasNesting = true
        return KeyedEncodingContainer(CadenceKeyedEncoding<Nested>(encoder: encoder))
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.hasNesting = true
        return CadenceUnkeyedEncoding(encoder: encoder)
    }
    func superEncoder() -> any Encoder {
        encoder.hasNesting = true
        return encoder
    }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
}

struct CadenceUnkeyedEncoding: UnkeyedEncodingContainer {
    let encoder: CadenceValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int {
        if case .elements(let elements) = encoder.content { return elements.count }
        return 0
    }

    func encodeNil() throws { encoder.append(.optional(nil)) }
    func encode(_ value: Bool) throws { encoder.append(.bool(value)) }
    func encode(_ value: String) throws { encoder.append(.string(value)) }
    func encode(_ value: Double) throws { throw encoder.noFloatingPoint(CadenceCodingKey(intValue: count)) }
    func encode(_ value: Float) throws { throw encoder.noFloatingPoint(CadenceCodingKey(intValue: count)) }
    func encode(_ value: Int) throws { encoder.append(.int(BigInt(value))) }
    func encode(_ value: Int8) throws { encoder.append(.int8(value)) }
    func encode(_ value: Int16) throws { encoder.append(.int16(value)) }
    func encode(_ value: Int32) throws { encoder.append(.int32(value)) }
    func encode(_ value: Int64) throws { encoder.append(.int64(value)) }
    func encode(_ value: Int128) throws { encoder.append(.int128(value)) }
    func encode(_ value: UInt) throws { encoder.append(.uint(BigUInt(value))) }
    func encode(_ value: UInt8) throws { encoder.append(.uint8(value)) }
    func encode(_ value: UInt16) throws { encoder.append(.uint16(value)) }
    func encode(_ value: UInt32) throws { encoder.append(.uint32(value)) }
    func encode(_ value: UInt64) throws { encoder.append(.uint64(value)) }
    func encode(_ value: UInt128) throws { encoder.append(.uint128(value)) }
    func encode<Value: Encodable>(_ value: Value) throws {
        let key = CadenceCodingKey(intValue: count)
        encoder.append(try encoder.value(of: value, codingPath + [key]))
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder.hasNesting = true
        return KeyedEncodingContainer(CadenceKeyedEncoding<Nested>(encoder: encoder))
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        encoder.hasNesting = true
        return self
    }
    func superEncoder() -> any Encoder {
        encoder.hasNesting = true
        return encoder
    }
}

struct CadenceSingleEncoding: SingleValueEncodingContainer {
    let encoder: CadenceValueEncoder
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func set(_ value: CadenceValue) { encoder.content = .value(value) }

    func encodeNil() throws { set(.optional(nil)) }
    func encode(_ value: Bool) throws { set(.bool(value)) }
    func encode(_ value: String) throws { set(.string(value)) }
    func encode(_ value: Double) throws { throw encoder.noFloatingPoint() }
    func encode(_ value: Float) throws { throw encoder.noFloatingPoint() }
    func encode(_ value: Int) throws { set(.int(BigInt(value))) }
    func encode(_ value: Int8) throws { set(.int8(value)) }
    func encode(_ value: Int16) throws { set(.int16(value)) }
    func encode(_ value: Int32) throws { set(.int32(value)) }
    func encode(_ value: Int64) throws { set(.int64(value)) }
    func encode(_ value: Int128) throws { set(.int128(value)) }
    func encode(_ value: UInt) throws { set(.uint(BigUInt(value))) }
    func encode(_ value: UInt8) throws { set(.uint8(value)) }
    func encode(_ value: UInt16) throws { set(.uint16(value)) }
    func encode(_ value: UInt32) throws { set(.uint32(value)) }
    func encode(_ value: UInt64) throws { set(.uint64(value)) }
    func encode(_ value: UInt128) throws { set(.uint128(value)) }
    func encode<Value: Encodable>(_ value: Value) throws {
        set(try encoder.value(of: value, codingPath))
    }
}
