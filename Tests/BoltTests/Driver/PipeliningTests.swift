import NIOCore
import Testing

@testable import Bolt

/// What goes out without waiting: the servers here answer nothing before they have read all that must come at once.
@Suite struct PipeliningTests {
    private static func expect(_ tags: [UInt8], _ side: inout ServerSide) async throws {
        for tag in tags { try await side.expect(tag) }
    }

    private static func driver(_ address: BoltAddress) throws -> BoltDriver {
        try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
    }

    @Test("A transaction whose queries are known is one round trip, and reads each result to its end")
    func wholeTransaction() async throws {
        try await TestServer.run { side, _ in
            try await side.accept()
            try await Self.expect([0x11, 0x10, 0x3F, 0x10], &side)
            #expect(try await side.expect(0x3F).fields[0]["n"] == .integer(-1))
            try await side.expect(0x12)
            try await side.success()
            for row in [1, 2] {
                try await side.success(["fields": .list([.string("x")])])
                try await side.record(.integer(Int64(row)))
                try await side.success()
            }
            try await side.success(["bookmark": .string("b")])
            _ = try await side.next()
        } _: { address in
            let driver = try Self.driver(address)
            defer { driver.close() }
            let results = try await driver.executeTransaction(["RETURN 1 AS x", "RETURN 2 AS x"])
            #expect(results.count == 2)
            for (index, result) in results.enumerated() {
                #expect(try result.single().decode(Int.self) == index + 1)
            }
        }
    }

    @Test(
        "When a query of such a transaction fails, that is known, nothing is committed, and the connection stays"
    )
    func failingTransaction() async throws {
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("opened another connection") }
            try await side.accept()
            try await Self.expect([0x11, 0x10, 0x3F, 0x10, 0x3F, 0x12], &side)
            try await side.success()
            try await side.success(["fields": .list([])])
            try await side.success()
            try await side.failure("Neo.ClientError.Statement.SyntaxError")
            for _ in 0..<2 { try await side.ignored() }
            try await side.serveEverything()
        } _: { address in
            let driver = try Self.driver(address)
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) {
                try await driver.executeTransaction(["CREATE ()", "RETRUN 2"])
            }
            #expect(error?.code == .server)
            #expect(error?.server?.code == "Neo.ClientError.Statement.SyntaxError")
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
        }
    }

    @Test("When the connection breaks under such a transaction, its outcome is unknown, and it is not tried again")
    func lostTransaction() async throws {
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("tried again") }
            try await side.accept()
            try await Self.expect([0x11, 0x10, 0x3F, 0x12], &side)
            try await side.abort()
        } _: { address in
            let driver = try Self.driver(address)
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) { try await driver.executeTransaction(["CREATE ()"]) }
            #expect(error?.code == .commitOutcomeUnknown)
            #expect(error?.isRetryable == false)
        }
    }

    @Test("executeQuery takes two round trips: BEGIN, RUN and PULL, then COMMIT")
    func executeQuery() async throws {
        try await TestServer.run { side, _ in
            try await side.accept()
            try await Self.expect([0x11, 0x10, 0x3F], &side)
            try await side.success()
            try await side.success(["fields": .list([.string("x")])])
            try await side.record(.integer(3))
            try await side.success()
            try await side.expect(0x12)
            try await side.success()
            _ = try await side.next()
        } _: { address in
            let driver = try Self.driver(address)
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 3 AS x").single().decode(Int.self) == 3)
        }
    }

    @Test("The BEGIN of a managed transaction is not waited for")
    func managed() async throws {
        try await TestServer.run { side, _ in
            try await side.accept()
            let begin = try await side.expect(0x11)
            #expect(begin.fields[0]["mode"]?.text == "r")
            let run = try await side.expect(0x10)
            #expect(run.fields[2] == .map([]))
            try await side.expect(0x3F)
            try await side.success()
            try await side.success(["fields": .list([.string("x")])])
            try await side.record(.integer(4))
            try await side.success()
            try await side.expect(0x12)
            try await side.success()
            _ = try await side.next()
        } _: { address in
            let driver = try Self.driver(address)
            defer { driver.close() }
            let x = try await driver.withSession { session in
                try await session.executeRead { try await $0.run("RETURN 4 AS x").single().decode(Int.self) }
            }
            #expect(x == 4)
        }
    }

    @Test("The next records are asked for while the last ones are read, and no earlier")
    func prefetch() async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { side, _ in
            try await side.accept()
            try await side.expect(0x10)
            #expect(try await side.expect(0x3F).fields[0]["n"] == .integer(10))
            try await side.success(["fields": .list([.string("x")])])
            for row in Int64(0)..<10 { try await side.record(.integer(row)) }
            try await side.success(["has_more": .bool(true)])
            try await side.expect(0x3F)
            ask.yield()
            for row in Int64(10)..<20 { try await side.record(.integer(row)) }
            try await side.success()
            _ = try await side.next()
        } _: { address in
            let driver = try Self.driver(address)
            defer { driver.close() }
            var settings = BoltSessionConfiguration()
            settings.fetchSize = 10
            try await driver.withSession(settings) { session in
                var rows: [Int64] = []
                var reader = try await session.run("RETURN 1").makeAsyncIterator()
                while rows.count < 9, let record = try await reader.next() { rows.append(record[0]?.integer ?? -1) }
                // One record of ten is unread; were the rest not asked for already, this would wait for ever.
                for await _ in asked { break }
                while let record = try await reader.next() { rows.append(record[0]?.integer ?? -1) }
                #expect(rows == Array(0..<20))
            }
        }
    }
}
