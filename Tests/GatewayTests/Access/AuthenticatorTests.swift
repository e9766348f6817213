import Metering
import NIOCore
import Testing

@testable import Gateway

@Suite("Authentication")
struct AuthenticatorTests {
    static let good = "fm_good"
    static let other = "fm_other"
    static let revoked = "fm_revoked"
    static let alice = CustomerID(rawValue: "alice")
    static let now = Timestamp(milliseconds: 1)

    static func key(_ id: String, _ secret: String, revoked: Timestamp? = nil) -> APIKey {
        APIKey(
            id: APIKeyID(rawValue: id), secretHash: APIKeySecret.hash(of: secret), customer: alice, name: id,
            created: now, revoked: revoked)
    }

    static let access = AccessSnapshot(
        version: 1,
        customers: [Customer(id: alice, name: "Alice", limits: SpendLimits(daily: .dollar), created: now)],
        keys: [key("key_1", good), key("key_2", other), key("key_3", revoked, revoked: now)])

    static func fields(_ lines: [String]) throws -> HTTPFieldSet {
        try HTTPFieldSet(parsing: ByteBuffer(string: lines.map { $0 + "\r\n" }.joined() + "\r\n"), from: 0)
    }

    enum Answer: Sendable { case key1, key2, unknown, refused }

    @Test(
        "who calls is told by either header",
        arguments: [
            (["x-api-key: fm_good"], Answer.key1), (["X-API-Key:   fm_good  "], .key1),
            (["authorization: Bearer fm_good"], .key1), (["Authorization: bearer  fm_good"], .key1),
            (["x-api-key: sk-ant-foreign", "authorization: Bearer fm_good"], .key1),
            (["authorization: Bearer sk-ant-foreign", "x-api-key: fm_other"], .key2),
            (["x-api-key: fm_other", "authorization: Bearer fm_good"], .key2),
            (["x-api-key: fm_revoked"], .unknown), (["x-api-key: "], .unknown), (["x-api-key: fm_goodx"], .unknown),
            (["authorization: Basic fm_good"], .unknown), (["authorization: fm_good"], .unknown), ([], .refused),
        ])
    func table(_ lines: [String], _ answer: Answer) throws {
        var authenticator = Authenticator()
        // Twice, since a connection remembers the last key that was good.
        for _ in 0..<2 {
            let result = authenticator.authenticate(try Self.fields(lines), isLoopback: true, access: Self.access)
            switch (result, answer) {
            case (.accepted(let principal), .key1):
                #expect(principal.key.rawValue == "key_1")
                #expect(principal.limits.daily == .dollar)
            case (.accepted(let principal), .key2): #expect(principal.key.rawValue == "key_2")
            case (.unknownKey, .unknown), (.refused, .refused): break
            default: Issue.record("\(result)")
            }
        }
    }

    @Test("without keys, the machine itself is served as the default customer, and nobody else")
    func noKeys() throws {
        var authenticator = Authenticator()
        let none = AccessSnapshot(version: 1, customers: [], keys: [])
        let fields = try Self.fields(["x-api-key: whatever"])
        guard case .accepted(let principal) = authenticator.authenticate(fields, isLoopback: true, access: none) else {
            Issue.record("loopback was refused")
            return
        }
        #expect(principal.customer == .default)
        guard case .refused = authenticator.authenticate(fields, isLoopback: false, access: none) else {
            Issue.record("a remote peer was accepted")
            return
        }
    }

    /// A proxy on the same machine would open the gateway to everybody, and a web page could spend the operator's money
    /// from a browser on it, by a name that it has resolve to this machine if need be.
    @Test(
        "without keys, what a proxy forwards or a web page sends is refused, though it comes from the machine itself",
        arguments: [
            "Origin: http://evil.example", "origin: null", "x-forwarded-for: 203.0.113.7", "X-Real-IP: 203.0.113.7",
            "forwarded: for=203.0.113.7", "via: 1.1 proxy",
        ])
    func foreign(_ line: String) throws {
        var authenticator = Authenticator()
        let none = AccessSnapshot(version: 1, customers: [], keys: [])
        let result = authenticator.authenticate(try Self.fields([line]), isLoopback: true, access: none)
        guard case .refused = result else {
            Issue.record("\(result)")
            return
        }
        // With a key nothing of it matters.
        guard
            case .accepted = authenticator.authenticate(
                try Self.fields([line, "x-api-key: fm_good"]), isLoopback: true, access: Self.access)
        else {
            Issue.record("a good key was refused")
            return
        }
    }

    @Test(
        "without keys, a key that a gateway made is looked up, never charged to the default customer",
        arguments: ["x-api-key: fm_first", "Authorization: Bearer fm_first"])
    func firstKey(_ line: String) throws {
        var authenticator = Authenticator()
        let none = AccessSnapshot(version: 1, customers: [], keys: [])
        let result = authenticator.authenticate(try Self.fields([line]), isLoopback: true, access: none)
        #expect(result == .unknownKey)
    }

    @Test("when all keys are revoked, loopback is not served either")
    func allRevoked() throws {
        var authenticator = Authenticator()
        let access = AccessSnapshot(
            version: 1, customers: [Customer(id: Self.alice, name: "", created: Self.now)],
            keys: [Self.key("key_3", Self.revoked, revoked: Self.now)])
        #expect(
            authenticator.authenticate(try Self.fields([]), isLoopback: true, access: access)
                != .accepted(access.loopbackPrincipal))
    }

    @Test("a key that was good is forgotten when the directory changes")
    func forgotten() throws {
        var authenticator = Authenticator()
        let fields = try Self.fields(["x-api-key: fm_good"])
        guard case .accepted = authenticator.authenticate(fields, isLoopback: true, access: Self.access) else {
            Issue.record("the key was refused")
            return
        }
        let later = AccessSnapshot(
            version: 2, customers: [Customer(id: Self.alice, name: "", created: Self.now)],
            keys: [Self.key("key_1", Self.good, revoked: Self.now)])
        #expect(authenticator.authenticate(fields, isLoopback: true, access: later) == .unknownKey)
    }
}
