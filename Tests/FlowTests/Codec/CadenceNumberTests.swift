import BigInt
import Testing

@testable import Flow

@Suite("JSON-Cadence numbers at the borders of their types")
struct CadenceNumberTests {
    struct Bounds: Sendable {
        var type: String
        var low: BigInt
        var high: BigInt
    }

    static let bounded: [Bounds] = [8, 16, 32, 64, 128, 256].flatMap { bits in
        let power = BigInt(1) << bits
        return [
            Bounds(type: "Int\(bits)", low: -power / 2, high: power / 2 - 1),
            Bounds(type: "UInt\(bits)", low: 0, high: power - 1), Bounds(type: "Word\(bits)", low: 0, high: power - 1),
        ]
    }

    private static func json(_ type: String, _ number: String) -> String {
        #"{"value":"\#(number)","type":"\#(type)"}"#
    }

    @Test(arguments: bounded.indices)
    func `the bounds are in, and their neighbours out`(index: Int) throws {
        let bounds = Self.bounded[index]
        for number in [bounds.low, bounds.low + 1, 0, bounds.high - 1, bounds.high] {
            let json = Self.json(bounds.type, "\(number)")
            let value = try CadenceValue(json: json)
            #expect(value.typeName == bounds.type)
            #expect(try value.jsonText() == json)
            #expect(try value.decoded(as: BigInt.self) == number)
        }
        #expect(
            try CadenceValue(json: Self.json(bounds.type, "007")) == CadenceValue(json: Self.json(bounds.type, "7")))
        for number in [bounds.low - 1, bounds.high + 1, bounds.high * 10, bounds.low - bounds.high * 10] {
            let error = #expect(throws: FlowError.self, "\(number)") {
                try CadenceValue(json: Self.json(bounds.type, "\(number)"))
            }
            #expect(error?.code == .malformedValue)
        }
    }

    @Test(arguments: ["Int", "UInt"])
    func `integers without bounds are read up to a length`(type: String) throws {
        let long = "1" + String(repeating: "0", count: 9_999)
        #expect(try CadenceValue(json: Self.json(type, long)).jsonText() == Self.json(type, long))
        #expect(throws: FlowError.self) { try CadenceValue(json: Self.json(type, long + "0")) }
    }

    @Test(arguments: [
        ("UFix64", "0.00000000", "184467440737.09551615", ["-0.00000001", "-0.0", "184467440737.09551616"]),
        ("Fix64", "-92233720368.54775808", "92233720368.54775807", ["-92233720368.54775809", "92233720368.54775808"]),
        (
            "UFix128", "0.000000000000000000000000", "340282366920938.463463374607431768211455",
            ["-0.0", "340282366920938.463463374607431768211456"]
        ),
        (
            "Fix128", "-170141183460469.231731687303715884105728", "170141183460469.231731687303715884105727",
            ["-170141183460469.231731687303715884105729", "170141183460469.231731687303715884105728"]
        ),
    ])
    func `decimals have bounds, too`(type: String, low: String, high: String, outside: [String]) throws {
        for text in [low, high] {
            #expect(try CadenceValue(json: Self.json(type, text)).jsonText() == Self.json(type, text))
        }
        let decimals = low.split(separator: ".")[1].count
        let tooFine = "0." + String(repeating: "0", count: decimals + 1)
        for text in outside + [tooFine, "1", "1.", ".1", "1.+0", "1.-0", "--1.0", "1_0.0", "1e0.0", "0x1.0"] {
            #expect(throws: FlowError.self, "\(text)") { try CadenceValue(json: Self.json(type, text)) }
        }
    }
}
