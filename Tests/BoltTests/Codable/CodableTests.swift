import NIOCore
import Testing

@testable import Bolt

/// Records as structs and tuples, and structs as parameters.
@Suite struct CodableTests {
    struct Person: Codable, Equatable, Sendable {
        var name: String
        var born: Int?
        var tags: [String] = []
        var address: Address?

        struct Address: Codable, Equatable, Sendable {
            var city: String
            var zip: UInt16
        }
    }

    private func record(_ keys: [String], _ values: [BoltValue]) throws -> BoltRecord {
        BoltRecord(columns: RecordKeys(keys), list: try BoltValue(values).storage)
    }

    @Test("A record becomes a struct; a missing property is nil")
    func decodesRecord() throws {
        let record = try record(
            ["name", "tags", "address"], ["Ada", ["math"], ["city": "London", "zip": 1234]])
        #expect(
            try record.decode(as: Person.self)
                == Person(name: "Ada", born: nil, tags: ["math"], address: .init(city: "London", zip: 1234)))
    }

    @Test("A node becomes a struct of its properties")
    func decodesNode() throws {
        let node = TestValue.structure(
            UInt8(ascii: "N"),
            [
                .integer(1), .list([.string("Person")]),
                .map([.init(key: "name", value: .string("Ada")), .init(key: "tags", value: .list([]))]),
                .string("4:x:1"),
            ])
        let record = try record(["p"], [try BoltValue(node)])
        #expect(try record.decodeColumn("p", as: Person.self) == Person(name: "Ada"))
        #expect(try record["p"]?.decode(as: Person.self) == Person(name: "Ada"))
    }

    @Test("A record of one column is also that column's value")
    func decodesSingle() throws {
        #expect(try record(["n"], [3]).decode(as: Int.self) == 3)
        #expect(throws: BoltError.self) { try record(["a", "b"], [1, 2]).decode(as: Int.self) }
    }

    @Test("An error names the place and shows no value")
    func errors() throws {
        let record = try record(
            ["name", "tags", "address"], ["Ada", [], ["city": "London", "zip": 70_000]])
        let error = #expect(throws: BoltError.self) { try record.decode(as: Person.self) }
        #expect(error?.message == "address.zip: 70000 does not fit into UInt16")
        let other = try self.record(["name"], ["Ada"])
        let missing = #expect(throws: BoltError.self) { try other.decode(as: Person.self) }
        #expect(missing?.message == "there is no value for tags")
        #expect(throws: BoltError.self) { try other.decode("nome", as: String.self) }
    }

    @Test("Columns become a tuple")
    func decodesTuple() throws {
        let record = try record(["a", "b", "c"], ["x", nil, [1, 2]])
        let (a, b, c) = try record.decode(String.self, Int?.self, [Int].self)
        #expect(a == "x")
        #expect(b == nil)
        #expect(c == [1, 2])
        let error = #expect(throws: BoltError.self) { try record.decode(String.self, Int.self) }
        #expect(error?.message == "column b: expected a whole number, found null")
        #expect(throws: BoltError.self) { try record.decode(String.self, Int?.self, [Int].self, Int.self) }
    }

    @Test("Columns are found by name and by place")
    func columns() throws {
        let record = try record(["a", "b"], [1, "y"])
        #expect(record["b"] == "y")
        #expect(record[0] == 1)
        #expect(record["c"] == nil)
        #expect(record[2] == nil)
        #expect(record.dictionary == ["a": 1, "b": "y"])
        #expect(record.description == #"{a: 1, b: "y"}"#)
    }

    @Test("An encodable type becomes a parameter and comes back")
    func encodes() throws {
        let people = [
            Person(name: "Ada", born: 1815, tags: ["a"], address: .init(city: "London", zip: 1)), Person(name: "Bob"),
        ]
        let value = try BoltValue(encoding: people)
        #expect(try value.decode(as: [Person].self) == people)
        #expect(value.list?[1]?.map?.keys == ["name", "tags"])
    }

    @Test("Types of the driver inside an encodable type keep their form")
    func encodesNative() throws {
        struct Visit: Codable, Equatable {
            var count: Int64
            var ratio: Double
            var label: String?
        }
        let visit = Visit(count: 3, ratio: 0.5, label: nil)
        #expect(try BoltValue(encoding: visit) == ["count": 3, "ratio": 0.5])
        #expect(try BoltValue(encoding: [1, 2]) == [1, 2])
        #expect(try BoltValue(encoding: ["a": [true]]) == ["a": [true]])
        #expect(try BoltValue(encoding: [Int]()) == [])
    }
}
