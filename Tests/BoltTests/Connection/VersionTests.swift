import NIOCore
import Testing

@testable import Bolt

/// What is said to, and understood of, each version of the protocol.
@Suite struct VersionTests {
    struct Agreement: Sendable, CustomTestStringConvertible {
        var version: BoltVersion
        var isByManifest: Bool
        var testDescription: String { "\(version)\(isByManifest ? " by manifest" : "")" }
    }

    /// 6.0 and later are chosen by manifest only, 5.7 and 5.8 either way.
    static let agreements = BoltVersion.supported.flatMap { version in
        [false, true].filter { $0 ? version >= .v57 : version < .v60 }
            .map { Agreement(version: version, isByManifest: $0) }
    }

    private static func keys(_ value: TestValue?) -> Set<String> {
        guard case .map(let pairs)? = value else { return [] }
        return Set(pairs.map(\.key))
    }

    private static let credentials: Set<String> = ["scheme", "principal", "credentials"]

    /// The keys of a notification filter.
    private static func filter(_ version: BoltVersion) -> Set<String> {
        guard version >= .v52 else { return [] }
        let classes = version >= .v56 ? "notifications_disabled_classifications" : "notifications_disabled_categories"
        return ["notifications_minimum_severity", classes]
    }

    /// Greets as the version demands, and checks that the client does.
    private static func greet(_ side: inout ServerSide, _ agreement: Agreement) async throws {
        let version = agreement.version
        try await side.shakeHands(version, byManifest: agreement.isByManifest)
        let hello = try await side.expect(0x01)
        var expected = filter(version).union(["user_agent"])
        if version == .v44 { expected.insert("patch_bolt") }
        if version >= .v53 { expected.insert("bolt_agent") }
        if version < .v51 { expected.formUnion(credentials) }
        #expect(keys(hello.fields.first) == expected)
        if version >= .v53 { #expect(hello.fields[0]["bolt_agent"]?["product"]?.text?.isEmpty == false) }
        let hints = TestValue.map([.init(key: "telemetry.enabled", value: .bool(true))])
        if version >= .v51 {
            // Both came together: nothing has been answered yet.
            let logon = try await side.expect(0x6A)
            #expect(keys(logon.fields.first) == credentials)
            try await side.success(["server": .string("Neo4j/test"), "hints": hints])
            try await side.success()
        } else {
            try await side.success(["server": .string("Neo4j/test"), "hints": hints])
        }
        if version >= .v54 {
            #expect(try await side.expect(0x54).fields == [.integer(2)])
            try await side.success()
        }
    }

    private static func map(_ pairs: [String: TestValue]) -> TestValue {
        .map(pairs.map { TestValue.Pair(key: $0.key, value: $0.value) })
    }

    /// What a server of the version says about a query, beside its records.
    private static func remark(_ version: BoltVersion) -> (key: String, value: TestValue) {
        let position = map(["offset": .integer(3), "line": .integer(1), "column": .integer(4)])
        guard version >= .v56 else {
            let notification = map([
                "code": .string("Neo.ClientNotification.Statement.X"), "title": .string("t"),
                "description": .string("d"), "severity": .string("WARNING"), "category": .string("HINT"),
                "position": position,
            ])
            return ("notifications", .list([notification]))
        }
        let record = map([
            "_classification": .string("HINT"), "_severity": .string("WARNING"), "_position": position,
        ])
        let status = map([
            "gql_status": .string("01N30"), "status_description": .string("warn: d"),
            "neo4j_code": .string("Neo.ClientNotification.Statement.X"), "title": .string("t"),
            "description": .string("d"), "diagnostic_record": record,
        ])
        let success = map([
            "gql_status": .string("00000"), "status_description": .string("note: successful completion"),
        ])
        return ("statuses", .list([status, success]))
    }

    /// How a server of the version reports a failure.
    private static func failure(_ version: BoltVersion) -> TestValue {
        let code = TestValue.string("Neo.ClientError.Statement.SyntaxError")
        guard version >= .v57 else { return map(["code": code, "message": .string("m")]) }
        let cause = map([
            "gql_status": .string("42I06"), "description": .string("invalid input"), "message": .string("42I06: x"),
        ])
        return map([
            "neo4j_code": code, "message": .string("m"), "gql_status": .string("42001"),
            "description": .string("syntax error"), "cause": cause,
        ])
    }

    @Test("Every version is greeted, asked and understood in its own way", arguments: agreements)
    func conversation(_ agreement: Agreement) async throws {
        let version = agreement.version
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("opened another connection") }
            try await Self.greet(&side, agreement)
            let run = try await side.expect(0x10)
            #expect(Self.keys(run.fields[2]) == Self.filter(version).union(["db", "imp_user"]))
            try await side.expect(0x3F)
            try await side.success(["fields": .list([.string("x")])])
            try await side.record(.integer(1))
            let remark = Self.remark(version)
            try await side.success(["type": .string("r"), "db": .string("d"), remark.key: remark.value])
            if version >= .v54 {
                try await side.expect(0x54)
                try await side.success()
            }
            try await side.expect(0x10)
            try await side.expect(0x3F)
            try await side.send(0x7F, Self.failure(version))
            try await side.ignored()
            try await side.serveEverything()
        } _: { address in
            let filter = BoltNotificationFilter(minimumSeverity: .warning, disabled: [.generic])
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.maximumPoolSize = 1
                configuration.notifications = filter
            }
            defer { driver.close() }
            var settings = BoltSessionConfiguration(database: "d")
            settings.impersonatedUser = "grace"
            settings.notifications = filter
            try await driver.withSession(settings) { session in
                let result = try await session.run("RETURN 1 AS x")
                var records: [BoltRecord] = []
                for try await record in result { records.append(record) }
                #expect(records.map { $0["x"] } == [1])
                let summary = try await result.consume()
                #expect(summary.protocolVersion == version)
                #expect(summary.database == "d")
                #expect(summary.kind == .read)
                let notification = try #require(summary.notifications.first)
                #expect(summary.notifications.count == 1)
                #expect(notification.code == "Neo.ClientNotification.Statement.X")
                #expect(notification.severity == "WARNING")
                #expect(notification.classification == "HINT")
                #expect(notification.position?.column == 4)
                #expect(summary.statuses.contains { $0.gqlStatus == "00000" })

                let error = await #expect(throws: BoltError.self) { try await session.run("RETRUN 1") }
                #expect(error?.server?.code == "Neo.ClientError.Statement.SyntaxError")
                #expect(error?.gqlStatus == (version >= .v57 ? "42001" : "50N42"))
                #expect(error?.server?.causes.map(\.gqlStatus) == (version >= .v57 ? ["42I06"] : []))
            }
        }
    }

    @Test("A version that was never released, or not proposed, is refused", arguments: [(5, 5), (6, 2), (3, 0)])
    func unknown(_ major: UInt8, _ minor: UInt8) async throws {
        try await TestServer.run { side, _ in
            _ = try await side.bytes(20)
            try await side.send([0, 0, minor, major])
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)")
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
            #expect(error?.code == .unsupportedVersion)
            #expect(error?.isRetryable == false)
        }
    }
}
