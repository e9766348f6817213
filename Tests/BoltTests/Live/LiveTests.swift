import NIOCore
import TestServers
import Testing

@testable import Bolt

/// The driver against a real server.
@Suite(.withArcadeDB) struct LiveTests {
    @Test(
        "A server says who it is, in every version it speaks",
        arguments: [BoltVersion.v44, .v50, .v51, .v52, .v53, .v54])
    func versions(_ version: BoltVersion) async throws {
        let driver = try WithArcadeDB.server.driver { $0.onlyVersion = version }
        defer { driver.close() }
        let server = try await driver.verifyConnectivity()
        #expect(server.protocolVersion == version)
        #expect(server.agent.contains("ArcadeDB"))
        let result = try await driver.executeQuery("RETURN \(1) AS x, \("é") AS y, \([1, nil, 3]) AS z")
        let (x, y, z) = try result.single().decode(Int.self, String.self, [Int?].self)
        #expect(x == 1)
        #expect(y == "é")
        #expect(z == [1, nil, 3])
    }

    @Test("Values of every type come back as they were sent", arguments: [BoltVersion.v50, .v54])
    func roundTrips(_ version: BoltVersion) async throws {
        let driver = try WithArcadeDB.server.driver { $0.onlyVersion = version }
        defer { driver.close() }
        let values: [any BoltEncodable] = [
            Int64.min, Int64.max, 0.1, -Double.infinity, "漢🙂", ByteBuffer(bytes: [0, 1, 255]), [1, 2],
            ["a": ["b": true]],
            BoltDate(daysSinceEpoch: -1), BoltTime(nanosecondsSinceMidnight: 45_296_500_000_000, offsetSeconds: 7200),
            BoltLocalTime(nanosecondsSinceMidnight: 1), BoltLocalDateTime(seconds: 1_709_210_096, nanoseconds: 5),
            BoltDateTime(seconds: 1_709_190_296, nanoseconds: 1, zone: .offset(19_800)),
            BoltDateTime(seconds: 1_719_820_800, nanoseconds: 0, zone: .identifier("Europe/Paris")),
            BoltDuration(months: 14, days: 3, seconds: 14_706, nanoseconds: 789_000_000),
            BoltPoint(.wgs84, x: 12.5, y: 55.7), BoltPoint(.cartesianWith3Dimensions, x: 1, y: 2, z: 3),
        ]
        for value in values {
            let result = try await driver.executeQuery(BoltQuery("RETURN $v AS v", ["v": value]))
            let encoded = try Self.encode(value)
            #expect(try result.single()["v"] == encoded)
        }
    }

    private static func encode(_ value: any BoltEncodable) throws -> BoltValue { try BoltValue(value) }

    @Test("A query that is wrong says so, and the connection goes on")
    func syntaxError() async throws {
        let driver = try WithArcadeDB.server.driver { $0.maximumPoolSize = 1 }
        defer { driver.close() }
        try await driver.withSession(.init(database: "neo4j")) { session in
            let error = await #expect(throws: BoltError.self) { try await session.run("RETRUN 1") }
            #expect(error?.server?.code == "Neo.ClientError.Statement.SyntaxError")
            #expect(error?.isRetryable == false)
            let record = try await session.run("RETURN 1 AS x").single()
            #expect(record["x"] == 1)
        }
        #expect(driver.poolMetrics.first?.opened == 1)
    }

    @Test("A wrong password is refused, and does not hang the pool")
    func wrongPassword() async throws {
        let address = try WithArcadeDB.server.address
        let driver = try BoltDriver(
            "bolt://\(address)", authentication: .basic(username: "root", password: "wrong"), configuration: .patient)
        defer { driver.close() }
        let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
        #expect(error?.server?.code == "Neo.ClientError.Security.Unauthorized")
        #expect(driver.poolMetrics.first?.opening == 0)
    }

    @Test("A large result is streamed to its end, and part of it can be left unread")
    func streaming() async throws {
        let driver = try WithArcadeDB.server.driver { $0.maximumPoolSize = 1 }
        defer { driver.close() }
        try await driver.withSession(.init(database: "neo4j")) { session in
            var sum = 0
            for try await record in try await session.run(
                "UNWIND range(1, 20000) AS i RETURN i, 'row-' + toString(i) AS s")
            {
                let (i, s) = try record.decode(Int.self, String.self)
                sum += i
                guard s == "row-\(i)" else { throw ArcadeDB.Fault(description: "row \(i) says \(s)") }
            }
            #expect(sum == 200_010_000)
            let partial = try await session.run("UNWIND range(1, 20000) AS i RETURN i")
            for try await record in partial where record[0] == 3 { break }
            try await partial.consume()
            #expect(try await session.run("RETURN 1 AS x").single()["x"] == 1)
        }
    }

    @Test("Two results of one transaction are read in turns")
    func twoResults() async throws {
        let driver = try WithArcadeDB.server.driver { $0.fetchSize = 2 }
        defer { driver.close() }
        try await driver.withSession(.init(database: "neo4j")) { session in
            try await session.withTransaction { transaction in
                let first = try await transaction.run("UNWIND range(1, 7) AS i RETURN i")
                let second = try await transaction.run("UNWIND range(11, 17) AS i RETURN i")
                var (a, b) = (first.makeAsyncIterator(), second.makeAsyncIterator())
                for i in 1...7 {
                    #expect(try await a.next()?[0]?.integer == Int64(i))
                    #expect(try await b.next()?[0]?.integer == Int64(i + 10))
                }
                #expect(try await a.next() == nil)
            }
        }
    }

