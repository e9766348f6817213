import ArgumentParser
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter graph")
struct GraphCommandTests {
    @Test func `without Neo4j it says what to set`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("graph", "MATCH (n) RETURN n")
            #expect(result.status == .usage)
            #expect(result.errors.contains("error: there is no graph: NEO4J_URI is not set"))
            #expect(result.errors.contains("fix: set NEO4J_URI"))
        }
    }

    @Test(arguments: ["query", "run"])
    func `what would write is refused before anything is asked`(form: String) async throws {
        try await CommandHarness.with { harness in
            // Nobody answers there.
            harness.environment["NEO4J_URI"] = "bolt://127.0.0.1:1"
            let result = await harness.run(
                form == "query" ? ["graph", "query", "MATCH (n) SET n.x = 1"] : ["graph", "MATCH (n) SET n.x = 1"])
            #expect(result.status == .usage)
            #expect(result.errors.contains("error: SET can change something"))
        }
    }

    @Test func `a server that does not answer is named, with what to look at`() async throws {
        try await CommandHarness.with { harness in
            harness.environment["NEO4J_PASSWORD"] = "hunter2"
            let result = await harness.run("graph", "--neo4j-uri", "bolt://127.0.0.1:1", "RETURN 1")
            #expect(result.status == .failed)
            #expect(result.errors.contains("bolt://127.0.0.1:1"))
            #expect(result.errors.contains("fix: check that Neo4j runs there"))
            #expect(!result.errors.contains("hunter2"))
        }
    }

    @Test func `the queries that come along are listed, shown, and can all be run`() async throws {
        try await CommandHarness.with { harness in
            let list = await harness.run("graph", "queries")
            #expect(list.status == .success)
            for query in NamedQuery.all {
                #expect(list.output.contains(query.name))
                #expect(!query.summary.isEmpty, "\(query.name)")
                try ReadOnlyCypher.check(query.cypher)
                for parameter in query.parameters {
                    #expect(query.cypher.contains("$" + parameter.name), "\(query.name): \(parameter.name)")
                    #expect(!parameter.summary.isEmpty, "\(query.name): \(parameter.name)")
                }
            }
            let shown = await harness.run("graph", "queries", "session-tokens")
            // The query of the original plan, to the letter.
            #expect(
                shown.output.contains(
                    "MATCH (s:Session {id: $sessionId})-[:HAS_MESSAGE]->(m:Message) WHERE m.timestamp > timestamp() - "
                        + "86400000 RETURN count(m) AS messages, sum(m.tokens) AS totalTokens"))
            let json = await harness.run("graph", "queries", "--json")
            #expect(json.output.contains("\"name\" : \"cost-by-agent\""))
        }
    }

    @Test(arguments: [
        (["graph", "run", "nonsense"], "there is no query 'nonsense'"),
        (["graph", "run", "session-tokens"], "session-tokens needs sessionId"),
        (["graph", "run", "cost-by-model", "--param", "day=3"], "cost-by-model has no parameter day"),
        (["graph", "run", "cost-by-model", "--param", "days"], "--param 'days' is not NAME=VALUE"),
        (["graph", "run", "cost-by-model", "--param", "days=1", "--param", "days=2"], "--param days is there twice"),
        (["graph", "RETURN 1", "--json", "--csv"], "--json and --csv exclude each other"),
        (["graph", "RETURN 1", "--limit", "-1"], "--limit"),
    ])
    func `what cannot be meant is refused with a fix`(arguments: [String], error: String) async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run(arguments)
            #expect(result.status == .usage)
            #expect(result.errors.contains(error))
        }
    }

    @Test(arguments: [
        ("7", GraphParameter.integer(7)), ("-9223372036854775808", .integer(.min)), ("1.5", .float(1.5)),
        ("true", .bool(true)), ("null", .null), ("\"7\"", .text("7")), ("alice", .text("alice")), ("", .text("")),
        ("msg_01", .text("msg_01")), ("[1, \"a\", null]", .list([.integer(1), .text("a"), .null])),
        ("{\"a\": {\"b\": [true]}}", .map(["a": .map(["b": .list([.bool(true)])])])), ("{broken", .text("{broken")),
        ("2026-11-29", .text("2026-11-29")),
    ])
    func `parameters are JSON, or else text`(text: String, value: GraphParameter) {
        #expect(GraphParameter(text: text) == value)
    }

    @Test func `parameters may be named with their dollar, and may hold any character`() throws {
        let parameters = try GraphParameter.parse(["$a=b=c", "x= y "])
        #expect(parameters == ["a": .text("b=c"), "x": .text(" y ")])
    }

    @Test func `charges are shown exactly, in columns that are named so`() {
        let names = ["totalCharge", "charged", "totalChargeCarry", "CHARGE"]
        let columns = GraphColumn.columns(names, raw: false)
        #expect(columns.map(\.key) == ["totalCharge_usd", "charged", "CHARGE_usd"])
        func shown(_ charge: GraphValue, carry: GraphValue = .null) -> GraphValue {
            columns[0].shown([charge, .integer(5), carry, .null])
        }
        #expect(shown(.integer(1_224_746_901_000)) == .money("1.224746901"))
        #expect(shown(.integer(-1)) == .money("-0.000000000001"))
        #expect(shown(.integer(1), carry: .integer(9_000_000_000_000)) == .money("9000000000000000000.000000000001"))
        #expect(shown(.integer(999_999_999_999_999_999), carry: .integer(-1)) == .money("-0.000000000001"))
        #expect(shown(.null) == .null)
        #expect(shown(.float(1.5)) == .float(1.5))
        #expect(columns[1].shown([.null, .integer(5), .null, .null]) == .integer(5))
        #expect(GraphColumn.columns(names, raw: true).map(\.key) == names)
        #expect(GraphColumn.columns(["charge"], raw: true)[0].shown([.integer(5)]) == .integer(5))
    }

    @Test func `rows become a table, JSON lines or CSV`() throws {
        let columns = GraphColumn.columns(["customer", "charge"], raw: false)
        let rows: [[GraphValue]] = [[.text("a,b"), .integer(1_500_000_000_000)], [.null, .integer(250_000_000_000)]]
        func printed(_ arguments: [String], width: Int? = nil) throws -> String {
            let buffer = TextBuffer()
            let context = CommandContext(
                output: buffer.output(columns: width), errorOutput: TextBuffer().output(), environment: [:],
                workingDirectory: "/")
            var printer = try GraphPrinter(
                columns: columns, format: try FormatOptions.parse(arguments), context: context)
            for row in rows { try printer.add(row) }
            try printer.finish()
            return buffer.text
        }
        #expect(try printed(["--csv"]) == "customer,charge_usd\n\"a,b\",1.5\n,0.25\n")
        #expect(
            try printed(["--json"])
                == "{\"charge_usd\":\"1.5\",\"customer\":\"a,b\"}\n{\"charge_usd\":\"0.25\",\"customer\":null}\n")
        #expect(try printed([]) == "customer  charge USD\na,b             1.50\n                0.25\n")
    }
}
