import Testing

@testable import Flow

@Suite("Decimals")
struct FixedPointTests {
    @Test func `published texts are read or refused`() throws {
        let cases = try Vectors.list("fixed_point_decode", "cases")
        #expect(cases.count == 21)
        for node in cases {
            let text = try node.text("input")
            let types = try node["types"].elements { (node) throws(FlowError) in try node.string() }
            for type in types {
                if try node["ok"].bool() {
                    let scaled = try node["scaled_1e8"].numberText()
                    if type == "UFix64" { #expect(try String(UFix64(text: text).scaled) == scaled) }
                    if type == "Fix64" { #expect(try String(Fix64(text: text).scaled) == scaled) }
                } else if type == "UFix64" {
                    #expect(throws: FlowError.self, "\(text)") { try UFix64(text: text) }
                } else {
                    #expect(throws: FlowError.self, "\(text)") { try Fix64(text: text) }
                }
            }
        }
    }

    @Test(arguments: ["", ".", "1", "1..0", "1.0.0", "1e3.0", "--1.0", "+-1.0", " 1.0", "1.0 ", "1,0.0", "٣.٠", "-.1"])
    func `other texts are refused`(text: String) {
        #expect(throws: FlowError.self) { try Fix64(text: text) }
        #expect(Fix64(text) == nil)
        #expect(throws: FlowError.self) { try UFix128(text: text) }
    }

    @Test func `every type has all of its decimals, and its bounds`() throws {
        #expect(UFix64(scaled: .max).description == "184467440737.09551615")
        #expect(Fix64(scaled: .min).description == "-92233720368.54775808")
        #expect(Fix64(scaled: -1).description == "-0.00000001")
        #expect(Fix128(scaled: .min).description == "-170141183460469.231731687303715884105728")
        #expect(UFix128(scaled: .max).description == "340282366920938.463463374607431768211455")
        #expect(try Fix128(text: "-170141183460469.231731687303715884105728").scaled == .min)
        #expect(throws: FlowError.self) { try Fix128(text: "-170141183460469.231731687303715884105729") }
        #expect(try UFix64(text: "+1.0").scaled == 100_000_000)
    }

    @Test func `arithmetic is exact, cuts off, and refuses what does not fit`() throws {
        let (third, three) = (try UFix64(text: "0.33333333"), try UFix64(text: "3.0"))
        #expect(try third.multiplied(by: three).description == "0.99999999")
        #expect(try UFix64(text: "1.0").divided(by: three) == third)
        #expect(try UFix64(text: "0.00000001").multiplied(by: UFix64(text: "0.99999999")) == .zero)
        #expect(try Fix64(text: "-0.00000001").multiplied(by: Fix64(text: "0.5")).description == "0.00000000")
        #expect(try Fix64(text: "-7.0").divided(by: Fix64(text: "2.0")).description == "-3.50000000")
        #expect(try Fix64(scaled: .min).multiplied(by: Fix64(text: "1.0")).scaled == .min)
        #expect(throws: FlowError.self) { try Fix64(scaled: .min).multiplied(by: Fix64(text: "-1.0")) }
        #expect(throws: FlowError.self) { try UFix64(scaled: .max).adding(UFix64(scaled: 1)) }
        #expect(throws: FlowError.self) { try UFix64.zero.subtracting(UFix64(scaled: 1)) }
        #expect(throws: FlowError.self) { try UFix64(scaled: .max).multiplied(by: three) }
        #expect(throws: FlowError.self) { try three.divided(by: .zero) }
        #expect(
            try UFix128(text: "2.0").multiplied(by: UFix128(text: "0.5")).description == "1."
                + String(repeating: "0", count: 24))
    }

    @Test func `whole numbers fit or are refused`() throws {
        #expect(try UFix64(whole: 5).description == "5.00000000")
        #expect(try UFix64(whole: 184_467_440_737).description == "184467440737.00000000")
        #expect(try Fix64(whole: -92_233_720_368).description == "-92233720368.00000000")
        #expect(try Fix128(whole: -1).description == "-1." + String(repeating: "0", count: 24))
        #expect(throws: FlowError.self) { try UFix64(whole: 184_467_440_738) }
        #expect(throws: FlowError.self) { try UFix64(whole: -1) }
        #expect(throws: FlowError.self) { try UFix64(whole: UInt128.max) }
        #expect(throws: FlowError.self) { try Fix64(whole: -92_233_720_369) }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `products and quotients are those of wider integers`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let one = UFix64(scaled: random.next() >> UInt64.random(in: 0..<64, using: &random))
        let other = UFix64(scaled: random.next() >> UInt64.random(in: 0..<64, using: &random))
        let product = UInt128(one.scaled) * UInt128(other.scaled) / 100_000_000
        if product <= UInt64.max {
            #expect(try one.multiplied(by: other).scaled == UInt64(product), "seed \(seed)")
        } else {
            #expect(throws: FlowError.self, "seed \(seed)") { try one.multiplied(by: other) }
        }
        guard other.scaled > 0 else { return }
        let quotient = UInt128(one.scaled) * 100_000_000 / UInt128(other.scaled)
        if quotient <= UInt64.max {
            #expect(try one.divided(by: other).scaled == UInt64(quotient), "seed \(seed)")
        } else {
            #expect(throws: FlowError.self, "seed \(seed)") { try one.divided(by: other) }
        }
        #expect(try UFix64(text: one.description) == one)
    }
}
