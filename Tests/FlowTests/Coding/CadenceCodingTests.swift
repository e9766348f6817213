import BigInt
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
        #expect(error?.message == "'lines.[0].sku' is of type Int, not String")
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
}
