internal import BigInt

/// Reads JSON-Cadence values from a checked JSON document.
enum CadenceReader {
    static func value(_ node: JSONNode) throws(FlowError) -> CadenceValue {
        var type: JSONNode?
        var value: JSONNode?
        try node.forEachMember { (key, member) throws(FlowError) in
            if key.isString("type") {
                type = member
            } else if key.isString("value") {
                value = member
            } else {
                throw error("unknown member '\(try key.string().prefix(40))' of a value", key)
            }
        }
        guard let type else { throw error("a value without 'type'", node) }
        let name = try type.string("the type's name")
        if name == "Void" {
            guard value == nil else { throw error("Void has no 'value'", node) }
            return .void
        }
        guard let value else { throw error("\(name.prefix(40)) without 'value'", node) }
        return try self.value(of: name, value)
    }

    private static func value(of type: String, _ node: JSONNode) throws(FlowError) -> CadenceValue {
        switch type {
        case "UFix64": .ufix64(try decimal(node))
        case "String": .string(try node.string())
        case "Address": .address(try address(node))
        case "UInt64": .uint64(try integer(node, type))
        case "Optional": .optional(node.isNull ? nil : try value(node))
        case "Event", "Struct", "Resource", "Contract", "Enum", "Attachment":
            .composite(try composite(type, node))
        case "Array": .array(try node.elements { (node) throws(FlowError) in try value(node) })
        case "Dictionary": .dictionary(try dictionary(node))
        case "Bool": .bool(try node.bool())
        case "Type": .type(try staticType(node))
        case "Path": .path(try path(node))
        case "Character": .character(try character(node))
        case "Fix64": .fix64(try decimal(node))
        case "Fix128": .fix128(try decimal(node))
        case "UFix128": .ufix128(try decimal(node))
        case "InclusiveRange": .inclusiveRange(try range(node))
        case "Capability": .capability(try capability(node))
        case "Function": .function(try functionType(node))
        default: try integerValue(of: type, node)
        }
    }

    // MARK: Numbers

    private static func integerValue(of type: String, _ node: JSONNode) throws(FlowError) -> CadenceValue {
        switch type {
        case "Int": .int(try bigInt(node, type))
        case "Int8": .int8(try integer(node, type))
        case "Int16": .int16(try integer(node, type))
        case "Int32": .int32(try integer(node, type))
        case "Int64": .int64(try integer(node, type))
        case "Int128": .int128(try integer(node, type))
        case "Int256": .int256(try bigInt(node, type, in: CadenceLimits.int256))
        case "UInt": .uint(try bigUInt(node, type))
        case "UInt8": .uint8(try integer(node, type))
        case "UInt16": .uint16(try integer(node, type))
        case "UInt32": .uint32(try integer(node, type))
        case "UInt128": .uint128(try integer(node, type))
        case "UInt256": .uint256(try bigUInt(node, type, to: CadenceLimits.uint256))
        case "Word8": .word8(try integer(node, type))
        case "Word16": .word16(try integer(node, type))
        case "Word32": .word32(try integer(node, type))
        case "Word64": .word64(try integer(node, type))
        case "Word128": .word128(try integer(node, type))
        case "Word256": .word256(try bigUInt(node, type, to: CadenceLimits.uint256))
        default: throw error("unknown type '\(type.prefix(40))'", node)
        }
    }

    private static func integer<Integer: FixedWidthInteger>(
        _ node: JSONNode, _ type: String
    ) throws(FlowError) -> Integer {
        let text = try node.rawString()
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text
        guard !digits.isEmpty else { throw noInteger(node, type) }
        guard !isNegative || Integer.isSigned else { throw outOfRange(node, type) }
        var value: Integer = 0
        for byte in digits {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { throw noInteger(node, type) }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative
                ? shifted.subtractingReportingOverflow(Integer(digit)) : shifted.addingReportingOverflow(Integer(digit))
            guard !overflow, !carry else { throw outOfRange(node, type) }
            value = sum
        }
        return value
    }

    private static func bigInt(
        _ node: JSONNode, _ type: String, in range: ClosedRange<BigInt>? = nil
    ) throws(FlowError) -> BigInt {
        let text = try node.rawString()
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
            digits.count <= CadenceLimits.digits, let value = BigInt(String(decoding: text, as: UTF8.self))
        else { throw noInteger(node, type) }
        if let range, !range.contains(value) { throw outOfRange(node, type) }
        return value
    }

    private static func bigUInt(
        _ node: JSONNode, _ type: String, to limit: BigUInt? = nil
    ) throws(FlowError) -> BigUInt {
        let value = try bigInt(node, type)
        guard value >= 0, limit.map({ value.magnitude <= $0 }) ?? true else { throw outOfRange(node, type) }
        return value.magnitude
    }

