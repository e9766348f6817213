import BigInt

@testable import Flow

extension CadenceValue {
    /// A random value of a random type.
    static func random(depth: Int, using random: inout SeededGenerator) -> CadenceValue {
        if depth > 0, Int.random(in: 0..<3, using: &random) == 0 { return container(depth: depth, using: &random) }
        func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: .min
            case 1: .max
            default: .random(in: .min ... .max, using: &random)
            }
        }
        func text() -> String {
            String(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    ["a", "Z", "\"", "\\", "\n", "é", "漢", "👍🏽", "<", " "].randomElement(using: &random) ?? "b"
                } as [Character])
        }
        func wide() -> BigUInt { (0..<4).reduce(0) { number, _ in number << 64 + BigUInt(random.next()) } }
        switch Int.random(in: 0..<30, using: &random) {
        case 0: return .void
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .string(text())
        case 3: return .character(text().first ?? "x")
        case 4: return .address(FlowAddress(rawValue: random.next()))
        case 5: return .int(BigInt(wide()) * (Bool.random(using: &random) ? 1 : -1))
        case 6: return .uint(wide() * wide())
        case 7: return .int8(integer())
        case 8: return .int16(integer())
        case 9: return .int32(integer())
        case 10: return .int64(integer())
        case 11: return .int128(integer())
        case 12: return .int256(BigInt(wide()) - BigInt(1) << 255)
        case 13: return .uint8(integer())
        case 14: return .uint16(integer())
        case 15: return .uint32(integer())
        case 16: return .uint64(integer())
        case 17: return .uint128(integer())
        case 18: return .uint256(wide())
        case 19: return .word8(integer())
        case 20: return .word64(integer())
        case 21: return .word128(integer())
        case 22: return .word256(wide())
        case 23: return .fix64(Fix64(scaled: integer()))
        case 24: return .ufix64(UFix64(scaled: integer()))
        case 25: return .fix128(Fix128(scaled: integer()))
        case 26: return .ufix128(UFix128(scaled: integer()))
        case 27: return .word16(integer())
        case 28: return .word32(integer())
        default:
            return .path(CadencePath([.storage, .public, .private].randomElement(using: &random) ?? .public, text()))
        }
    }

    private static func container(depth: Int, using random: inout SeededGenerator) -> CadenceValue {
        func values() -> [CadenceValue] {
            (0..<Int.random(in: 0...4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) }
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .optional(Bool.random(using: &random) ? nil : .random(depth: depth - 1, using: &random))
        case 1: return .array(values())
        case 2:
            return .dictionary(
                values().map { CadenceDictionaryEntry(key: $0, value: .random(depth: 1, using: &random)) })
        case 3:
            let kind = CadenceComposite.Kind.allCases.randomElement(using: &random) ?? .event
            return .composite(
                CadenceComposite(
                    kind, "A.\(FlowAddress(rawValue: random.next()).hex).Contract.Name",
                    values().enumerated().map { CadenceComposite.Field("field\($0.offset)", $0.element) }))
        case 4: return .type(Bool.random(using: &random) ? nil : .random(depth: depth, using: &random))
        case 5:
            return .capability(
                CadenceCapability(
                    id: random.next(), address: FlowAddress(rawValue: random.next()),
                    borrowType: .random(depth: depth, using: &random)))
        case 6: return .function(.function(CadenceFunctionType(returnType: .random(depth: depth, using: &random))))
        default:
            return .inclusiveRange(
                CadenceInclusiveRange(start: .int(1), end: .int(BigInt(random.next())), step: .int(3)))
        }
    }
}

extension CadenceType {
    /// A random type.
    static func random(depth: Int, using random: inout SeededGenerator) -> CadenceType {
        guard depth > 0 else { return .simple(["Int", "AnyStruct", "UFix64"].randomElement(using: &random) ?? "Int") }
        func inner() -> CadenceType { .random(depth: depth - 1, using: &random) }
        func parameters() -> [CadenceParameter] {
            (0..<Int.random(in: 0...2, using: &random)).map {
                CadenceParameter(label: $0 == 0 ? "_" : "", name: "p\($0)", type: inner())
            }
        }
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .optional(inner())
        case 1: return .variableSizedArray(inner())
        case 2: return .constantSizedArray(inner(), size: random.next() >> 40)
        case 3: return .dictionary(key: inner(), value: inner())
        case 4: return .inclusiveRange(inner())
        case 5: return .capability(Bool.random(using: &random) ? nil : inner())
        case 6: return .reference(inner(), .conjunction(["A.1.E", "X"]))
        case 7:
            return .reference(
                inner(), [.unauthorized, .map("M"), .disjunction(["X"])].randomElement(using: &random) ?? .unauthorized)
        case 8: return .intersection(typeID: "{S.test.I}", [inner()])
        case 9:
            let kind = CadenceCompositeType.Kind.allCases.randomElement(using: &random) ?? .event
            return .composite(
                CadenceCompositeType(
                    kind, "S.test.T", fields: [.init("a", inner())], initializers: [parameters(), parameters()],
                    baseType: Bool.random(using: &random) ? nil : inner()))
        case 10:
            return .function(
                CadenceFunctionType(
                    typeID: "fun():Void", isView: Bool.random(using: &random),
                    typeParameters: [.init("T"), .init("U", bound: inner())], parameters: parameters(),
                    returnType: inner()))
        default: return .repeated(typeID: "S.test.T")
        }
    }
}
