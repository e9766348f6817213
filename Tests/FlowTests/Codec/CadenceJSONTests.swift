import BigInt
import Testing

@testable import Flow

@Suite("JSON-Cadence")
struct CadenceJSONTests {
    static let cases: [(name: String, json: String)] = {
        do {
            return try Vectors.list("json_cdc", "cases").map { node in
                let label = try node["case"]
                let name = label.kind == .string ? try label.string() : try label.numberText()
                return ("\(try node.text("test")) \(name)", String(decoding: try node["json"].source, as: UTF8.self))
            }
        } catch {
            fatalError("\(error)")
        }
    }()

    @Test func `there are as many published cases as there should be`() { #expect(Self.cases.count == 123) }

    @Test(arguments: cases.indices)
    func `a published value is read, and written with the same meaning`(index: Int) throws {
        let json = Self.cases[index].json
        let value = try CadenceValue(json: json)
        let written = try value.json()
        #expect(try CadenceValue(json: written) == value)
        let (expected, found) = (try JSONDocument(Array(json.utf8)), try JSONDocument(written))
        // Only read: older function types leave out what is always written.
        if json.contains(#""((String):Int)""#) { return }
        #expect(try found.root.meaning() == expected.root.meaning())
        #expect(!written.contains(0x0A))
    }

    @Test func `a published text that is wrong is refused, with a place`() throws {
        let cases = try Vectors.list("json_cdc_decode_errors")
        #expect(cases.count == 3)
        for node in cases {
            let json = try node.text("json")
            let error = #expect(throws: FlowError.self) { try CadenceValue(json: json) }
            #expect(error?.code == .malformedValue)
            #expect(error?.offset != nil)
        }
    }

    @Test func `arguments have the bytes that the node's own encoder writes`() throws {
        #expect(try CadenceValue.ufix64(UFix64(text: "1.5")).jsonText() == #"{"value":"1.50000000","type":"UFix64"}"#)
        #expect(try CadenceValue.string("foo").jsonText() == #"{"value":"foo","type":"String"}"#)
        #expect(try CadenceValue.int(42).jsonText() == #"{"value":"42","type":"Int"}"#)
    }

    @Test(arguments: [
        #"{}"#, #"{"type":"Int"}"#, #"{"value":"1"}"#, #"{"type":"Void","value":null}"#, #"[]"#, #""x""#,
        #"{"type":"Int","value":"1","x":1}"#, #"{"type":"Int","type":"Int","value":"1"}"#, #"{"type":1,"value":"1"}"#,
        #"{"type":"Int","value":1}"#, #"{"type":"Int","value":""}"#, #"{"type":"Int","value":"1.0"}"#,
        #"{"type":"Int","value":"+1"}"#, #"{"type":"Int","value":"0x1"}"#, #"{"type":"Int","value":" 1"}"#,
        #"{"type":"UInt","value":"-1"}"#, #"{"type":"UInt8","value":"256"}"#, #"{"type":"UInt8","value":"-1"}"#,
        #"{"type":"Int8","value":"128"}"#, #"{"type":"Int8","value":"-129"}"#, #"{"type":"Word8","value":"256"}"#,
        #"{"type":"Int128","value":"170141183460469231731687303715884105728"}"#,
        #"{"type":"UInt128","value":"340282366920938463463374607431768211456"}"#,
        #"{"type":"Int256","value":"57896044618658097711785492504343953926634992332820282019728792003956564819968"}"#,
        #"{"type":"UInt256","value":"115792089237316195423570985008687907853269984665640564039457584007913129639936"}"#,
        #"{"type":"Word256","value":"-1"}"#, #"{"type":"Nonsense","value":"1"}"#, #"{"type":"int","value":"1"}"#,
        #"{"type":"Character","value":""}"#, #"{"type":"Character","value":"ab"}"#, #"{"type":"Bool","value":"true"}"#,
        #"{"type":"Address","value":"0x"}"#, #"{"type":"Address","value":"0x01020304050607080"}"#,
        #"{"type":"Address","value":"0x010203040506070809"}"#, #"{"type":"Address","value":"0xg1"}"#,
        #"{"type":"Optional","value":"1"}"#, #"{"type":"Array","value":{}}"#, #"{"type":"Array","value":[1]}"#,
        #"{"type":"Dictionary","value":[{"key":{"type":"Int","value":"1"}}]}"#,
        #"{"type":"Dictionary","value":[{"key":{"type":"Void"},"value":{"type":"Void"},"x":1}]}"#,
        #"{"type":"Struct","value":{"id":"","fields":[]}}"#, #"{"type":"Struct","value":{"id":"S.a.B"}}"#,
        #"{"type":"Event","value":{"id":"A.12.Foo.Bar","fields":[]}}"#,
        #"{"type":"Struct","value":{"id":"S.a.B","fields":[{"name":"a"}]}}"#,
        #"{"type":"Path","value":{"domain":"storage","identifier":"a","x":1}}"#,
        #"{"type":"Type","value":{"staticType":{"kind":"Optional"}}}"#,
        #"{"type":"Type","value":{"staticType":{"kind":"Int","x":1}}}"#,
        #"{"type":"Type","value":{"staticType":{"kind":"ConstantSizedArray","type":{"kind":"Int"},"size":-1}}}"#,
        #"{"type":"InclusiveRange","value":{"start":{"type":"Int","value":"1"},"end":{"type":"Int8","value":"2"},"step":{"type":"Int","value":"1"}}}"#,
        #"{"type":"InclusiveRange","value":{"start":{"type":"Void"},"end":{"type":"Void"},"step":{"type":"Void"}}}"#,
        #"{"type":"UFix64","value":"1"}"#, #"{"type":"UFix64","value":"1.0e3"}"#, #"{"type":"UFix64","value":1.0}"#,
        #"{"type":"UInt64","value":"-0"}"#, #"{"type":"Word8","value":"-0"}"#,
        #"{"type":"Int","value":"1"} x"#, #"{"type":"Int","value":"1""#, "", "\u{FEFF}{}",
    ])
    func `anything else is refused`(json: String) {
        let error = #expect(throws: FlowError.self) { try CadenceValue(json: json) }
        #expect(error?.code == .malformedValue || error?.code == .malformedJSON)
    }

    @Test(arguments: [
        (
            #"{"type":"Array","value":[{"type":"Int","value":"1"},{"type":"UInt8","value":"256"}]}"#,
            "value[1].value: the integer does not fit UInt8"
        ),
        (
            #"{"type":"Optional","value":{"type":"Word8","value":"1x"}}"#,
            "value.value: expected Word8: an integer of digits only, 10000 at most"
        ),
        (
            #"{"type":"Struct","value":{"id":"S.a.B","fields":[{"name":"f","value":{"type":"UFix64","value":"1"}}]}}"#,
            "value.fields[0].value.value: '1' is no UFix64: there must be one decimal point"
        ),
        (
            #"{"type":"Dictionary","value":[{"key":{"type":"Bool","value":1},"value":{"type":"Void"}}]}"#,
            "value[0].key.value: expected true or false, found a number"
        ),
        (
            #"{"type":"Array","value":[{"type":"Int","valu\u0065s":"1"}]}"#,
            "value[0].values: unknown member 'values' of a value"
        ),
        (
            #"{"type":"Path","value":{"domain":"storage","identifier":"a","x":1}}"#,
            "value: expected 2 members, found 'domain', 'identifier', 'x'"
        ),
        (
            #"{"type":"Type","value":{"staticType":{"kind":"Optional","type":{"kind":"A b"}}}}"#,
            "value.staticType.type: unknown kind of type"
        ),
        (#"{"type":"Int"}"#, "Int without 'value'"),
    ])
    func `an error begins with the path to its place`(json: String, message: String) throws {
        let error = try #require(throws: FlowError.self) { try CadenceValue(json: json) }
        #expect(error.message == message)
        #expect(error.offset != nil)
    }

    @Test func `integers that are too wide are refused when they are written, too`() {
        for value in [CadenceValue.uint256(1 << 256), .word256(1 << 256), .int256(1 << 255), .int256(-(1 << 255) - 1)] {
            #expect(throws: FlowError.self) { try value.json() }
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `random values are read back as they were`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = CadenceValue.random(depth: 4, using: &random)
        #expect(try CadenceValue(json: value.json()) == value, "seed \(seed)")
    }

    @Test func `deep nesting is an error, not a crash`() throws {
        var json = #"{"type":"Void"}"#
        for _ in 0..<100 { json = #"{"type":"Optional","value":\#(json)}"# }
        _ = try CadenceValue(json: json)
        for _ in 0..<10_000 { json = #"{"type":"Optional","value":\#(json)}"# }
        let error = #expect(throws: FlowError.self) { try CadenceValue(json: json) }
        #expect(error?.code == .malformedJSON)
    }

    @Test func `a function's type may be without an id`() throws {
        let type = CadenceType.function(CadenceFunctionType(returnType: .simple("Int")))
        let json =
            #"{"type":"Type","value":{"staticType":{"kind":"Function","parameters":[],"return":{"kind":"Int"}}}}"#
        #expect(try CadenceValue(json: json) == .type(type))
    }

    @Test func `values and types are printed as Cadence writes them`() throws {
        let account = CadenceType.composite(CadenceCompositeType(.resource, "A.01.Bank.Vault"))
        let capability = CadenceCapability(
            id: 6, address: FlowAddress(rawValue: 1),
            borrowType: .reference(account, .conjunction(["A.01.Bank.Withdraw", "X"])))
        let event = CadenceComposite(
            .event, "A.01.Bank.Moved",
            [
                .init("amount", .ufix64(UFix64(scaled: 150_000_000))), .init("to", .optional(.address(.zero))),
                .init("memo", .optional("a \"b\"\n")), .init("none", .optional(nil)),
                .init("list", [true, .int8(-1), .word256(7)]), .init("map", ["k": .path(CadencePath(.public, "x"))]),
                .init("cap", .capability(capability)), .init("type", .type(.optional(.simple("Int")))),
            ])
        #expect(
            "\(CadenceValue.composite(event))" == #"A.01.Bank.Moved(amount: 1.50000000, to: 0x0000000000000000, "#
                + #"memo: "a \"b\"\n", none: nil, list: [true, -1, 7], map: {"k": /public/x}, "#
                + "cap: Capability<auth(A.01.Bank.Withdraw, X) &A.01.Bank.Vault>(address: 0x0000000000000001, id: 6), "
                + "type: Type<Int?>())")
        let function = CadenceFunctionType(
            isView: true, typeParameters: [.init("T", bound: .simple("AnyStruct"))],
            parameters: [
                CadenceParameter(label: "_", name: "a", type: .dictionary(key: .simple("Int"), value: account))
            ],
            returnType: .constantSizedArray(.intersection(typeID: "{I}", [.simple("I"), .simple("J")]), size: 3))
        #expect("\(function)" == "view fun<T: AnyStruct>({Int: A.01.Bank.Vault}): [{I, J}; 3]")
        #expect("\(CadenceType.reference(.simple("Int"), .disjunction(["X", "Y"])))" == "auth(X | Y) &Int")
    }

    @Test func `texts, truth values, arrays and dictionaries have literals`() throws {
        #expect(
            ["a", true, [.uint8(1)], ["k": false]] as CadenceValue
                == .array([
                    .string("a"), .bool(true), .array([.uint8(1)]),
                    .dictionary([.init(key: .string("k"), value: .bool(false))]),
                ]))
    }

    @Test func `strings keep every character`() throws {
        let text = "\u{0}\u{1F}\"\\/\u{8}\u{C}\n\r\t<>&é漢👩‍👩‍👧\u{2028}"
        #expect(try CadenceValue(json: CadenceValue.string(text).json()) == .string(text))
        #expect(try CadenceValue(json: #"{"type":"String","value":"\u003c\ud83d\ude00\/"}"#) == .string("<😀/"))
        for half in [#"\ud83d"#, #"\ude00"#, #"\ud83dx"#, #"\ud83d\u0041"#] {
            #expect(throws: FlowError.self) { try CadenceValue(json: #"{"type":"String","value":"\#(half)"}"#) }
        }
    }
}