    private static func noInteger(_ node: JSONNode, _ type: String) -> FlowError {
        error("expected \(type): an integer of digits only, \(CadenceLimits.digits) at most", node)
    }

    private static func outOfRange(_ node: JSONNode, _ type: String) -> FlowError {
        error("the integer does not fit \(type)", node)
    }

    private static func decimal<Number: CadenceFixedPoint>(_ node: JSONNode) throws(FlowError) -> Number {
        let text = try node.string()
        do throws(FlowError) { return try Number(text: text) } catch { throw Self.error(error.message, node) }
    }

    // MARK: Others

    static func address(_ node: JSONNode) throws(FlowError) -> FlowAddress {
        let text = try node.string()
        guard text.hasPrefix("0x"), text.utf8.count > 2, text.utf8.count.isMultiple(of: 2) else {
            throw error("an address begins with 0x and has an even count of digits", node)
        }
        do { return try FlowAddress(text) } catch { throw Self.error(error.message, node) }
    }

    private static func character(_ node: JSONNode) throws(FlowError) -> Character {
        let text = try node.string()
        guard let character = text.first, text.count == 1 else {
            throw error("a Character is one grapheme cluster", node)
        }
        return character
    }

    private static func dictionary(_ node: JSONNode) throws(FlowError) -> [CadenceDictionaryEntry] {
        try node.elements { (node) throws(FlowError) in
            try check(node, members: 2)
            return CadenceDictionaryEntry(key: try value(node["key"]), value: try value(node["value"]))
        }
    }

    private static func composite(_ kind: String, _ node: JSONNode) throws(FlowError) -> CadenceComposite {
        guard let kind = CadenceComposite.Kind(rawValue: kind) else { throw error("unknown kind", node) }
        try check(node, members: 2)
        let id = try node["id"]
        let fields = try node["fields"].elements { (field) throws(FlowError) in
            try check(field, members: 2)
            return CadenceComposite.Field(try field["name"].string(), try value(field["value"]))
        }
        return CadenceComposite(kind, try typeID(id), fields)
    }

    /// A type's id; one that begins with `A.` names an account.
    static func typeID(_ node: JSONNode) throws(FlowError) -> String {
        let text = try node.string()
        guard !text.isEmpty else { throw error("an empty type id", node) }
        if text.hasPrefix("A.") {
            let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[2].isEmpty, parts[1].utf8.count == 16, FlowAddress.isHex(parts[1]) else {
                throw error("'\(text.prefix(80))' is no type id: A.<16 digits>.Contract.Type", node)
            }
        }
        return text
    }

    private static func path(_ node: JSONNode) throws(FlowError) -> CadencePath {
        try check(node, members: 2)
        let domain = try node["domain"]
        guard let known = CadencePath.Domain(rawValue: try domain.string()) else {
            throw error("unknown domain in path: storage, private or public", domain)
        }
        return CadencePath(known, try node["identifier"].string())
    }

    private static func range(_ node: JSONNode) throws(FlowError) -> CadenceInclusiveRange {
        try check(node, members: 3)
        let (start, end, step) = (try value(node["start"]), try value(node["end"]), try value(node["step"]))
        guard start.integerText != nil, start.typeName == end.typeName, start.typeName == step.typeName else {
            throw error("the parts of a range are integers of one type", node)
        }
        return CadenceInclusiveRange(start: start, end: end, step: step)
    }

    private static func capability(_ node: JSONNode) throws(FlowError) -> CadenceCapability {
        if try node.member("path") != nil {
            throw error("invalid capability: path is not supported since Cadence 1.0", node)
        }
        try check(node, members: 3)
        return CadenceCapability(
            id: try integer(node["id"], "UInt64"), address: try address(node["address"]),
            borrowType: try CadenceTypeReader.type(node["borrowType"]))
    }

    private static func staticType(_ node: JSONNode) throws(FlowError) -> CadenceType? {
        try check(node, members: 1)
        let type = try node["staticType"]
        return type.isString("") ? nil : try CadenceTypeReader.type(type)
    }

    private static func functionType(_ node: JSONNode) throws(FlowError) -> CadenceType {
        try check(node, members: 1)
        return try CadenceTypeReader.type(node["functionType"])
    }

    /// Together with reading each member by name, a count makes sure that there are no others.
    static func check(_ node: JSONNode, members: Int) throws(FlowError) {
        guard try node.memberCount() != members else { return }
        var names: [String] = []
        try node.forEachMember { (key, _) throws(FlowError) in names.append("'\(try key.string().prefix(40))'") }
        throw error("expected \(members) members, found \(names.prefix(8).joined(separator: ", "))", node)
    }

    static func error(_ message: String, _ node: JSONNode) -> FlowError {
        FlowError(.malformedValue, message, offset: node.offset)
    }
}
