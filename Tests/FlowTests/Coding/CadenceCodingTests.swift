import BigInt
import Foundation
import Testing

@testable import Flow

@Suite("Swift types and Cadence values")
struct CadenceCodingTests {
    struct Line: Codable, Equatable, CadenceNamed {
        static let cadenceTypeID = "A.f8d6e0586b0a20c7.Billing.Line"
        var sku: String
        var count: UInt64
    }
    struct Record: Codable, Equatable, CadenceNamed {
        static let cadenceTypeID = "A.f8d6e0586b0a20c7.Billing.Record"
        var amount: UFix64
        var to: FlowAddress
        var memo: String?
        var limit: UFix64?
        var lines: [Line]
        var totals: [String: UFix64]
        var flags: [Bool?]
        var number: Int
        var small: UInt8
        var big: UInt128
    }

    private let record = Record(
        amount: UFix64(scaled: 150_000_000), to: FlowAddress(rawValue: 1), memo: nil, limit: UFix64(scaled: 5),
        lines: [Line(sku: "a", count: 3)], totals: ["x": UFix64(scaled: 7)], flags: [true, nil], number: -4, small: 255,
        big: .max)

    @Test func `a struct becomes a struct, field by field`() throws {
        let value = try CadenceValue(encoding: record)
        guard case .composite(let composite) = value else {
            Issue.record("no composite: \(value)")
            return
        }
        #expect(composite.kind == .structure)
        #expect(composite.typeID == Record.cadenceTypeID)
        #expect(
            composite.fields.map(\.name)
                == ["amount", "to", "memo", "limit", "lines", "totals", "flags", "number", "small", "big"])
        #expect(composite["amount"] == .ufix64(UFix64(scaled: 150_000_000)))
        #expect(composite["to"] == .address(FlowAddress(rawValue: 1)))
        #expect(composite["memo"] == .optional(nil))
        #expect(composite["limit"] == .optional(.ufix64(UFix64(scaled: 5))))
        #expect(composite["flags"] == .array([.optional(.bool(true)), .optional(nil)]))
        #expect(composite["number"] == .int(-4))
        #expect(composite["small"] == .uint8(255))
        #expect(composite["big"] == .uint128(.max))
        #expect(composite["totals"] == .dictionary([.init(key: .string("x"), value: .ufix64(UFix64(scaled: 7)))]))
    }

    @Test func `it is read back as it was`() throws {
        #expect(try CadenceValue(encoding: record).decoded(as: Record.self) == record)
        #expect(try CadenceValue(json: CadenceValue(encoding: record).json()).decoded() == record)
    }

    struct Deposited: Decodable, Equatable {
        var amount: UFix64
        var to: FlowAddress?
        var rest: CadenceValue
        var wide: BigInt
    }

    @Test func `an event is read by declaring what is wanted of it`() throws {
        let event = CadenceValue.composite(
            CadenceComposite(
                .event, "A.0ae53cb6e3f42a79.FlowToken.TokensDeposited",
                [
                    .init("amount", .ufix64(UFix64(scaled: 1))),
                    .init("to", .optional(.address(FlowAddress(rawValue: 9)))),
                    .init("unread", .void), .init("rest", .optional(.path(CadencePath(.public, "x")))),
                    .init("wide", .uint256(BigUInt(1) << 200)),
                ]))
        let deposited = try event.decoded(as: Deposited.self)
        #expect(deposited.amount.scaled == 1)
        #expect(deposited.to == FlowAddress(rawValue: 9))
        #expect(deposited.rest == .optional(.path(CadencePath(.public, "x"))))
        #expect(deposited.wide == BigInt(1) << 200)
    }

    @Test func `what does not fit is an error with the path to it`() throws {
        let value = CadenceValue.composite(
            CadenceComposite(
                .structure, "S.a.B",
                [
                    .init(
                        "lines",
                        .array([
                            .composite(
                                CadenceComposite(
                                    .structure, "S.a.C", [.init("sku", .int(1)), .init("count", .uint64(1))]))
                        ]))
                ]))
        struct Outer: Decodable { var lines: [Line] }
        let error = #expect(throws: FlowError.self) { try value.decoded(as: Outer.self) }
        #expect(error?.code == .typeMismatch)
        #expect(error?.message == "'lines[0].sku' is of type Int, not String")
        struct Missing: Decodable { var other: Int }
        #expect(throws: FlowError.self) { try value.decoded(as: Missing.self) }
        #expect(throws: FlowError.self) { try CadenceValue.uint64(300).decoded(as: UInt8.self) }
        #expect(throws: FlowError.self) { try CadenceValue.int(-1).decoded(as: UInt64.self) }
        #expect(throws: FlowError.self) { try CadenceValue.ufix64(.zero).decoded(as: Double.self) }
        #expect(throws: FlowError.self) { try CadenceValue.optional(nil).decoded(as: String.self) }
        #expect(throws: FlowError.self) { try CadenceValue.ufix64(.zero).decoded(as: Fix64.self) }
    }

    @Test func `scalars, optionals and dictionaries have their Cadence types`() throws {
        #expect(try CadenceValue(encoding: "a") == .string("a"))
        #expect(try CadenceValue(encoding: Optional<String>.none) == .optional(nil))
        #expect(try CadenceValue(encoding: Optional("a")) == .optional(.string("a")))
        #expect(
            try CadenceValue(encoding: [UFix64?.none, UFix64(scaled: 1)])
                == .array([.optional(nil), .optional(.ufix64(UFix64(scaled: 1)))]))
        #expect(try CadenceValue(encoding: [[UInt8(1)], []]) == .array([.array([.uint8(1)]), .array([])]))
        #expect(try CadenceValue(encoding: BigUInt(7)) == .uint(7))
        #expect(
            try CadenceValue(encoding: [FlowAddress(rawValue: 1): true])
                == .dictionary([.init(key: .address(FlowAddress(rawValue: 1)), value: .bool(true))]))
        #expect(try CadenceValue.optional(.int(3)).decoded(as: Int?.self) == 3)
        #expect(try CadenceValue.optional(nil).decoded(as: Int?.self) == nil)
        #expect(try CadenceValue.array([.word8(1), .uint16(2)]).decoded(as: [Int].self) == [1, 2])
    }

    @Test func `what Cadence has no type for is refused`() {
        struct Nameless: Encodable { var a = 1 }
        struct Floating: Encodable, CadenceNamed {
            static let cadenceTypeID = "S.a.B"
            var a = 1.5
        }
        for value in [1.5, Float(1)] as [any Encodable] {
            #expect(throws: FlowError.self) { try CadenceValue(encoding: value) }
        }
        #expect(throws: FlowError.self) { try CadenceValue(encoding: Nameless()) }
        #expect(throws: FlowError.self) { try CadenceValue(encoding: Floating()) }
    }

    // MARK: Dictionaries

    @Test func `dictionaries are read whatever their keys are`() throws {
        let (one, two) = (FlowAddress(rawValue: 1), FlowAddress(rawValue: 2))
        let balances = [one: UFix64(scaled: 5), two: UFix64(scaled: 7)]
        #expect(try CadenceValue(encoding: balances).decoded() == balances)
        let numbers: [UInt64: String] = [7: "a", .max: "b"]
        #expect(try CadenceValue(encoding: numbers).decoded() == numbers)
        #expect(try CadenceValue(encoding: numbers).decoded() == ["7": "a", "\(UInt64.max)": "b"])
        #expect(try CadenceValue(encoding: [-1: true]).decoded() == [-1: true])
        #expect(
            try CadenceValue(encoding: balances).decoded() == [
                "\(one)": UFix64(scaled: 5), "\(two)": UFix64(scaled: 7),
            ])
        #expect(try CadenceValue(encoding: [FlowAddress: Bool]()) == .dictionary([]))
        struct Holder: Decodable { var balances: [FlowAddress: UFix64?] }
        let holder = CadenceValue.composite(
            CadenceComposite(
                .structure, "S.a.B",
                [.init("balances", [.address(one): .optional(nil), .address(two): .optional(.string("x"))])]))
        let error = #expect(throws: FlowError.self) { try holder.decoded(as: Holder.self) }
        #expect(error?.message == "'balances.0x0000000000000002' is of type String, not UFix64")
    }

    @Test func `the same dictionary has the same bytes, however it came about`() throws {
        let keys = (0..<40 as Range<UInt64>).map { $0 &* 0x9E37_79B9_7F4A_7C15 }
        func bytes(_ keys: some Sequence<UInt64>, capacity: Int) throws -> [[UInt8]] {
            var (numbers, texts) = ([FlowAddress: UInt64](minimumCapacity: capacity), [String: UInt64]())
            texts.reserveCapacity(capacity)
            for key in keys {
                numbers[FlowAddress(rawValue: key)] = key
                texts["\(key)"] = key
            }
            return try [CadenceValue(encoding: numbers).json(), CadenceValue(encoding: texts).json()]
        }
        #expect(try bytes(keys, capacity: 0) == bytes(keys.reversed(), capacity: 4_000))
        #expect(
            try CadenceValue(encoding: ["b": 1, "a": 2] as [String: UInt8]) == ["a": .uint8(2), "b": .uint8(1)])
    }

    @Test func `a dictionary is no array, and nothing may occur twice`() {
        #expect(throws: FlowError.self) { try (["a": "b"] as CadenceValue).decoded(as: [String].self) }
        #expect(throws: FlowError.self) {
            try (["a": "b", "a": "c"] as CadenceValue).decoded(as: [String: String].self)
        }
        struct Name: Decodable { var name: String }
        let twice = CadenceValue.composite(
            CadenceComposite(.event, "S.a.B", [.init("name", "mine"), .init("name", "yours")]))
        let error = #expect(throws: FlowError.self) { try twice.decoded(as: Name.self) }
        #expect(error?.message == "'name' occurs twice")
        #expect(throws: FlowError.self) { try (["name": "a", "name": "b"] as CadenceValue).decoded(as: Name.self) }
    }

    // MARK: Optionals

    struct Nested: Codable, Equatable, CadenceNamed {
        static let cadenceTypeID = "S.a.Nested"
        var deep: Int??
        var list: [Bool??]
        var any: CadenceValue?
        var none: CadenceValue?
    }

    @Test(arguments: [Int??.none, .some(nil), .some(5)])
    func `optionals of optionals are kept apart`(deep: Int??) throws {
        let nested = Nested(deep: deep, list: [true, .some(nil), nil], any: .optional("x"), none: nil)
        let value = try CadenceValue(encoding: nested)
        #expect(try value.decoded() == nested)
        #expect(try CadenceValue(encoding: value.decoded(as: Nested.self)) == value)
        #expect(try CadenceValue(encoding: deep).decoded(as: Int??.self) == deep)
        #expect(throws: FlowError.self) { try CadenceValue.optional(.optional(nil)).decoded(as: String?.self) }
    }

    // MARK: Enums and inheritance

    enum Status: UInt8, Codable, CadenceNamed {
        static let cadenceTypeID = "A.f8d6e0586b0a20c7.Billing.Status"
        static let cadenceKind = CadenceComposite.Kind.enumeration
        case open, settled
    }

    @Test func `an enum is an enum of Cadence`() throws {
        let value = CadenceValue.composite(
            CadenceComposite(.enumeration, Status.cadenceTypeID, [.init("rawValue", .uint8(1))]))
        #expect(try CadenceValue(encoding: Status.settled) == value)
        #expect(try value.decoded(as: Status.self) == .settled)
        #expect(try CadenceValue.optional(value).decoded(as: Status?.self) == .settled)
        #expect(try CadenceValue(encoding: [Status.open: 1]).decoded(as: [Status: Int].self) == [.open: 1])
        let unknown = CadenceValue.composite(
            CadenceComposite(.enumeration, Status.cadenceTypeID, [.init("rawValue", .uint8(9))]))
        let error = #expect(throws: FlowError.self) { try CadenceValue.array([unknown]).decoded(as: [Status].self) }
        #expect(error?.code == .typeMismatch)
        #expect(error?.message.hasPrefix("'[0]': ") == true)
    }

    @Test func `what cannot be written is named by its path`() throws {
        struct Loose: Encodable { var x = 1 }
        struct Outer<Inner: Encodable>: Encodable, CadenceNamed {
            static var cadenceTypeID: String { "S.a.Outer" }
            var list: [Inner]
        }
        let unnamed = #expect(throws: FlowError.self) { try CadenceValue(encoding: Outer(list: [Loose()])) }
        #expect(unnamed?.message == "'list[0]': Loose has fields but no Cadence type: make it CadenceNamed")
        let floating = #expect(throws: FlowError.self) { try CadenceValue(encoding: Outer(list: [["a": 1.5]])) }
        #expect(floating?.message.hasPrefix("'list[0].a': Cadence has no floating-point numbers") == true)
    }

    private struct Bill: Codable, CadenceNamed {
        static let cadenceTypeID = "Billing.Bill"
        var kind: Kind
        var lines: [Line?]
        enum Kind: UInt8, Codable, CadenceNamed {
            static let cadenceTypeID = "Shop.Kind"
            static let cadenceKind = CadenceComposite.Kind.enumeration
            case sale
        }
    }

    @Test func `types of contracts get the network's addresses`() throws {
        var aliases = ContractAliases(["Billing": FlowAddress(rawValue: 0xB1), "Store": FlowAddress(rawValue: 0x51)])
        aliases["Shop"] = FlowAddress(rawValue: 0x52)
        aliases.canonicalNames["Shop"] = "Store"
        let bill = Bill(kind: .sale, lines: [nil, Line(sku: "a", count: 1)])
        let value = try CadenceValue(encoding: bill, aliases: aliases)
        #expect(
            "\(value)" == "A.00000000000000b1.Billing.Bill(kind: A.0000000000000052.Store.Kind(rawValue: 0), "
                + #"lines: [nil, A.f8d6e0586b0a20c7.Billing.Line(sku: "a", count: 1)])"#)
        let error = #expect(throws: FlowError.self) { try CadenceValue(encoding: bill) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("'Shop'") == true)
        for id in ["A.f8d6e0586b0a20c7.Billing.Bill", "S.test.Foo", "PublicKey", "flow.AccountCreated"] {
            #expect(try aliases.typeID(of: id) == id)
        }
        #expect(try aliases.typeID(of: "Billing.Settled") == "A.00000000000000b1.Billing.Settled")
    }

    private class Base: Encodable {
        private enum Keys: CodingKey { case id }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(UInt64(7), forKey: .id)
        }
    }
    private class Derived: Base, CadenceNamed {
        static let cadenceTypeID = "S.a.Derived"
        private enum Keys: String, CodingKey { case name, id }
        private let isRepeating: Bool
        init(isRepeating: Bool = false) { self.isRepeating = isRepeating }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode("x", forKey: .name)
            if isRepeating { try container.encode("again", forKey: .id) }
            try super.encode(to: encoder)
        }
    }
    private struct Parent: Encodable, CadenceNamed {
        static let cadenceTypeID = "S.a.Parent"
        private enum Keys: CodingKey { case name }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode("x", forKey: .name)
            try Base().encode(to: container.superEncoder(forKey: .name))
        }
    }

    @Test func `fields of several containers come together, and none is lost`() throws {
        let expected = CadenceComposite(.structure, "S.a.Derived", [.init("name", "x"), .init("id", .uint64(7))])
        #expect(try CadenceValue(encoding: Derived()) == .composite(expected))
        #expect(throws: FlowError.self) { try CadenceValue(encoding: Derived(isRepeating: true)) }
        #expect(throws: FlowError.self) { try CadenceValue(encoding: Parent()) }
        struct Empty: Codable, CadenceNamed { static let cadenceTypeID = "S.a.Empty" }
        let empty = CadenceValue.composite(CadenceComposite(.structure, "S.a.Empty", []))
        #expect(try CadenceValue(encoding: Empty()) == empty)
        _ = try empty.decoded(as: Empty.self)
    }

    // MARK: What is taken as it is

    struct Whole: Codable, Equatable, CadenceNamed {
        static let cadenceTypeID = "S.a.Whole"
        var path = CadencePath(.public, "flowTokenReceiver")
        var type = CadenceType.optional(.simple("Int"))
        var capability = CadenceCapability(id: 6, address: FlowAddress(rawValue: 1), borrowType: .simple("Int"))
        var composite = CadenceComposite(.structure, "S.a.B", [.init("a", "b")])
        var range = CadenceInclusiveRange(start: .int8(1), end: .int8(9), step: .int8(2))
        var signed = Fix64(scaled: -1)
        var wide = UFix128(scaled: .max)
        var maybe: CadencePath?
        var text = CadenceValue.character("x")
    }

    @Test func `paths, types, capabilities and their kin are taken as they are`() throws {
        let whole = Whole()
        let value = try CadenceValue(encoding: whole)
        guard case .composite(let composite) = value else {
            Issue.record("no composite: \(value)")
            return
        }
        #expect(composite["path"] == .path(whole.path))
        #expect(composite["type"] == .type(whole.type))
        #expect(composite["capability"] == .capability(whole.capability))
        #expect(composite["composite"] == .composite(whole.composite))
        #expect(composite["range"] == .inclusiveRange(whole.range))
        #expect(composite["maybe"] == .optional(nil))
        #expect(try value.decoded() == whole)
        #expect(try JSONDecoder().decode(Whole.self, from: JSONEncoder().encode(whole)) == whole)
        let error = #expect(throws: FlowError.self) {
            try CadenceValue.string("/public/x").decoded(as: CadencePath.self)
        }
        #expect(error?.message == "the value is of type String, not CadencePath")
        #expect(throws: FlowError.self) { try CadenceValue.string("1.0").decoded(as: UFix64.self) }
        let id = FlowIdentifier.zero
        #expect(try JSONDecoder().decode([FlowIdentifier].self, from: JSONEncoder().encode([id])) == [id])
    }

    @Test func `every integer can be read as a big one`() throws {
        for value in [CadenceValue.uint8(5), .int64(5), .word256(5), .uint(5), .int(5), .int128(5)] {
            #expect(try value.decoded(as: BigInt.self) == 5)
            #expect(try value.decoded(as: BigUInt.self) == 5)
        }
        #expect(throws: FlowError.self) { try CadenceValue.int(-5).decoded(as: BigUInt.self) }
        #expect(throws: FlowError.self) { try CadenceValue.string("5").decoded(as: BigInt.self) }
    }
}
