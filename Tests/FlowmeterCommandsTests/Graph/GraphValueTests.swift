import Bolt
import NIOCore
import Testing

@testable import FlowmeterCommands

@Suite("Values of the graph")
struct GraphValueTests {
    private func cell(_ value: some BoltEncodable) throws -> String { try GraphValue(BoltValue(value)).cell }
    private func json(_ value: some BoltEncodable) throws -> String {
        String(try JSONText.line(GraphValue(BoltValue(value))).dropLast())
    }

    @Test func `plain values are shown as they are, and as JSON has them`() throws {
        #expect(try cell(BoltValue.null) == "")
        #expect(try json(BoltValue.null) == "null")
        #expect(try cell(true) == "true")
        #expect(try cell(Int64.min) == "-9223372036854775808")
        #expect(try json(Int64.max) == "9223372036854775807")
        #expect(try cell(1.5) == "1.5")
        #expect(try json(1.5) == "1.5")
        #expect(try json(Double.nan) == "\"nan\"")
        #expect(try json(-Double.infinity) == "\"-inf\"")
        #expect(try cell("a \"b\"") == "a \"b\"")
        #expect(try json("a \"b\"") == #""a \"b\"""#)
        #expect(try cell(ByteBuffer(bytes: [0, 15, 255])) == "0x000fff")
        #expect(try cell(BoltUUID(high: 1, low: 2)) == "00000000-0000-0001-0000-000000000002")
    }

    @Test func `lists and maps are written as Cypher writes them, keys in order`() throws {
        #expect(try cell([1, 2]) == "[1, 2]")
        #expect(try cell(["b": "x\\\"y", "a": "z"]) == #"{a: "z", b: "x\\\"y"}"#)
        #expect(try json(["b": [1, 2], "a": []]) == #"{"a":[],"b":[1,2]}"#)
        #expect(try cell(BoltVector([1.5, 2])) == "[1.5, 2.0]")
        #expect(try cell(BoltVector(.int8([-1, 2]))) == "[-1, 2]")
        #expect(try cell(BoltPoint(.wgs84, x: 1, y: 2)) == "{srid: 4326, x: 1.0, y: 2.0}")
        #expect(
            try json(BoltPoint(.cartesianWith3Dimensions, x: 1, y: 2, z: 3.5)) == #"{"srid":9157,"x":1,"y":2,"z":3.5}"#)
    }

    @Test func `times are written in the form of ISO 8601`() throws {
        #expect(try cell(BoltDate(daysSinceEpoch: 0)) == "1970-01-01")
        #expect(try cell(BoltDate(daysSinceEpoch: -719_529)) == "-0001-12-31")
        #expect(try cell(BoltLocalTime(nanosecondsSinceMidnight: 3_723_000_000_000)) == "01:02:03")
        #expect(try cell(BoltTime(nanosecondsSinceMidnight: 1, offsetSeconds: -5_400)) == "00:00:00.000000001-01:30")
        #expect(try cell(BoltTime(nanosecondsSinceMidnight: 0, offsetSeconds: 3_661)) == "00:00:00+01:01:01")
        #expect(try cell(BoltLocalDateTime(seconds: -1, nanoseconds: 500_000_000)) == "1969-12-31T23:59:59.5")
        #expect(try cell(BoltDateTime(seconds: 4_500, zone: .offset(3_600))) == "1970-01-01T02:15:00+01:00")
        #expect(try cell(BoltDateTime(seconds: 0)) == "1970-01-01T00:00:00Z")
        #expect(
            try cell(BoltDateTime(seconds: 0, zone: .identifier("Europe/Paris")))
                == "1970-01-01T00:00:00Z[Europe/Paris]")
        #expect(try cell(BoltDateTime(seconds: .max, zone: .offset(3_600))).hasSuffix("+01:00"))
    }

    @Test(arguments: [
        (BoltDuration(), "PT0S"), (BoltDuration(months: 14, days: 3, seconds: 5), "P14M3DT5S"),
        (BoltDuration(days: -3), "P-3D"), (BoltDuration(seconds: -4, nanoseconds: 999_999_996), "PT-3.000000004S"),
        (BoltDuration(seconds: .min, nanoseconds: -1), "PT-9223372036854775808.000000001S"),
    ])
    func `durations are written in the form of ISO 8601`(duration: BoltDuration, text: String) throws {
        #expect(try cell(duration) == text)
    }

    /// Nodes, relationships and paths come from servers only, so their bytes are written here by hand.
    @Test func `nodes, relationships and paths are drawn`() throws {
        let a = structure("N", [1, ["A", "B"], ["id": "x"], "4:1"])
        let b = structure("N", [2, [], [:], "4:2"])
        #expect(try GraphValue(a).cell == #"(:A:B {id: "x"})"#)
        #expect(try GraphValue(b).cell == "()")
        #expect(
            try JSONText.line(GraphValue(a)) == #"{"element_id":"4:1","labels":["A","B"],"properties":{"id":"x"}}"#
                + "\n")
        let relationship = structure("R", [7, 1, 2, "HAS", ["n": 1], "5:7", "4:1", "4:2"])
        #expect(try GraphValue(relationship).cell == "[:HAS {n: 1}]")
        #expect(
            try JSONText.line(GraphValue(relationship))
                == #"{"element_id":"5:7","properties":{"n":1},"type":"HAS"}"# + "\n")
        let step = structure("r", [7, "HAS", [:], "5:7"])
        #expect(
            try GraphValue(structure("P", [.list([a, b]), .list([step]), [1, 1]])).cell
                == #"(:A:B {id: "x"})-[:HAS]->()"#)
        let back = try GraphValue(structure("P", [.list([a, b]), .list([step]), [-1, 1]]))
        #expect(back.cell == #"(:A:B {id: "x"})<-[:HAS]-()"#)
        #expect(try JSONText.line(back).contains(#""nodes":[{"#))
    }

    @Test func `what this program does not know is shown all the same`() throws {
        #expect(try GraphValue(structure("?", ["Quantity", 6, 2, [:]])).cell == "<Quantity: not supported>")
        #expect(try !GraphValue(structure("Z", [1])).cell.isEmpty)
    }

    @Test func `a structure whose fields are wrong is an error, not a trap`() {
        #expect(throws: BoltError.self) { try GraphValue(structure("N", ["no number"])) }
        #expect(throws: BoltError.self) { try GraphValue(structure("D", ["no day"])) }
    }

    /// A structure in PackStream: a marker with the number of fields, the tag, the fields.
    private func structure(_ tag: Unicode.Scalar, _ fields: [BoltValue]) -> BoltValue {
        var bytes = ByteBuffer(bytes: [0xB0 | UInt8(fields.count), UInt8(ascii: tag)])
        for field in fields { bytes.writeImmutableBuffer(field.packStream) }
        do { return try BoltValue(packStream: bytes) } catch {
            Issue.record(error)
            return .null
        }
    }
}

extension BoltValue {
    /// A list of values.
    fileprivate static func list(_ values: [BoltValue]) -> BoltValue {
        do { return try BoltValue(values) } catch {
            Issue.record(error)
            return .null
        }
    }
}
