import NIOCore
import Testing

@testable import Bolt

/// The database of those who name none, on a cluster.
@Suite struct HomeDatabaseTests {
    /// What a server was asked.
    private struct Seen: Equatable {
        var routes: [String?] = []
        var databases: [String?] = []
    }

    /// Answers as a cluster of one whose tables and own choice may differ.
    private static func serve(
        _ side: inout ServerSide, _ seen: Box<Seen>, hints: [String: TestValue], version: BoltVersion,
        table: @Sendable (_ call: Int) -> String, choice: @Sendable (_ call: Int) -> String?
    ) async throws {
        try await side.accept(version, hints: hints)
        let own = BoltAddress(host: "127.0.0.1", port: side.channel.localAddress?.port ?? 0)
        while let message = try await side.next() {
            switch message.tag {
            case 0x66:
                let call = seen.change { seen in
                    seen.routes.append(message.fields[2].database)
                    return seen.routes.count
                }
                try await side.success(
                    RoutingTests.table(routers: [own], readers: [own], writers: [own], database: table(call)))
            case 0x11:
                let call = seen.change { seen in
                    seen.databases.append(message.fields[0].database)
                    return seen.databases.count
                }
                try await side.success(choice(call).map { ["db": .string($0)] } ?? [:])
            case 0x10: try await side.success(["fields": .list([.string("x")])])
            case 0x3F:
                try await side.record(.integer(1))
                try await side.success()
            case 0x02: return
            default: try await side.success()
            }
        }
    }

    private static func run(
        ssr: Bool, version: BoltVersion = BoltVersion(5, 8), table: @escaping @Sendable (_ call: Int) -> String,
        choice: @escaping @Sendable (_ call: Int) -> String?,
        _ body: @escaping @Sendable (BoltDriver) async throws -> Void
    ) async throws -> Seen {
        let seen = Box(Seen())
        try await TestServer.run { side, _ in
            try await serve(
                &side, seen, hints: ["ssr.enabled": .bool(ssr)], version: version, table: table, choice: choice)
        } _: { address in
            let driver = try BoltDriver.test("neo4j://\(address)")
            defer { driver.close() }
            try await body(driver)
        }
        return seen.value
    }

    private static func twice(_ driver: BoltDriver, _ configuration: BoltSessionConfiguration = .init()) async throws {
        try await driver.withSession(configuration) { session in
            for _ in 0..<2 { try await session.withTransaction { _ = try await $0.execute("RETURN 1") } }
        }
    }

    @Test("A server that finds the home database is left to it, once for each session, and corrects the guess")
    func serverChooses() async throws {
        let seen = try await Self.run(ssr: true, table: { $0 == 1 ? "old" : "new" }, choice: { _ in "new" }) { driver in
            for _ in 0..<3 { try await Self.twice(driver) }
        }
        #expect(seen.databases == [nil, "new", nil, "new", nil, "new"])
        // The first guess was wrong; the table of what was chosen is fetched, and the next guess as well, once.
        #expect(seen.routes == [nil, "new", nil])
    }

    @Test(
        "Where a server does not find it, the table names it",
        arguments: [(false, BoltVersion(5, 8)), (true, BoltVersion(5, 7))])
    func tableChooses(ssr: Bool, version: BoltVersion) async throws {
        let seen = try await Self.run(ssr: ssr, version: version, table: { _ in "home" }, choice: { _ in nil }) {
            driver in
            for _ in 0..<3 { try await Self.twice(driver) }
        }
        #expect(seen.databases == Array(repeating: "home", count: 6))
        #expect(seen.routes == [nil])
    }

    @Test("Each user has a home of its own: impersonated, or with the session's own credentials")
    func users() async throws {
        let seen = try await Self.run(ssr: false, table: { "home\($0)" }, choice: { _ in nil }) { driver in
            var impersonating = BoltSessionConfiguration()
            impersonating.impersonatedUser = "alice"
            var own = BoltSessionConfiguration()
            own.authentication = .basic(username: "bob", password: "b")
            var token = BoltSessionConfiguration()
            token.authentication = .bearer(token: "t")
            for configuration in [BoltSessionConfiguration(), impersonating, own, token, impersonating, own, token] {
                try await Self.twice(driver, configuration)
            }
        }
        #expect(seen.databases.compactMap(\.self) == [1, 1, 2, 2, 3, 3, 4, 4, 2, 2, 3, 3, 4, 4].map { "home\($0)" })
    }
}

extension TestValue {
    /// The database that a map names.
    fileprivate var database: String? {
        guard case .map(let pairs) = self, case .string(let name)? = pairs.first(where: { $0.key == "db" })?.value
        else {
            return nil
        }
        return name
    }
}
