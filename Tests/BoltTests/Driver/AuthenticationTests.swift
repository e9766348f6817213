import Logging
import NIOCore
import Testing

@testable import Bolt

/// Credentials: what is sent, how they are renewed, and where they must not appear.
@Suite struct AuthenticationTests {
    struct Scheme: Sendable, CustomTestStringConvertible {
        var authentication: BoltAuthentication
        var fields: [String: TestValue]
        var testDescription: String { authentication.description }
    }

    static let schemes = [
        Scheme(authentication: .none, fields: ["scheme": .string("none")]),
        Scheme(
            authentication: .basic(username: "ada", password: "pw", realm: "r"),
            fields: [
                "scheme": .string("basic"), "principal": .string("ada"), "credentials": .string("pw"),
                "realm": .string("r"),
            ]),
        Scheme(
            authentication: .bearer(token: "t0ken"),
            fields: ["scheme": .string("bearer"), "credentials": .string("t0ken")]),
        Scheme(
            authentication: .kerberos(ticket: "dGlja2V0"),
            fields: [
                "scheme": .string("kerberos"), "principal": .string(""), "credentials": .string("dGlja2V0"),
            ]),
        Scheme(
            authentication: .custom(
                scheme: "ldap", principal: "ada", credentials: "pw", parameters: ["ou": "math", "level": 3]),
            fields: [
                "scheme": .string("ldap"), "principal": .string("ada"), "credentials": .string("pw"),
                "parameters": .map([
                    .init(key: "level", value: .integer(3)), .init(key: "ou", value: .string("math")),
                ]),
            ]),
    ]

    @Test("Each scheme sends what it consists of, in LOGON or, before 5.1, in HELLO", arguments: schemes)
    func fields(_ scheme: Scheme) async throws {
        for version in [BoltVersion.v50, .v54] {
            try await TestServer.run { side, _ in
                try await side.shakeHands(version)
                var message = try await side.expect(0x01)
                if version >= .v51 {
                    try await side.success()
                    message = try await side.expect(0x6A)
                }
                for (key, value) in scheme.fields {
                    #expect(message.fields[0][key]?.normalized == value.normalized, "\(key)")
                }
                for key in ["scheme", "principal", "credentials", "realm", "parameters"]
                where scheme.fields[key] == nil {
                    #expect(message.fields[0][key] == nil, "\(key)")
                }
                try await side.success()
                try await side.serveEverything()
            } _: { address in
                let driver = try BoltDriver.test("bolt://\(address)", authentication: scheme.authentication)
                defer { driver.close() }
                try await driver.verifyConnectivity()
            }
        }
    }

    private static func failure(_ title: String) throws -> BoltServerFailure {
        let code = TestValue.map([.init(key: "code", value: .string("Neo.ClientError.Security.\(title)"))])
        return BoltServerFailure(metadata: try #require(try BoltValue(code).map), version: .v54)
    }

    @Test("Credentials are fetched when there are none, when they expire, and when a server refuses them")
    func renewal() async throws {
        let start = ContinuousClock.now
        let (elapsed, fetches) = (Box(0), Box(0))
        let provider = BoltRotatingAuthentication {
            let number = fetches.change { fetches in
                fetches += 1
                return fetches
            }
            return (.bearer(token: "\(number)"), expires: start + .seconds(elapsed.value + 10))
        } now: {
            start + .seconds(elapsed.value)
        }
        let first = try await provider.credentials()
        #expect(try await provider.credentials() == first)
        elapsed.change { $0 = 9 }
        #expect(try await provider.credentials() == first)
        elapsed.change { $0 = 10 }
        let second = try await provider.credentials()
        #expect(second == .bearer(token: "2"))
        #expect(await provider.refused(second, because: try Self.failure("TokenExpired")))
        let third = try await provider.credentials()
        #expect(third == .bearer(token: "3"))
        // That older ones are refused says nothing about these; and other failures nothing about any.
        #expect(await provider.refused(second, because: try Self.failure("Unauthorized")))
        #expect(await !provider.refused(third, because: try Self.failure("Forbidden")))
        #expect(try await provider.credentials() == third)
        #expect(fetches.value == 3)
    }

    @Test("A token that expires under work is replaced, and the work tried again")
    func expiredToken() async throws {
        let tokens = Box(["old", "new"])
        let provider = BoltRotatingAuthentication {
            (.bearer(token: tokens.change { $0.removeFirst() }), expires: nil)
        }
        try await TestServer.run { side, _ in
            try await side.shakeHands(.v54)
            try await side.expect(0x01)
            try await side.success()
            var token = try await side.expect(0x6A).fields[0]["credentials"]?.text
            try await side.success()
            while let message = try await side.next() {
                switch message.tag {
                case 0x6A:
                    token = message.fields[0]["credentials"]?.text
                    try await side.success()
                case 0x10 where token == "old": try await side.failure("Neo.ClientError.Security.TokenExpired")
                case 0x3F where token == "old": try await side.ignored()
                case 0x10: try await side.success(["fields": .list([.string("x")])])
                case 0x3F:
                    try await side.record(.integer(1))
                    try await side.success()
                case 0x02: return
                default: try await side.success()
                }
            }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)", provider: provider) { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
        }
        #expect(tokens.value.isEmpty)
    }

