import NIOCore
import Testing

@testable import Bolt

/// What is tried again, how often, and what is not.
@Suite struct RetryTests {
    @Test(
        "A managed transaction is tried again after a transient failure, and only the first try is counted by the server"
    )
    func transient() async throws {
        let clock = ImpatientClock()
        try await TestServer.run { side, _ in
            try await side.accept(.v58, hints: ["telemetry.enabled": .bool(true)])
            try await side.expect(0x54)
            try await side.success()
            for attempt in 0..<3 {
                try await side.expect(0x11)
                try await side.success()
                try await side.expect(0x10)
                try await side.expect(0x3F)
                guard attempt == 2 else {
                    try await side.failure("Neo.TransientError.Transaction.DeadlockDetected")
                    try await side.ignored()
                    try await side.expect(0x0F)
                    try await side.success()
                    continue
                }
                try await side.success(["fields": .list([.string("x")])])
                try await side.record(.integer(7))
                try await side.success()
                try await side.expect(0x12)
                try await side.success(["bookmark": .string("done")])
            }
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)", clock: clock) { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            try await driver.withSession { session in
                let x = try await session.executeWrite { transaction in
                    try await transaction.run("RETURN 7 AS x").single().decode("x", as: Int.self)
                }
                #expect(x == 7)
                #expect(session.bookmarks == ["done"])
            }
        }
        let pauses = clock.sleeps.value
        try #require(pauses.count == 2)
        #expect(pauses[0] >= .milliseconds(800) && pauses[0] <= .milliseconds(1200))
        #expect(pauses[1] >= .milliseconds(1600) && pauses[1] <= .milliseconds(2400))
    }

    @Test(
        "A failure of another kind is not tried again",
        arguments: [
            "Neo.ClientError.Statement.SyntaxError", "Neo.ClientError.Schema.ConstraintValidationFailed",
            "Neo.DatabaseError.General.UnknownError", "Neo.TransientError.Transaction.Terminated", "nonsense",
        ])
    func permanent(_ code: String) async throws {
        try await TestServer.run { side, _ in
            try await side.accept()
            try await side.expect(0x11)
            try await side.success()
            try await side.expect(0x10)
            try await side.expect(0x3F)
            try await side.failure(code)
            try await side.ignored()
            while let message = try await side.next() {
                if message.tag == 0x11 { throw ServerSide.Fault("tried again") }
                if message.tag == 0x0F { try await side.success() }
            }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) { try await driver.executeQuery("RETURN 1") }
            #expect(error?.code == .server)
            #expect(error?.isRetryable == false)
            #expect(error?.gqlStatus == "50N42")
        }
    }

    @Test("A query by itself is tried once more when the server states that nothing happened")
    func idempotent() async throws {
        try await TestServer.run { side, _ in
            try await side.accept(.v58, hints: ["telemetry.enabled": .bool(true)])
            try await side.expect(0x54)
            try await side.success()
            try await side.expect(0x10)
            try await side.expect(0x3F)
            try await side.failure(
                "Neo.DatabaseError.General.UnknownError",
                ["diagnostic_record": .map([.init(key: "_idempotent", value: .bool(true))])])
            try await side.ignored()
            try await side.expect(0x0F)
            try await side.success()
            // Not counted again.
            try await side.serveRows([1])
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            try await driver.withSession { session in
                let record = try await session.run("RETURN 1 AS x").single()
                #expect(record["x"] == 1)
            }
        }
    }

    @Test(
        "A query by itself is not tried again when that is not wanted, or when nothing was stated",
        arguments: [true, false])
    func notIdempotent(_ isStated: Bool) async throws {
        try await TestServer.run { side, _ in
            try await side.accept(.v58)
            try await side.expect(0x10)
            try await side.expect(0x3F)
            let record = TestValue.map([.init(key: "_idempotent", value: .bool(isStated))])
            try await side.failure("Neo.TransientError.General.X", ["diagnostic_record": record])
            try await side.ignored()
            while let message = try await side.next() {
                if message.tag == 0x10 { throw ServerSide.Fault("tried again") }
                if message.tag == 0x0F { try await side.success() }
            }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.retriesAutoCommit = !isStated }
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) {
                try await driver.withSession { try await $0.run("RETURN 1").collect() }
            }
            #expect(error?.server?.code == "Neo.TransientError.General.X")
        }
    }

    @Test("A commit whose answer is lost is not tried again, for it may have happened")
    func lostCommit() async throws {
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("tried again") }
            try await side.accept()
            try await side.expect(0x11)
            try await side.success()
            try await side.serveRows([])
            try await side.expect(0x12)
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) { try await driver.executeQuery("CREATE ()") }
            #expect(error?.code == .commitOutcomeUnknown)
            #expect(error?.isRetryable == false)
            #expect(error?.gqlStatus == "08007")
        }
    }

    @Test("A connection that breaks before the commit is replaced, and the work tried again")
    func lostConnection() async throws {
        try await TestServer.run { side, number in
            try await side.accept()
            try await side.expect(0x11)
            guard number > 0 else { return try await side.abort() }
            try await side.success()
            try await side.serveRows([5])
            try await side.expect(0x12)
            try await side.success()
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            defer { driver.close() }
            let result = try await driver.executeQuery("RETURN 5 AS x")
            #expect(try result.single().decode(Int.self) == 5)
        }
    }

    @Test("Refused credentials are tried again when the provider has others")
    func rotation() async throws {
        let passwords = Box(["old", "new"])
        let provider = BoltRotatingAuthentication {
            (.basic(username: "neo4j", password: passwords.change { $0.removeFirst() }), expires: nil)
        }
        try await TestServer.run { side, number in
            try await side.shakeHands(.v54)
            try await side.expect(0x01)
            try await side.success()
            let logon = try await side.expect(0x6A)
            guard logon.fields[0]["credentials"]?.text == "new" else {
                return try await side.failure("Neo.ClientError.Security.Unauthorized")
            }
            try await side.success()
            try await side.serveEverything()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)", provider: provider)
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
        }
        #expect(passwords.value.isEmpty)
    }

    @Test("The pauses double, vary by a fifth, and end with the time")
    func backoff() {
        var generator = SeededGenerator(seed: 4)
        var backoff = Backoff(initialDelay: .seconds(1), limit: .seconds(30))
        for exponent in 0..<5 {
            let pause = backoff.next(after: .seconds(100 + exponent), using: &generator)
            let base = Duration.seconds(1 << exponent)
            #expect(pause.map { $0 >= base * 4 / 5 && $0 <= base * 6 / 5 } == true)
        }
        // Counted from the first failure, which may come late.
        #expect(backoff.next(after: .seconds(129), using: &generator) != nil)
        #expect(backoff.next(after: .seconds(130), using: &generator) == nil)
    }

    @Test("Credentials are in no description of anything")
    func secrets() async throws {
        let authentication = BoltAuthentication.basic(username: "ada", password: "hunter2")
        var dumped = ""
        dump(authentication, to: &dumped)
        var session = BoltSessionConfiguration()
        session.authentication = authentication
        dump(session, to: &dumped)
        for text in [
            "\(authentication)", String(reflecting: authentication), dumped, "\(session)", String(reflecting: session),
        ] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("ada"))
        }
        let error = #expect(throws: BoltError.self) { try BoltURI("bolt://ada:hunter2@localhost") }
        #expect(error.map { "\($0) \(String(reflecting: $0))" }?.contains("hunter2") == false)
    }
}
