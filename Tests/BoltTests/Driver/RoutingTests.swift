import NIOCore
import Testing

@testable import Bolt

/// The servers of a cluster and their roles.
@Suite struct RoutingTests {
    static func table(
        routers: [BoltAddress], readers: [BoltAddress], writers: [BoltAddress], ttl: Int64 = 300,
        database: String? = nil
    ) -> [String: TestValue] {
        func servers(_ role: String, _ addresses: [BoltAddress]) -> TestValue {
            .map([
                .init(key: "role", value: .string(role)),
                .init(key: "addresses", value: .list(addresses.map { .string("\($0)") })),
            ])
        }
        let list = TestValue.list([servers("ROUTE", routers), servers("READ", readers), servers("WRITE", writers)])
        return [
            "rt": .map([
                .init(key: "ttl", value: .integer(ttl)), .init(key: "servers", value: list),
                .init(key: "db", value: database.map(TestValue.string) ?? .null),
            ])
        ]
    }

    private static func map(_ metadata: [String: TestValue]) throws -> BoltMap {
        try #require(
            try BoltValue(TestValue.map(metadata.map { TestValue.Pair(key: $0.key, value: $0.value) })).map)
    }

    @Test("A table is fresh until it expires, for the roles that it has")
    func freshness() throws {
        let (a, b) = (BoltAddress(host: "a"), BoltAddress(host: "b", port: 1))
        let now = NIODeadline.uptimeNanoseconds(0)
        var table = try RoutingTable(
            Self.map(Self.table(routers: [a], readers: [a, b], writers: [b], ttl: 10, database: "home")), now: now)
        #expect(table.database == "home")
        #expect(table.isFresh(for: .write, at: now + .seconds(9)))
        #expect(!table.isFresh(for: .write, at: now + .seconds(10)))
        table.removeWriter(b)
        #expect(!table.isFresh(for: .write, at: now))
        #expect(table.servers(.read) == [a, b])
        table.remove(a)
        #expect(!table.isFresh(for: .read, at: now))
    }

    @Test("A table without writers is taken, one without routers or readers is not")
    func roles() throws {
        let a = BoltAddress(host: "a")
        let now = NIODeadline.now()
        #expect(try RoutingTable(Self.map(Self.table(routers: [a], readers: [a], writers: [])), now: now).lackedWriters)
        for (routers, readers) in [([], [a]), ([a], [])] {
            let error = #expect(throws: BoltError.self) {
                try RoutingTable(Self.map(Self.table(routers: routers, readers: readers, writers: [a])), now: now)
            }
            #expect(error?.code == .routing)
        }
        #expect(throws: BoltError.self) { try RoutingTable(Self.map([:]), now: now) }
    }

    @Test("Reads go to the reader, writes to the writer, and a writer that lost its role is replaced")
    func switches() async throws {
        // As recorded: the first writer refuses, the table is fetched again on the router's connection, and the work is
        // done by the new writer.
        try await TestServer.run { second, _ in
            try await second.accept()
            try await second.serveEverything(row: 2)
        } _: { new in
            let begun = Box(0)
            try await TestServer.run { first, _ in
                try await first.accept()
                while let message = try await first.next() {
                    switch message.tag {
                    case 0x11:
                        begun.change { $0 += 1 }
                        try await first.success()
                    case 0x10: try await first.failure("Neo.ClientError.Cluster.NotALeader")
                    case 0x3F: try await first.ignored()
                    case 0x0F: try await first.success()
                    case 0x02: return
                    default: throw ServerSide.Fault("sent \(message)")
                    }
                }
            } _: { old in
                let calls = Box(0)
                try await TestServer.run { router, _ in
                    try await router.accept()
                    while let message = try await router.next() {
                        switch message.tag {
                        case 0x66:
                            guard message.fields[0]["region"]?.text == "eu" else {
                                throw ServerSide.Fault("sent no context: \(message.fields)")
                            }
                            let call = calls.change { calls in
                                calls += 1
                                return calls
                            }
                            let address = try BoltAddress(message.fields[0]["address"]?.text ?? "")
                            try await router.success(
                                RoutingTests.table(
                                    routers: [address], readers: [new], writers: [call == 1 ? old : new],
                                    database: "home"))
                        case 0x02: return
                        default: try await router.success()
                        }
                    }
                } _: { address in
                    let driver = try BoltDriver.test("neo4j://\(address)?region=eu")
                    defer { driver.close() }
                    #expect(try await driver.executeQuery("CREATE ()").single()["x"] == 2)
                    var reading = BoltQueryConfiguration(accessMode: .read)
                    reading.database = "home"
                    #expect(try await driver.executeQuery("RETURN 1", configuration: reading).single()["x"] == 2)
                    #expect(calls.value == 2)
                    #expect(begun.value == 1)
                    #expect(driver.poolMetrics.count == 3)
                }
            }
        }
    }

    @Test("A cluster is found through any of its members")
    func severalAddresses() async throws {
        try await TestServer.run { side, _ in
            try await side.accept()
            while let message = try await side.next() {
                switch message.tag {
                case 0x66:
                    let own = BoltAddress(host: "127.0.0.1", port: side.channel.localAddress?.port ?? 0)
                    try await side.success(RoutingTests.table(routers: [own], readers: [own], writers: [own]))
                case 0x10: try await side.success(["fields": .list([.string("x")])])
                case 0x02: return
                default: try await side.success()
                }
            }
        } _: { address in
            // Nobody listens on the first port.
            let driver = try BoltDriver(
                "neo4j://127.0.0.1:1", additionalAddresses: [address], authentication: .none, configuration: .patient)
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 1").records.isEmpty)
        }
    }

    @Test("A resolver is asked for the first router")
    func resolver() async throws {
        struct Resolver: BoltResolver {
            let target: BoltAddress
            func resolve(_ address: BoltAddress) async throws -> [BoltAddress] {
                #expect(address.host == "cluster.example")
                return [BoltAddress(host: "127.0.0.1", port: 1), target]
            }
        }
        try await TestServer.run { side, _ in
            try await side.accept()
            let route = try await side.expect(0x66)
            #expect(route.fields[0]["address"]?.text == "cluster.example:7687")
            let own = BoltAddress(host: "127.0.0.1", port: side.channel.localAddress?.port ?? 0)
            try await side.success(RoutingTests.table(routers: [own], readers: [own], writers: []))
            try await side.serveEverything()
        } _: { address in
            let driver = try BoltDriver.test("neo4j://cluster.example") { configuration in
                configuration.resolver = Resolver(target: address)
                configuration.maximumRetryTime = .zero
            }
            defer { driver.close() }
            try await driver.verifyConnectivity()
        }
    }

    @Test("A database that does not exist is an error at once")
    func unknownDatabase() async throws {
        try await TestServer.run { side, _ in
            try await side.accept()
            try await side.expect(0x66)
            try await side.failure("Neo.ClientError.Database.DatabaseNotFound")
            while let message = try await side.next() { if message.tag == 0x0F { try await side.success() } }
        } _: { address in
            let driver = try BoltDriver.test("neo4j://\(address)")
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) {
                try await driver.executeQuery("RETURN 1", configuration: BoltQueryConfiguration(database: "nope"))
            }
            #expect(error?.server?.code == "Neo.ClientError.Database.DatabaseNotFound")
        }
    }

    @Test(
        "An address is read",
        arguments: [
            ("bolt://localhost", "bolt://localhost:7687"), ("bolt+s://a.example:1", "bolt+s://a.example:1"),
            ("neo4j://[::1]", "neo4j://[::1]:7687"), ("neo4j+ssc://10.0.0.1:99/", "neo4j+ssc://10.0.0.1:99"),
            ("NEO4J://h?a=b%20c&d=e", "neo4j://h:7687"),
        ])
    func uris(_ text: String, _ description: String) throws {
        #expect(try BoltURI(text).description == description)
    }

    @Test("A routing context is read", arguments: [("", [:]), ("?a=b%20c&d=e", ["a": "b c", "d": "e"])])
    func contexts(_ query: String, _ context: [String: String]) throws {
        #expect(try BoltURI("neo4j://h\(query)").routingContext == context)
    }

    @Test(
        "An address that is not one is refused",
        arguments: [
            "localhost", "http://localhost", "bolt://", "bolt://u:p@h", "bolt://h?a=b", "neo4j://h?a=",
            "neo4j://h?a=1&a=2",
            "neo4j://h?address=x", "bolt://h/db", "bolt://h#f", "bolt://h:0", "bolt://h:99999", "bolt://::1",
            "bolt://[::1",
        ])
    func badURIs(_ text: String) {
        let error = #expect(throws: BoltError.self) { try BoltURI(text) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test("An encryption setting cannot contradict the scheme")
    func contradictions() {
        for scheme in ["bolt+s", "bolt+ssc", "neo4j+s", "neo4j+ssc"] {
            let error = #expect(throws: BoltError.self) {
                try BoltDriver.test("\(scheme)://h") { $0.encryption = .disabled }
            }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
