import Foundation
import Metering
import MeteringConformance
import Testing

@testable import Gateway

@Suite("Receipts over HTTP")
struct ReceiptRoutesTests {
    private static let token = "administrator-token"

    /// Two customers with a key each, and calls of both.
    private static func run(
        _ body: @Sendable (GatewayHarness, _ keys: [String: String], OperatorPublicKeys) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flowmeter-receipts-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = OperatorKeyFile(path: directory + "/operator-key.json")
        let store = MemoryUsageStore()
        var keys: [String: String] = [:]
        let book = PriceCatalog.anthropic.book(at: GatewayHarness.now)
        for customer in ["alice", "bob"] {
            let id = CustomerID(rawValue: customer)
            let secret = APIKeySecret.generate()
            keys[customer] = secret.text
            try await store.create(Customer(id: id, name: customer, created: GatewayHarness.now))
            try await store.create(
                APIKey(
                    id: APIKeyID(rawValue: "key_\(customer)"), secretHash: secret.hash, customer: id, name: "",
                    created: GatewayHarness.now))
            let lines = [SKULine(sku: SKU(rawValue: "claude-opus-5-5/output"), quantity: 7)]
            _ = try await store.append(
                (1...5).map { number in
                    UsageEvent(
                        id: EventID(rawValue: "msg_\(customer)_\(number)"), customer: id,
                        session: SessionID(rawValue: "session-\(number % 2)"), key: .none, model: "claude-opus-5-5",
                        time: GatewayHarness.now, lines: lines, charge: Rating.charge(for: lines, book: book),
                        priceBook: book.hash, quality: .exact, source: .gateway)
                })
        }
        let secrets = keys
        let admin = try AdminToken(token)
        try await GatewayHarness.run(
            store: store,
            configure: {
                $0.adminToken = admin
                $0.operatorKeys = file
            }, upstream: { _ in [] }
        ) { gateway in
            try await body(gateway, secrets, try file.loadOrCreate(at: GatewayHarness.now).publicKeys())
        }
        try FileManager.default.removeItem(atPath: directory)
    }

    private static func get(_ gateway: GatewayHarness, _ path: String, key: String?) async throws -> RawResponse {
        let client = try await gateway.client()
        try await client.send(Wire.get(path, headers: key.map { ["x-api-key: \($0)"] } ?? []))
        return try #require(await client.response())
    }

    @Test("a customer gets its own receipts, page by page, and each verifies with the public keys that are served")
    func own() async throws {
        try await Self.run { gateway, keys, publicKeys in
            let served = try await Self.get(gateway, "/api/v1/operator-keys", key: keys["alice"])
            #expect(try OperatorPublicKeys(json: served.text) == publicKeys)
            let verifier = ReceiptVerifier(keys: publicKeys, priceBooks: PriceCatalog.anthropic.books)
            let one = try await Self.get(gateway, "/api/v1/receipts/msg_alice_3", key: keys["alice"])
            #expect(one.status == 200)
            #expect(verifier.findings(in: one.text) == [])
            let hash = try #require(try await gateway.store.event(id: EventID(rawValue: "msg_alice_3"))).hash
            #expect(one.header("flowmeter-receipt") == ["msg_alice_3;sha3-256=\(hash)"])
            var found = 0
            var after = "0"
            for _ in 0..<3 {
                let page = try await Self.get(gateway, "/api/v1/receipts?limit=2&after=\(after)", key: keys["alice"])
                #expect(page.status == 200)
                found += page.text.components(separatedBy: "\"receipt\":").count - 1
                after = page.text.components(separatedBy: "\"next_after\":").last.map { String($0.dropLast()) } ?? ""
            }
            #expect(found == 5)
            #expect(after == "null")
            let filtered = try await Self.get(gateway, "/api/v1/receipts?session=session-1", key: keys["alice"])
            #expect(filtered.text.components(separatedBy: "\"receipt\":").count - 1 == 3)
        }
    }

    @Test("a customer sees nothing of another one, and nobody anything without a key")
    func others() async throws {
        try await Self.run { gateway, keys, _ in
            for (path, key, status) in [
                ("/api/v1/receipts/msg_bob_1", keys["alice"], 404),
                ("/api/v1/receipts?customer=bob", keys["alice"], 403),
                ("/api/v1/receipts/msg_nothing", keys["alice"], 404), ("/api/v1/receipts", nil, 401),
                ("/api/v1/receipts/msg_bob_1", nil, 401), ("/api/v1/receipts", "wrong-token-of-somebody", 401),
                ("/api/v1/receipts", Self.token, 400), ("/api/v1/receipts?limit=0", keys["alice"], 400),
                ("/api/v1/receipts?limit=1001", keys["alice"], 400), ("/api/v1/receipts?after=x", keys["alice"], 400),
            ] as [(String, String?, Int)] {
                let response = try await Self.get(gateway, path, key: key)
                #expect(response.status == status, "\(path)")
                #expect(!response.text.contains("signature"), "\(path)")
            }
        }
    }

    @Test("why nothing can be signed is for the operator's log, and for no customer")
    func unsigned() async throws {
        let log = LogRecorder()
        let file = "/proc/flowmeter/operator-key.json"
        try await GatewayHarness.run(
            store: KeysTests.store(), configure: { $0.operatorKeys = OperatorKeyFile(path: file) }, logger: log.logger,
            upstream: { _ in [] }
        ) { gateway in
            let response = try await Self.get(gateway, "/api/v1/receipts", key: "fm_one")
            #expect(response.status == 503)
            #expect(!response.text.contains("/proc"))
            #expect(log.lines.value.contains { $0.contains("cannot be read or signed") && $0.contains("/proc") })
        }
    }

    @Test("the administrator's token sees every customer's receipts")
    func administrator() async throws {
        try await Self.run { gateway, _, publicKeys in
            let one = try await Self.get(gateway, "/api/v1/receipts/msg_bob_1", key: Self.token)
            #expect(
                ReceiptVerifier(keys: publicKeys, priceBooks: PriceCatalog.anthropic.books).findings(in: one.text) == []
            )
            let list = try await Self.get(gateway, "/api/v1/receipts?customer=bob", key: Self.token)
            #expect(list.text.components(separatedBy: "\"receipt\":").count - 1 == 5)
        }
    }
}
