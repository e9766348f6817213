import NIOCore
import Testing

@testable import Bolt

/// The types of the graph, of time and of space.
@Suite struct TypeTests {
    private func value(_ hex: String) throws -> BoltValue {
        try BoltValue(packStream: ByteBuffer(bytes: try #require([UInt8](hex: hex))))
    }

    private func bytes(_ value: some BoltEncodable, _ dialect: BoltDialect = .newest) throws -> String {
        var writer = PackStreamWriter(dialect: dialect)
        try value.encode(to: &writer)
        return writer.bytes.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let patched = BoltDialect(version: .v44, usesUTC: true)
    private static let unpatched = BoltDialect(version: .v44, usesUTC: false)

    @Test("The example of the specification has both forms of a date and time")
    func dateTimeForms() throws {
        // 1970-01-01T02:15:00.000000042+01:00
        let date = BoltDateTime(seconds: 4500, nanoseconds: 42, zone: .offset(3600))
        #expect(try bytes(date) == "b349c911942ac90e10")
        #expect(try bytes(date, Self.patched) == "b349c911942ac90e10")
        #expect(try bytes(date, Self.unpatched) == "b346c91fa42ac90e10")
        #expect(try value("b349c911942ac90e10").decode(BoltDateTime.self) == date)
        #expect(try value("b346c91fa42ac90e10").decode(BoltDateTime.self) == date)
    }

    @Test("A value is rewritten for a server that counts by the wall clock, however deep it lies")
    func rewritesDates() throws {
        let nested = try BoltValue([["when": BoltDateTime(seconds: 4500, nanoseconds: 42, zone: .offset(3600))]])
        #expect(try bytes(nested, Self.unpatched) == "91a1847768656eb346c91fa42ac90e10")
        #expect(try bytes(try value("b346c91fa42ac90e10")) == "b349c911942ac90e10")
    }

    @Test("A named zone is refused where it would need the zone's rules")
    func namedZones() throws {
        let utc = BoltDateTime(seconds: 4500, nanoseconds: 42, zone: .identifier("Europe/Paris"))
        #expect(try bytes(utc) == "b369c911942a8c4575726f70652f5061726973")
        #expect(throws: BoltError.self) { try bytes(utc, Self.unpatched) }
        let local = try value("b366c91fa42a8c4575726f70652f5061726973").decode(BoltDateTime.self)
        #expect(local.clock == .local)
        #expect(local.seconds == 8100)
        #expect(try bytes(local, Self.unpatched) == "b366c91fa42a8c4575726f70652f5061726973")
        let error = #expect(throws: BoltError.self) { try bytes(local) }
        #expect(error?.code == .unsupportedValue)
    }

    @Test("A second before the epoch has negative seconds and positive nanoseconds")
    func beforeTheEpoch() throws {
        let date = BoltDateTime(seconds: -1, nanoseconds: 500_000_000, zone: .offset(0))
        #expect(try bytes(date) == "b349ffca1dcd650000")
    }

    @Test("Seconds at the ends of the range do not trap")
    func extremes() throws {
        #expect(throws: BoltError.self) {
            try value("b346cb800000000000000000c90e10").decode(BoltDateTime.self)
        }
        #expect(throws: BoltError.self) {
            try bytes(BoltDateTime(seconds: .max, nanoseconds: 0, zone: .offset(1)), Self.unpatched)
        }
        #expect(BoltDate(daysSinceEpoch: .max).components.month > 0)
        #expect(BoltDate(daysSinceEpoch: .min).components.month > 0)
    }

    @Test(
        "Days are those of the proleptic Gregorian calendar",
        arguments: [
            (1970, 1, 1, 0), (1970, 1, 2, 1), (1969, 12, 31, -1), (2024, 2, 29, 19_782), (1, 1, 1, -719_162),
            (9999, 12, 31, 2_932_896), (2000, 3, 1, 11_017), (1900, 2, 28, -25_509),
        ])
    func dates(_ year: Int, _ month: Int, _ day: Int, _ days: Int64) throws {
        let date = try #require(BoltDate(year: year, month: month, day: day))
        #expect(date.daysSinceEpoch == days)
        #expect(date.components == (year, month, day))
    }

    @Test(
        "A day that does not exist is none",
        arguments: [(2023, 2, 29), (1900, 2, 29), (2024, 4, 31), (2024, 13, 1), (2024, 1, 0)])
    func noDates(_ year: Int, _ month: Int, _ day: Int) {
        #expect(BoltDate(year: year, month: month, day: day) == nil)
    }

    @Test("Vectors are packed by the type of their numbers")
    func vectors() throws {
        let all: [(BoltVector, String)] = [
            (BoltVector(.int8([1, -1, 127])), "b256cc01c8cc0301ff7f"),
            (BoltVector(.int16([1, -2, 300])), "b256cc01c9cc060001fffe012c"),
            (BoltVector(.int32([1, -70_000])), "b256cc01cacc0800000001fffeee90"),
            (BoltVector(.int64([1, -1_099_511_627_776])), "b256cc01cbcc100000000000000001ffffff0000000000"),
            (BoltVector([1, -0.5, 3.25]), "b256cc01c6cc0c3f800000bf00000040500000"),
            (BoltVector(.float64([1.5, -2.25])), "b256cc01c1cc103ff8000000000000c002000000000000"),
            (BoltVector([]), "b256cc01c6cc00"),
        ]
        for (vector, hex) in all {
            #expect(try bytes(vector) == hex)
            #expect(try value(hex).decode(BoltVector.self) == vector)
        }
        #expect(throws: BoltError.self) { try value("b256cc01c6cc0301ff7f").decode(BoltVector.self) }
        #expect(throws: BoltError.self) { try value("b256cc01c4cc00").decode(BoltVector.self) }
    }

    @Test("Vectors and UUIDs are not sent to a server that does not know them")
    func newTypes() throws {
        let older = BoltDialect(version: .v58)
        let uuid = try #require(BoltUUID("00112233-4455-6677-8899-aabbccddeeff"))
        #expect(uuid.description == "00112233-4455-6677-8899-aabbccddeeff")
        #expect(try bytes(uuid) == "e000112233445566778899aabbccddeeff")
        #expect(throws: BoltError.self) { try bytes(uuid, older) }
        #expect(throws: BoltError.self) { try bytes(BoltVector([1]), older) }
        #expect(throws: BoltError.self) { try bytes(try BoltValue([uuid]), BoltDialect(version: .v60)) }
        #expect(throws: BoltError.self) { try bytes(try BoltValue(["v": BoltVector([1])]), older) }
        #expect(BoltUUID("00112233-4455-6677-8899-aabbccddeefg") == nil)
        #expect(BoltUUID("0011223344556677-8899-aabb-ccdd-eeff") == nil)
    }

    @Test("Nodes and relationships are read in the forms before and since 5.0")
    func graph() throws {
        let node = try value("b44e0392874578616d706c65844e6f6465a1846e616d65876578616d706c6586616263313233")
            .decode(BoltNode.self)
        #expect(node.labels == ["Example", "Node"])
        #expect(node["name"] == "example")
        #expect(node.elementID == "abc123")
        let older = try value("b34e0392874578616d706c65844e6f6465a1846e616d65876578616d706c65").decode(BoltNode.self)
        #expect(older.elementID == "3")
        let relationship = try value("b5520b0203854b4e4f5753a0").decode(BoltRelationship.self)
        #expect(relationship.startElementID == "2")
        #expect(relationship.type == "KNOWS")
    }

    @Test("A path walks its relationships in both directions")
    func path() throws {
        let vector = try #require(PackStreamVector.all.first { $0.name.hasPrefix("Path doc") })
        let path = try BoltValue(packStream: ByteBuffer(bytes: try vector.bytes())).decode(BoltPath.self)
        #expect(path.nodes.map(\.id) == [42, 69, 42, 1])
        #expect(path.relationships.map(\.id) == [1000, 1000, 1001])
        #expect(path.relationships.map(\.startID) == [42, 69, 1])
        #expect(path.relationships.map(\.endID) == [69, 42, 42])
        let empty = try #require(PackStreamVector.all.first { $0.name.hasPrefix("Path zero") })
        let start = try BoltValue(packStream: ByteBuffer(bytes: try empty.bytes())).decode(BoltPath.self)
        #expect(start.start == start.end)
    }

    @Test("A path that names what it lacks is an error of its own field", arguments: [[2, 0], [1, 5], [0, 0], [1]])
    func brokenPaths(_ indices: [Int64]) throws {
        let node = TestValue.structure(UInt8(ascii: "N"), [.integer(1), .list([]), .map([]), .string("a")])
        let relationship = TestValue.structure(UInt8(ascii: "r"), [.integer(1), .string("T"), .map([]), .string("b")])
        let path = try BoltValue(
            TestValue.structure(
                UInt8(ascii: "P"), [.list([node]), .list([relationship]), .list(indices.map(TestValue.integer))]))
        #expect(throws: BoltError.self) { try path.decode(BoltPath.self) }
    }

    @Test("A type that needs a newer driver says so")
    func unsupported() throws {
        let type = try value("b43f8c5175616e74756d466c6f61742a15a1876d657373616765816d").decode(
            BoltUnsupportedType.self)
        #expect(type.name == "QuantumFloat")
        #expect(type.minimumVersion == BoltVersion(42, 21))
        #expect(type.message == "m")
    }

    @Test("A value of the wrong type is an error that names both")
    func mismatch() throws {
        let error = #expect(throws: BoltError.self) { try BoltValue("x").decode(Int.self) }
        #expect(error?.code == .decoding)
        #expect(error?.message == "expected a whole number, found a string")
        #expect(throws: BoltError.self) { try BoltValue(300).decode(Int8.self) }
        #expect(throws: BoltError.self) { try BoltValue(UInt64.max) }
        #expect(try BoltValue(3).decode(Double.self) == 3)
        #expect(throws: BoltError.self) { try BoltValue(Int64.max).decode(Double.self) }
    }
}
