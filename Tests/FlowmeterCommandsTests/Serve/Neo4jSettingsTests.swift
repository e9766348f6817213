import Bolt
import Testing

@testable import FlowmeterCommands

@Suite("Settings of Neo4j")
struct Neo4jSettingsTests {
    private func location(_ environment: [String: String]) throws -> Neo4jLocation? {
        try Neo4jLocation(settings: Settings(flags: [:], environment: environment, dotEnv: [:]))
    }

    @Test(arguments: ["bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"])
    func `every scheme is taken`(scheme: String) throws {
        let location = try #require(
            try location(["NEO4J_URI": "\(scheme)://graph.example.com", "NEO4J_PASSWORD": "hunter2"]))
        #expect(location.description == "\(scheme)://graph.example.com:7687")
        #expect(!"\(location)".contains("hunter2"))
        #expect(!String(reflecting: location).contains("hunter2"))
        try location.driver(patience: .seconds(1)).close()
    }

    @Test(arguments: [[:], ["NEO4J_URI": ""], ["NEO4J_URI": "none"], ["NEO4J_URI": "None"], ["NEO4J_USER": "x"]])
    func `without an address, usage is kept in SQLite`(environment: [String: String]) throws {
        #expect(try location(environment) == nil)
    }

    @Test(arguments: [
        "bolt://neo4j:topsecret@host", "http://topsecret", "host", "bolt://topsecret@host:7687/x", "neo4j://a b",
    ])
    func `an address that is none is refused without being shown`(uri: String) throws {
        let error = #expect(throws: CommandError.self) { try location(["NEO4J_URI": uri]) }
        #expect(error?.status == .usage)
        #expect(error?.fix?.contains("NEO4J_PASSWORD") == true)
        #expect(error?.description.contains("topsecret") == false)
    }

    @Test func `a user without a password is asked for one`() throws {
        let error = #expect(throws: CommandError.self) {
            try location(["NEO4J_URI": "bolt://h", "NEO4J_USER": "neo4j"])
        }
        #expect(error?.fix?.contains("NEO4J_PASSWORD") == true)
    }

    @Test func `flags win over the environment, and can turn Neo4j off`() async throws {
        try await CommandHarness.with { harness in
            harness.environment["NEO4J_URI"] = "bolt://127.0.0.1:1"
            let off = await harness.run("usage", "--neo4j-uri", "none")
            #expect(off.errors.contains("there is no database at"))
            let on = await harness.run("usage")
            #expect(on.errors.contains("Neo4j at bolt://127.0.0.1:1"))
            #expect(on.errors.contains("fix: "))
        }
    }

    @Test func `a queue has one gateway`() async throws {
        try await CommandHarness.with { harness in
            let path = harness.directory + "/spool.sqlite"
            #expect(!SpoolLock.isHeld(path: path))
            let lock = try SpoolLock(path: path)
            #expect(SpoolLock.isHeld(path: path))
            let error = #expect(throws: CommandError.self) { _ = try SpoolLock(path: path) }
            #expect(error?.fix?.contains("FLOWMETER_SPOOL") == true)
            withExtendedLifetime(lock) {}
        }
    }
}
