import Gateway
import Metering
import Testing

@Suite("Epochs and proofs over HTTP")
struct EpochRoutesTests {
    /// Says what it was asked.
    private struct Documents: EpochDocuments {
        func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CanonicalJSON] {
            [.string("before \(epoch.map { "\($0)" } ?? "none"), \(limit)")]
        }
        func commitment(of epoch: Epoch) async throws(MeteringError) -> CanonicalJSON? {
            if epoch == Epoch(13) { throw MeteringError(.storeUnavailable, "the disk is gone") }
            return epoch == Epoch(5) ? .string("commitment 5") : nil
        }
        func totalProof(of customer: CustomerID, in epoch: Epoch) async throws(MeteringError) -> CanonicalJSON? {
            epoch == Epoch(5) ? .string("total of \(customer)") : nil
        }
        func inclusionProof(of customer: CustomerID, sequence: Int64) async throws(MeteringError) -> CanonicalJSON? {
            sequence == 7 ? .string("receipt 7 of \(customer)") : nil
        }
    }

    private static let token = "administrator-token-1"
    private static let alice = "x-api-key: fm_one"
    private static let admin = "authorization: Bearer \(token)"

    private func get(_ path: String, _ headers: [String], token: String? = token) async throws -> RawResponse {
        try await GatewayHarness.run(
            store: KeysTests.store(), epochs: Documents(),
            configure: { $0.adminToken = token.flatMap { try? AdminToken($0) } }, upstream: { _ in [] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.get(path, headers: headers))
            return try #require(await client.response())
        }
    }

    @Test(
        "customers see commitments and their own proofs, the administrator sees all, and others see nothing",
        arguments: [
            ("/api/v1/epochs", alice, 200, #"{"data":["before none, 20"]}"#),
            ("/api/v1/epochs?before=9&limit=3", alice, 200, #"{"data":["before 9, 3"]}"#),
            ("/api/v1/epochs", admin, 200, #"{"data":["before none, 20"]}"#),
            ("/api/v1/epochs/5", alice, 200, #""commitment 5""#),
            ("/api/v1/proofs/alice/epochs/5", alice, 200, #""total of alice""#),
            ("/api/v1/proofs/alice/receipts/7", alice, 200, #""receipt 7 of alice""#),
            ("/api/v1/proofs/bob/epochs/5", admin, 200, #""total of bob""#),
            ("/api/v1/proofs/bob/receipts/7", "x-api-key: \(token)", 200, #""receipt 7 of bob""#),
            ("/api/v1/proofs/bob/epochs/5", alice, 403, "permission_error"),
            ("/api/v1/proofs/nobody/receipts/7", alice, 403, "permission_error"),
            ("/api/v1/epochs/6", alice, 404, "not_found_error"),
            ("/api/v1/proofs/alice/receipts/8", alice, 404, "not_found_error"),
            ("/api/v1/epochs/13", alice, 503, "the gateway's log says why"),
            ("/api/v1/epochs/five", alice, 400, "must be a whole number"),
            ("/api/v1/epochs?limit=0", alice, 400, "limit must be"),
            ("/api/v1/epochs?limit=many", alice, 400, "limit must be"),
            ("/api/v1/epochs?before=x", alice, 400, "before must be"),
            ("/api/v1/epochs", "x-api-key: fm_wrong", 401, "authentication_error"),
            ("/api/v1/epochs", "x-other: 1", 401, "authentication_error"),
            ("/api/v1/epochs", "authorization: Bearer \(token)x", 401, "authentication_error"),
            ("/api/v1/epochs", "authorization: Bearer administrator-token-2", 401, "authentication_error"),
            ("/api/v1/nothing", alice, 404, "nothing at this path"),
        ] as [(String, String, Int, String)])
    func access(path: String, header: String, status: Int, text: String) async throws {
        let response = try await get(path, [header])
        #expect(response.status == status, "\(response.text)")
        #expect(response.text.contains(text), "\(response.text)")
        // What is wrong inside is for the operator's log.
        #expect(!response.text.contains("the disk is gone"))
    }

    @Test("without a token nobody is the administrator")
    func noToken() async throws {
        #expect(try await get("/api/v1/proofs/bob/epochs/5", ["authorization: Bearer "], token: nil).status == 401)
        #expect(try await get("/api/v1/proofs/bob/epochs/5", [Self.alice], token: nil).status == 403)
    }

    @Test("a token is long, can be sent, and is never printed")
    func tokens() throws {
        for bad in ["", "short", "with a blank in it!", "fifteen-letters"] {
            #expect(throws: GatewayError.self) { try AdminToken(bad) }
        }
        let token = try AdminToken(Self.token)
        #expect(!"\(token) \(String(reflecting: token))".contains(Self.token))
    }
}
