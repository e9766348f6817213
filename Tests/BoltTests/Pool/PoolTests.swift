import NIOCore
import Testing

@testable import Bolt

/// Connections that come from the pool.
@Suite struct PoolTests {
    @Test("A connection is used again, and closed politely at the end")
    func reuse() async throws {
        let farewells = Box(0)
        let (done, finish) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("opened another connection") }
            try await side.accept()
            while let message = try await side.next() {
                switch message.tag {
                case 0x02: farewells.change { $0 += 1 }
                case 0x10: try await side.success(["fields": .list([])])
                default: try await side.success()
                }
            }
            finish.yield()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            for _ in 0..<5 { _ = try await driver.executeQuery("RETURN 1") }
            #expect(driver.poolMetrics.first?.opened == 1)
            #expect(driver.poolMetrics.first?.acquired == 5)
            driver.close()
            for await _ in done { break }
            let error = await #expect(throws: BoltError.self) { try await driver.executeQuery("RETURN 1") }
            #expect(error?.code == .driverClosed)
        }
        #expect(farewells.value == 1)
    }

    @Test("A connection that the server closed while it was idle is not given out")
    func closedWhileIdle() async throws {
        let (closed, close) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { side, number in
            try await side.accept()
            guard number == 0 else { return try await side.serveEverything() }
            try await side.serveRows([1])
            for await _ in closed { break }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            defer { driver.close() }
            _ = try await driver.withSession { try await $0.run("RETURN 1").collect() }
            close.yield()
            while driver.poolMetrics.first?.idle != 0 { await Task.yield() }
            _ = try await driver.withSession { try await $0.run("RETURN 1").collect() }
            #expect(driver.poolMetrics.first?.opened == 2)
        }
    }

    @Test("A connection that was idle for long is tested first, and replaced when it is dead")
    func liveness() async throws {
        try await TestServer.run { side, number in
            try await side.accept()
            try await side.serveRows([Int64(number)])
            // Dead: it takes the test, and answers with the end.
            if number == 0 { try await side.expect(0x0F) } else { _ = try await side.next() }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.livenessCheckTimeout = .zero }
            defer { driver.close() }
            for expected in 0..<2 {
                let record = try await driver.withSession { try await $0.run("RETURN 1").single() }
                #expect(try record.decode(Int.self) == expected)
            }
        }
    }

    @Test("A connection over its age is replaced")
    func lifetime() async throws {
        try await TestServer.run { side, _ in
            try await side.serveAll()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumConnectionLifetime = .zero }
            defer { driver.close() }
            for _ in 0..<3 { _ = try await driver.executeQuery("RETURN 1") }
            #expect(driver.poolMetrics.first?.opened == 3)
        }
    }

    @Test("Nobody waits longer than the acquisition timeout: in the queue, for TCP, or for a silent server")
    func acquisitionTimeout() async throws {
        try await TestServer.run { side, _ in
            // Says nothing.
            _ = try await side.bytes(20)
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.maximumPoolSize = 1
                configuration.acquisitionTimeout = .milliseconds(50)
                configuration.maximumRetryTime = .zero
            }
            defer { driver.close() }
            await withTaskGroup(of: BoltError?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do throws(BoltError) { try await driver.verifyConnectivity() } catch { return error }
                        return nil
                    }
                }
                for await error in group { #expect(error?.code == .acquisitionTimeout) }
            }
            #expect(driver.poolMetrics.first?.opening == 0)
        }
    }

    @Test("A result that nobody reads gives its connection back")
    func abandonedResult() async throws {
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("opened another connection") }
            try await side.accept()
            try await side.expect(0x10)
            try await side.expect(0x3F)
            try await side.success(["fields": .list([.string("x")])])
            try await side.record(.integer(1))
            try await side.success(["has_more": .bool(true)])
            try await side.expect(0x2F)
            try await side.success()
            try await side.serveEverything()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.maximumPoolSize = 1
                configuration.fetchSize = 1
            }
            defer { driver.close() }
            try await driver.withSession { session in _ = try await session.run("RETURN 1") }
            #expect(try await driver.executeQuery("RETURN 2").records.count == 1)
        }
    }

    @Test("Credentials of a session replace the driver's on the same connection")
    func sessionCredentials() async throws {
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("opened another connection") }
            try await side.accept()
            try await side.serveRows([1])
            try await side.expect(0x6B)
            let logon = try await side.expect(0x6A)
            #expect(logon.fields[0]["principal"]?.text == "ada")
            try await side.success()
            try await side.success()
            try await side.serveRows([2])
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            _ = try await driver.withSession { try await $0.run("RETURN 1").collect() }
            var session = BoltSessionConfiguration()
            session.authentication = .basic(username: "ada", password: "x")
            let record = try await driver.withSession(session) { try await $0.run("RETURN 2").single() }
            #expect(record["x"] == 2)
        }
    }

    @Test("Expired authorization retires every connection to the server")
    func expiredAuthorization() async throws {
        try await TestServer.run { side, number in
            try await side.accept()
            guard number == 0 else { return try await side.serveEverything() }
            try await side.expect(0x11)
            try await side.success()
            try await side.expect(0x10)
            try await side.expect(0x3F)
            try await side.failure("Neo.ClientError.Security.AuthorizationExpired")
            try await side.ignored()
            while let message = try await side.next() { if message.tag == 0x0F { try await side.success() } }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
            #expect(driver.poolMetrics.first?.opened == 2)
        }
    }

    @Test("Before 5.1 credentials cannot change on a connection, so another one is opened for them")
    func sessionCredentialsBefore51() async throws {
        let principals = Box<[String?]>([])
        try await TestServer.run { side, _ in
            try await side.shakeHands(.v50)
            let hello = try await side.expect(0x01)
            principals.change { $0.append(hello.fields[0]["principal"]?.text) }
            try await side.success()
            try await side.serveEverything()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            for user in ["neo4j", "neo4j", "ada"] {
                var query = BoltQueryConfiguration()
                query.authentication = .basic(username: user, password: "secret")
                _ = try await driver.executeQuery("RETURN 1", configuration: query)
            }
            #expect(driver.poolMetrics.first?.opened == 2)
            #expect(driver.poolMetrics.first?.closed == 1)
        }
        #expect(principals.value == ["neo4j", "ada"])
    }

    @Test("A connection that was idle for too long is closed: by the regular sweep, or at its next use")
    func idle() async throws {
        try await TestServer.run { side, _ in
            try await side.serveAll()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.idleTimeout = .zero }
            defer { driver.close() }
            for opened in 1...2 {
                _ = try await driver.executeQuery("RETURN 1")
                #expect(driver.poolMetrics.first?.opened == opened)
            }
            #expect(driver.poolMetrics.first?.idle == 1)
            driver.router.sweep()
            #expect(driver.poolMetrics.first?.idle == 0)
            #expect(driver.poolMetrics.first?.closed == 2)
        }
    }

    @Test("No more connections are opened than the pool may have, and whoever waits is counted")
    func limit() async throws {
        let (open, most) = (Box(0), Box(0))
        try await TestServer.run { side, _ in
            let now = open.change { open in
                open += 1
                return open
            }
            most.change { $0 = max($0, now) }
            try await side.serveAll()
            open.change { $0 -= 1 }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 3 }
            defer { driver.close() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<30 { group.addTask { _ = try await driver.executeQuery("RETURN 1") } }
                try await group.waitForAll()
            }
            let metrics = try #require(driver.poolMetrics.first)
            #expect(metrics.acquired == 30)
            #expect(metrics.opened <= 3)
            #expect(metrics.idle == metrics.opened)
            #expect(metrics.inUse == 0 && metrics.waiting == 0 && metrics.timedOut == 0 && metrics.failedToOpen == 0)
        }
        #expect(most.value <= 3)
    }

    @Test("Beyond the allowed number of waiters, work is refused at once")
    func waiters() async throws {
        try await TestServer.run { side, _ in
            try await side.serveAll()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.maximumPoolSize = 1
                configuration.maximumWaiters = 0
            }
            defer { driver.close() }
            try await driver.withSession { session in
                try await session.withTransaction { transaction in
                    _ = try await transaction.execute("RETURN 1")
                    let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
                    #expect(error?.code == .poolExhausted)
                }
            }
            try await driver.verifyConnectivity()
        }
    }
}