    @Test("A transaction that throws leaves nothing behind, with results open or not", arguments: [false, true])
    func rollback(_ leavesOpen: Bool) async throws {
        let driver = try WithArcadeDB.server.driver()
        defer { driver.close() }
        let label = "Rollback\(leavesOpen)"
        await #expect(throws: ArcadeDB.Fault.self) {
            try await driver.withSession(.init(database: "neo4j")) { session in
                try await session.executeWrite { transaction in
                    _ = try await transaction.execute("CREATE (:\(identifier: label))")
                    if leavesOpen { _ = try await transaction.run("UNWIND range(1, 5000) AS i RETURN i") }
                    throw ArcadeDB.Fault(description: "changed my mind")
                }
            }
        }
        let count = try await driver.executeQuery("MATCH (n:\(identifier: label)) RETURN count(n)")
        #expect(try count.single().decode(Int.self) == 0)
    }

    @Test("A whole transaction in one write happens together or not at all")
    func pipelined() async throws {
        let driver = try WithArcadeDB.server.driver { $0.maximumPoolSize = 1 }
        defer { driver.close() }
        let results = try await driver.executeTransaction([
            "CREATE (:Piped {n: \(1)})", "CREATE (:Piped {n: \(2)})", "MATCH (n:Piped) RETURN n.n ORDER BY n.n",
        ])
        #expect(results[0].summary.counters.nodesCreated == 1)
        #expect(try results[2].decode(Int.self) == [1, 2])
        await #expect(throws: BoltError.self) {
            try await driver.executeTransaction(["CREATE (:Piped {n: 3})", "RETRUN 1", "CREATE (:Piped {n: 4})"])
        }
        #expect(try await driver.executeQuery("MATCH (n:Piped) RETURN count(n)").single().decode(Int.self) == 2)
        #expect(driver.poolMetrics.first?.opened == 1)
    }

    @Test("Nodes, relationships and paths are decoded; nodes become structs")
    func graph() async throws {
        struct Person: Decodable, Equatable {
            var name: String
            var age: Int?
        }
        let driver = try WithArcadeDB.server.driver()
        defer { driver.close() }
        _ = try await driver.executeQuery(
            "CREATE (:Live {name: 'Ann', age: 30})-[:KNOWS {since: 2020}]->(:Live {name: 'Bob'})")
        let record = try await driver.executeQuery("MATCH p = (a:Live {name: 'Ann'})-[r]->(b) RETURN a, r, b, p")
            .single()
        #expect(try record.decodeColumn("a", as: Person.self) == Person(name: "Ann", age: 30))
        #expect(try record.decodeColumn("b", as: Person.self) == Person(name: "Bob"))
        let (a, r, b, p) = try record.decode(BoltNode.self, BoltRelationship.self, BoltNode.self, BoltPath.self)
        #expect(r.type == "KNOWS")
        #expect(r["since"] == 2020)
        #expect(r.startElementID == a.elementID)
        #expect(p.nodes.map(\.elementID) == [a.elementID, b.elementID])
        #expect(p.relationships.first?.endElementID == b.elementID)
    }

    @Test("Routing finds the server through itself")
    func routing() async throws {
        let driver = try WithArcadeDB.server.driver("neo4j")
        defer { driver.close() }
        for mode in [BoltAccessMode.read, .write] {
            let result = try await driver.executeQuery(
                "RETURN 1 AS x", configuration: BoltQueryConfiguration(database: "neo4j", accessMode: mode))
            #expect(try result.single().decode(Int.self) == 1)
        }
        #expect(try await driver.executeQuery("RETURN 2").single().decode(Int.self) == 2)
    }

    @Test("Four writers that merge the same nodes make each once, when they try again after losing a race")
    func constraintRaces() async throws {
        let driver = try WithArcadeDB.server.driver()
        defer { driver.close() }
        _ = try await driver.withSession { session in
            try await session.run("CREATE CONSTRAINT race IF NOT EXISTS FOR (r:Race) REQUIRE r.id IS UNIQUE").consume()
        }
        let lost = Box(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for id in 0..<50 {
                        while true {
                            do throws(BoltError) {
                                try await driver.executeQuery("MERGE (r:Race {id: \(id)})")
                                break
                            } catch {
                                guard error.server?.isConstraintViolation == true else { throw error }
                                lost.change { $0 += 1 }
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await driver.executeQuery("MATCH (r:Race) RETURN count(r)").single().decode(Int.self) == 50)
    }

    @Test("Increments that meet are all counted, as managed transactions try again")
    func conflicts() async throws {
        let driver = try WithArcadeDB.server.driver()
        defer { driver.close() }
        _ = try await driver.executeQuery("CREATE (:Counter {v: 0})")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<25 { _ = try await driver.executeQuery("MATCH (c:Counter) SET c.v = c.v + 1") }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await driver.executeQuery("MATCH (c:Counter) RETURN c.v").single().decode(Int.self) == 100)
        #expect(driver.poolMetrics.first?.inUse == 0)
    }

    @Test("Ten thousand rows go in as one parameter, written by the type itself")
    func unwind() async throws {
        struct Row: BoltEncodable {
            var id: Int
            var text: String

            func encode(to writer: inout PackStreamWriter) throws(BoltError) {
                try writer.writeMapHeader(count: 2)
                try writer.write(key: "id", id)
                try writer.write(key: "text", text)
            }
        }
        let driver = try WithArcadeDB.server.driver()
        defer { driver.close() }
        let rows = (0..<10_000).map { Row(id: $0, text: "row \($0)") }
        let result = try await driver.executeQuery("UNWIND \(rows) AS r RETURN count(r), sum(r.id), max(r.text)")
        let (count, sum, last) = try result.single().decode(Int.self, Int.self, String.self)
        #expect(count == 10_000)
        #expect(sum == 49_995_000)
        #expect(last == "row 9999")
    }
}
