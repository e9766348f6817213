import Testing

@testable import Bolt

/// Queries and their parameters.
@Suite struct BoltQueryTests {
    @Test("What is interpolated becomes a parameter, whatever it holds")
    func interpolation() throws {
        let name = "x'}) DETACH DELETE n //"
        let query: BoltQuery = "MATCH (n:Person {name: \(name)}) WHERE n.age > \(30) RETURN n"
        #expect(query.text == "MATCH (n:Person {name: $p0}) WHERE n.age > $p1 RETURN n")
        #expect(query.parameters["p0"] as? String == name)
        #expect(query.parameters["p1"] as? Int == 30)
        try query.check()
    }

    @Test(
        "An identifier is quoted", arguments: [("Person", "`Person`"), ("a`b", "`a``b`"), ("``", "``````"), ("", "``")])
    func identifiers(_ name: String, _ quoted: String) {
        let query: BoltQuery = "MATCH (n:\(identifier: name)) RETURN n"
        #expect(query.text == "MATCH (n:\(quoted)) RETURN n")
        #expect(query.parameters.isEmpty)
    }

    @Test("Named parameters and interpolated ones go together, unless they have the same name")
    func named() throws {
        let query = BoltQuery("RETURN \(1), $x", ["x": 2])
        #expect(query.parameters.count == 2)
        try query.check()
        let error = #expect(throws: BoltError.self) { try BoltQuery("RETURN \(1)", ["p0": 2]).check() }
        #expect(error?.code == .invalidQuery)
    }

    @Test("Text that is not a literal can be added, and stands in the call as unsafe")
    func unsafeText() {
        let query: BoltQuery = "MATCH (n) RETURN n \(unsafe: "ORDER BY n.name") LIMIT \(10)"
        #expect(query.text == "MATCH (n) RETURN n ORDER BY n.name LIMIT $p0")
    }
}
