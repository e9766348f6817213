import NIOCore
import Testing

@testable import Bolt

/// Routing tables that grow old, and servers that are gone.
@Suite struct RoutingRefreshTests {
    /// Answers for a router whose table is `table`, which is told the router's own address and the call's number.
    private static func route(
        _ side: inout ServerSide, _ calls: Box<Int>,
        _ table: @Sendable (_ own: BoltAddress, _ call: Int) -> [String: TestValue]
    ) async throws {
        try await side.accept()
        let own = BoltAddress(host: "127.0.0.1", port: side.channel.localAddress?.port ?? 0)
        while let message = try await side.next() {
            switch message.tag {
            case 0x66:
                let call = calls.change { calls in
                    calls += 1
                    return calls
                }
                try await side.success(table(own, call))
            case 0x10: try await side.success(["fields": .list([.string("x")])])
            case 0x3F:
                try await side.record(.integer(1))
                try await side.success(["bookmark": .string("b")])
            case 0x02: return
            default: try await side.success()
            }
        }
    }

    @Test("A table is used until it expires, then fetched again", arguments: [(300, 1), (0, 3)])
    func expiry(_ ttl: Int64, _ fetches: Int) async throws {
        let calls = Box(0)
        try await TestServer.run { side, _ in
            try await Self.route(&side, calls) { own, _ in
                RoutingTests.table(routers: [own], readers: [own], writers: [own], ttl: ttl, database: "d")
            }
        } _: { address in
            let driver = try BoltDriver.test("neo4j://\(address)")
            defer { driver.close() }
            for _ in 0..<3 {
                _ = try await driver.executeQuery("RETURN 1", configuration: BoltQueryConfiguration(database: "d"))
            }
        }
        #expect(calls.value == fetches)
    }

    @Test("A reader that cannot be reached is left out, and another one read from")
    func deadReader() async throws {
        let calls = Box(0)
        try await TestServer.run { side, _ in
            try await Self.route(&side, calls) { own, _ in
                // Nobody listens there.
                let dead = BoltAddress(host: "127.0.0.1", port: 1)
                return RoutingTests.table(routers: [own], readers: [dead, own], writers: [own])
            }
        } _: { address in
            let driver = try BoltDriver.test("neo4j://\(address)")
            defer { driver.close() }
            for _ in 0..<20 {
                let reading = BoltQueryConfiguration(database: "d", accessMode: .read)
                #expect(try await driver.executeQuery("RETURN 1", configuration: reading).records.count == 1)
            }
        }
        #expect(calls.value == 1)
    }

    @Test("While a cluster elects its writer, writing is tried again and reading goes on")
    func election() async throws {
        let calls = Box(0)
        try await TestServer.run { side, _ in
            try await Self.route(&side, calls) { own, call in
                RoutingTests.table(routers: [own], readers: [own], writers: call < 4 ? [] : [own])
            }
        } _: { address in
            let driver = try BoltDriver.test("neo4j://\(address)")
            defer { driver.close() }
            let reading = BoltQueryConfiguration(database: "d", accessMode: .read)
            #expect(try await driver.executeQuery("RETURN 1", configuration: reading).records.count == 1)
            #expect(calls.value == 1)
            let writing = BoltQueryConfiguration(database: "d")
            #expect(try await driver.executeQuery("RETURN 1", configuration: writing).records.count == 1)
        }
        #expect(calls.value == 4)
    }

    @Test("Connections to a server that left the cluster are closed by the regular sweep")
    func departure() async throws {
        try await TestServer.run { side, _ in
            try await side.serveAll()
        } _: { leaving in
            let calls = Box(0)
            try await TestServer.run { side, _ in
                try await Self.route(&side, calls) { own, call in
                    RoutingTests.table(
                        routers: [own], readers: [call == 1 ? leaving : own], writers: [own], ttl: call == 1 ? 0 : 300,
                        database: "d")
                }
            } _: { address in
                let driver = try BoltDriver.test("neo4j://\(address)")
                defer { driver.close() }
                let reading = BoltQueryConfiguration(database: "d", accessMode: .read)
                _ = try await driver.executeQuery("RETURN 1", configuration: reading)
                #expect(Set(driver.poolMetrics.map(\.address)) == [address, leaving])
                _ = try await driver.executeQuery("RETURN 1", configuration: reading)
                #expect(calls.value == 2)
                driver.router.sweep()
                #expect(driver.poolMetrics.map(\.address) == [address])
            }
        }
    }

    @Test("Impersonation and bookmarks are part of what a table is asked for")
    func request() async throws {
        let asked = Box<[TestValue]>([])
        try await TestServer.run { side, _ in
            try await side.accept()
            let own = BoltAddress(host: "127.0.0.1", port: side.channel.localAddress?.port ?? 0)
            let route = try await side.expect(0x66)
            asked.change { $0 = route.fields }
            try await side.success(RoutingTests.table(routers: [own], readers: [own], writers: [own]))
            try await side.serveEverything()
        } _: { address in
            let driver = try BoltDriver.test("neo4j://\(address)")
            defer { driver.close() }
            var settings = BoltSessionConfiguration(database: "d")
            settings.impersonatedUser = "grace"
            settings.bookmarks = ["m1"]
            _ = try await driver.withSession(settings) { try await $0.run("RETURN 1").collect() }
        }
        #expect(asked.value.count == 3)
        #expect(asked.value[1] == .list([.string("m1")]))
        #expect(asked.value[2]["db"]?.text == "d")
        #expect(asked.value[2]["imp_user"]?.text == "grace")
    }

    @Test("One task at a time passes the turnstile, in order; who is cancelled leaves the line")
    func turnstile() async throws {
        let turnstile = Turnstile()
        let passed = Box<[Int]>([])
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: BoltError?.self) { group in
            group.addTask {
                do throws(BoltError) {
                    try await turnstile.pass { () throws(BoltError) in
                        enter.yield()
                        for await _ in released { break }
                        passed.change { $0.append(0) }
                    }
                } catch { return error }
                return nil
            }
            for await _ in entered { break }
            // Cancelled from the start: it waits for nobody.
            let cancelled = await withTaskGroup(of: BoltError?.self) { inner in
                inner.cancelAll()
                inner.addTask {
                    do throws(BoltError) {
                        try await turnstile.pass { () throws(BoltError) in passed.change { $0.append(1) } }
                    } catch { return error }
                    return nil
                }
                return await inner.next() ?? nil
            }
            #expect(cancelled?.code == .cancelled)
            release.yield()
            for await error in group { #expect(error == nil) }
        }
        await #expect(throws: Never.self) {
            try await turnstile.pass { () throws(BoltError) in passed.change { $0.append(2) } }
        }
        #expect(passed.value == [0, 2])
    }
}