    @Test(
        "When a session's own credentials are refused, the driver's provider is not asked, and nothing is tried again")
    func ownCredentials() async throws {
        let fetches = Box(0)
        let provider = BoltRotatingAuthentication {
            fetches.change { $0 += 1 }
            return (.bearer(token: "driver's"), expires: nil)
        }
        try await TestServer.run { side, number in
            guard number == 0 else { throw ServerSide.Fault("tried again") }
            try await side.shakeHands(.v54)
            try await side.expect(0x01)
            try await side.success()
            try await side.expect(0x6A)
            try await side.failure("Neo.ClientError.Security.Unauthorized")
            _ = try await side.next()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)", provider: provider)
            defer { driver.close() }
            var query = BoltQueryConfiguration()
            query.authentication = .bearer(token: "session's")
            let error = await #expect(throws: BoltError.self) {
                try await driver.executeQuery("RETURN 1", configuration: query)
            }
            #expect(error?.server?.code == "Neo.ClientError.Security.Unauthorized")
            #expect(error?.isRetryable == false)
        }
        #expect(fetches.value == 0)
    }

    @Test("A provider that fails is named by kind; what it said stays with it")
    func failingProvider() async throws {
        struct Vault: Error, CustomStringConvertible { var description: String { "hunter2 is locked" } }
        let driver = try BoltDriver.test("bolt://127.0.0.1:1", provider: BoltRotatingAuthentication { throw Vault() })
        defer { driver.close() }
        let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
        #expect(error?.code == .authentication)
        #expect(error?.description.contains("Vault") == true)
        #expect(error.map { String(reflecting: $0) }?.contains("hunter2") == false)
    }

    /// Keeps what is logged.
    private struct Recorder: LogHandler {
        let lines: Box<[String]>
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.change { $0.append("\(event.message) \(event.metadata ?? [:])") } }
    }

    @Test("Logs hold no credentials, no parameters, and no text of the server")
    func logs() async throws {
        let lines = Box<[String]>([])
        let tries = Box(0)
        try await TestServer.run { side, _ in
            try await side.accept()
            while let message = try await side.next() {
                switch message.tag {
                case 0x10:
                    let number = tries.change { tries in
                        tries += 1
                        return tries
                    }
                    guard number < 3 else { return try await side.abort() }
                    let text = TestValue.string("ada with hunter2 may not read s3cret")
                    try await side.failure("Neo.TransientError.Transaction.DeadlockDetected", ["message": text])
                case 0x3F: try await side.ignored()
                default: try await side.success()
                }
            }
        } _: { address in
            var configuration = BoltConfiguration.patient
            configuration.maximumRetryTime = .seconds(5)
            let driver = try BoltDriver(
                uri: try BoltURI("bolt://\(address)"),
                provider: StaticAuthentication(authentication: .basic(username: "ada", password: "hunter2")),
                configuration: configuration, logger: Logger(label: "test") { _ in Recorder(lines: lines) },
                clock: ImpatientClock())
            defer { driver.close() }
            let error = await #expect(throws: BoltError.self) { try await driver.executeQuery("RETURN \("s3cret")") }
            #expect(error.map { "\($0)" }?.contains("hunter2") == false)
        }
        #expect(lines.value.count >= 2)
        for line in lines.value {
            for secret in ["ada", "hunter2", "s3cret"] { #expect(!line.contains(secret), "\(line)") }
        }
    }
}
