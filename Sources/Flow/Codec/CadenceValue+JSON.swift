extension CadenceValue {
    /// Reads JSON-Cadence, the encoding of arguments, results and events (Cadence's JSON-CDC, version 0.3.1).
    ///
    /// Strict: exactly the members that a type has, integers within their range, decimals with no more digits than fit.
    /// Objects and arrays nest 256 levels deep at most, and integers without bounds have up to 10,000 digits.
    ///
    /// - Throws: ``FlowError/Code/malformedJSON`` or ``FlowError/Code/malformedValue``, whose message begins with the path
    ///   to the place, as `value[0].value.fields[2].value`, and whose ``FlowError/offset`` is there.
    public init(json bytes: [UInt8]) throws(FlowError) {
        let document = try JSONDocument(bytes)
        do { self = try CadenceReader.value(document.root) } catch { throw document.placed(error) }
    }

    /// Reads JSON-Cadence.
    public init(json text: String) throws(FlowError) { try self.init(json: Array(text.utf8)) }

    /// The value as compact JSON-Cadence, members in the order in which the node writes them, without a line feed.
    ///
    /// - Throws: ``FlowError/Code/malformedValue`` for an integer that is out of its type's range.
    public func json() throws(FlowError) -> [UInt8] {
        var writer = CadenceWriter()
        try writer.value(self)
        return writer.bytes
    }

    /// ``json()`` as text.
    public func jsonText() throws(FlowError) -> String { String(decoding: try json(), as: UTF8.self) }

    /// The name that JSON-Cadence has for the value's type: `UFix64`, `Array`, `Struct`.
    public var typeName: String {
        switch self {
        case .void: "Void"
        case .optional: "Optional"
        case .bool: "Bool"
        case .string: "String"
        case .character: "Character"
        case .address: "Address"
        case .int: "Int"
        case .int8: "Int8"
        case .int16: "Int16"
        case .int32: "Int32"
        case .int64: "Int64"
        case .int128: "Int128"
        case .int256: "Int256"
        case .uint: "UInt"
        case .uint8: "UInt8"
        case .uint16: "UInt16"
        case .uint32: "UInt32"
        case .uint64: "UInt64"
        case .uint128: "UInt128"
        case .uint256: "UInt256"
        case .word8: "Word8"
        case .word16: "Word16"
        case .word32: "Word32"
        case .word64: "Word64"
        case .word128: "Word128"
        case .word256: "Word256"
        case .fix64: "Fix64"
        case .ufix64: "UFix64"
        case .fix128: "Fix128"
        case .ufix128: "UFix128"
        case .array: "Array"
        case .dictionary: "Dictionary"
        case .composite(let composite): composite.kind.rawValue
        case .path: "Path"
        case .type: "Type"
        case .inclusiveRange: "InclusiveRange"
        case .capability: "Capability"
        case .function: "Function"
        }
    }

    /// The integer of any integer case.
    var integerText: String? {
        switch self {
        case .int(let value), .int256(let value): value.description
        case .uint(let value), .uint256(let value), .word256(let value): value.description
        case .int8(let value): String(value)
        case .int16(let value): String(value)
        case .int32(let value): String(value)
        case .int64(let value): String(value)
        case .int128(let value): String(value)
        case .uint8(let value), .word8(let value): String(value)
        case .uint16(let value), .word16(let value): String(value)
        case .uint32(let value), .word32(let value): String(value)
        case .uint64(let value), .word64(let value): String(value)
        case .uint128(let value), .word128(let value): String(value)
        default: nil
        }
    }
}
