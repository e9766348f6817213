import ClaudeSimulator
import Gateway
import Metering
import MeteringConformance
import NIOCore
import Testing

@Suite("Message batches")
struct BatchTests {
    static let alice = CustomerID(rawValue: "alice")
    static let bob = CustomerID(rawValue: "bob")

    static func store() async throws -> MemoryUsageStore {
        let store = MemoryUsageStore()
        for (customer, secret) in [(alice, "fm_alice"), (bob, "fm_bob")] {
            try await store.create(Customer(id: customer, name: "", created: GatewayHarness.now))
            try await store.create(
                APIKey(
                    id: APIKeyID(rawValue: "key_\(customer)"), secretHash: APIKeySecret.hash(of: secret),
                    customer: customer, name: "", created: GatewayHarness.now))
        }
        return store
    }

    static func line(_ id: String, tokens: Int = 89) -> String {
        #"{"custom_id":"\#(id)","result":{"type":"succeeded","message":\#(Wire.message.replacing("\"output_tokens\":89", with: "\"output_tokens\":\(tokens)").replacing("standard", with: "batch"))}}"#
            + "\n"
    }

    static let errored =
        #"{"custom_id":"bad","result":{"type":"errored","error":{"type":"error","error":{"type":"x"}}}}"# + "\n"

    static func object(_ id: String, ended: Bool, results: String = "https://api.anthropic.com/x") -> String {
        #"{"id":"\#(id)", "type":"message_batch","processing_status":"\#(ended ? "ended" : "in_progress")","ended_at":\#(ended ? "\"2026-11-23T20:00:00Z\"" : "null"),"results_url":\#(ended ? "\"\(results)\"" : "null"),"future":[1,2]}"#
    }

    /// An upstream with one batch, ended or not.
    static func upstream(ended: Bool, results: String)
        -> @Sendable (ScriptedUpstream.Request) async -> [ScriptedUpstream.Step]
    {
        { request in
            let path = request.target.prefix { $0 != "?" }
            switch (request.head.prefix { $0 != " " }, path) {
            case ("POST", "/v1/messages/batches"): return [.text(Wire.json(object("msgbatch_1", ended: false)))]
            case ("GET", "/v1/messages/batches"):
                return [
                    .text(
                        Wire.json(
                            #"{"data":[\#(object("msgbatch_other", ended: true)),\#(object("msgbatch_1", ended: ended))],"has_more":false,"first_id":"msgbatch_other","last_id":"msgbatch_1"}"#
                        ))
                ]
            case ("GET", "/v1/messages/batches/msgbatch_1"), ("POST", "/v1/messages/batches/msgbatch_1/cancel"):
                return [.text(Wire.json(object("msgbatch_1", ended: ended)))]
            case ("DELETE", "/v1/messages/batches/msgbatch_1"):
                return [.text(Wire.json(#"{"id":"msgbatch_1","type":"message_batch_deleted"}"#))]
            case ("GET", "/v1/messages/batches/msgbatch_1/results"):
                return [
                    .text(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/x-jsonl\r\ncontent-length: \(results.utf8.count)\r\n\r\n"
                    )
                ]
                    + stride(from: 0, to: results.utf8.count, by: 100).map { start in
                        .write(Array(Array(results.utf8)[start..<min(results.utf8.count, start + 100)]))
                    }
            default: return [.text(Wire.json(#"{"type":"error"}"#, status: "404 Not Found"))]
            }
        }
    }

    /// Sends one request of a customer's and returns the answer.
    static func send(
        _ gateway: GatewayHarness, _ method: String, _ target: String, as secret: String = "fm_alice", body: String = ""
    ) async throws -> RawResponse {
        let client = try await gateway.client()
        try await client.send(
            Wire.request(method, target, headers: ["x-api-key: \(secret)", "host2: x"], body: body))
        return try #require(await client.response())
    }

    @Test("a batch belongs to who made it, and to nobody else")
    func ownership() async throws {
        let store = try await Self.store()
        try await GatewayHarness.run(
            store: store, configure: { $0.batches.reconcileInterval = .hours(1) },
            upstream: Self.upstream(ended: true, results: "")
        ) { gateway in
            let created = try await Self.send(gateway, "POST", "/v1/messages/batches", body: #"{"requests":[]}"#)
            #expect(created.status == 200)
            #expect(created.text == Self.object("msgbatch_1", ended: false))
            #expect(gateway.upstream.requests.value.first?.body == Array(#"{"requests":[]}"#.utf8))
            #expect(gateway.upstream.requests.value.first?.header("x-api-key") == [GatewayHarness.upstreamKey])
            #expect(try await store.batch(id: "msgbatch_1")?.customer == Self.alice)

            let own = try await Self.send(gateway, "GET", "/v1/messages/batches/msgbatch_1")
            #expect(
                own.text
                    == Self.object(
                        "msgbatch_1", ended: true, results: "http://gateway/v1/messages/batches/msgbatch_1/results"))
            for (method, suffix) in [("GET", ""), ("POST", "/cancel"), ("DELETE", ""), ("GET", "/results")] {
                let foreign = try await Self.send(
                    gateway, method, "/v1/messages/batches/msgbatch_1\(suffix)", as: "fm_bob")
                #expect(foreign.status == 404, "\(method) \(suffix)")
                #expect(foreign.text.contains("not_found_error"))
            }
            let list = try await Self.send(gateway, "GET", "/v1/messages/batches?limit=5")
            #expect(list.text.hasPrefix(#"{"data":[{"id":"msgbatch_1""#))
            #expect(!list.text.contains("msgbatch_other"))
            #expect(list.text.hasSuffix(#""has_more":false,"first_id":"msgbatch_1","last_id":"msgbatch_1"}"#))
            let empty = try await Self.send(gateway, "GET", "/v1/messages/batches", as: "fm_bob")
            #expect(empty.text == #"{"data":[],"has_more":false,"first_id":null,"last_id":null}"#)
            let anonymous = try await Self.send(gateway, "GET", "/v1/messages/batches", as: "fm_nobody")
            #expect(anonymous.status == 401)
        }
    }

    @Test("results arrive unchanged and are metered once, however often they are read")
    func results() async throws {
        let store = try await Self.store()
        let results = Self.line("a") + Self.errored + Self.line("b", tokens: 100)
        try await GatewayHarness.run(
            store: store, configure: { $0.batches.reconcileInterval = .hours(1) },
            upstream: Self.upstream(ended: true, results: results)
        ) { gateway in
            _ = try await Self.send(gateway, "POST", "/v1/messages/batches", body: "{}")
            for _ in 0..<3 {
                let answer = try await Self.send(gateway, "GET", "/v1/messages/batches/msgbatch_1/results")
                #expect(answer.text == results)
                #expect(answer.header("content-type") == ["application/x-jsonl"])
            }
            let events = try await gateway.events(of: Self.alice)
            #expect(events.map(\.id.rawValue) == ["batch:msgbatch_1:a", "batch:msgbatch_1:b"])
            #expect(events.first?.charge == .priced(PicoUSD((12 * 4_000_000 + 89 * 20_000_000) / 2)))
            #expect(events.allSatisfy { $0.source == .batch && $0.session.rawValue == "key_alice:2026-11-23" })
            #expect(events.first?.time.description == "2026-11-23T20:00:00.000Z")
            #expect(try await store.openBatches(limit: 10).isEmpty)
        }
    }

    @Test("a batch whose results nobody reads is metered all the same")
    func reconciled() async throws {
        let store = GatedStore(isOpen: true)
        try await store.recordBatch(
            BatchRecord(
                id: "msgbatch_1", customer: Self.alice, key: .none, session: SessionID(rawValue: "s"),
                created: GatewayHarness.now))
        try await GatewayHarness.run(
            store: store, configure: { $0.batches.reconcileInterval = .milliseconds(1) },
            upstream: Self.upstream(ended: true, results: Self.line("a") + Self.line("b"))
        ) { gateway in
            await store.submissions.wait { $0 >= 1 }
            while try await !store.openBatches(limit: 1).isEmpty { await Task.yield() }
            #expect(try await gateway.events(of: Self.alice).count == 2)
        }
    }

    @Test("a batch is metered before it is deleted")
    func deleted() async throws {
        let store = try await Self.store()
        try await GatewayHarness.run(
            store: store, configure: { $0.batches.reconcileInterval = .hours(1) },
            upstream: Self.upstream(ended: true, results: Self.line("a"))
        ) { gateway in
            _ = try await Self.send(gateway, "POST", "/v1/messages/batches", body: "{}")
            let answer = try await Self.send(gateway, "DELETE", "/v1/messages/batches/msgbatch_1")
            #expect(answer.text == #"{"id":"msgbatch_1","type":"message_batch_deleted"}"#)
            #expect(try await gateway.events(of: Self.alice).count == 1)
        }
    }

    @Test("a large upload streams through")
    func upload() async throws {
        let store = try await Self.store()
        let body = String(repeating: #"{"custom_id":"x","params":{}},"#, count: 300_000)
        try await GatewayHarness.run(
            store: store, configure: { $0.limits.bodyBytes = 1000 }, upstream: Self.upstream(ended: false, results: "")
        ) { gateway in
            let answer = try await Self.send(gateway, "POST", "/v1/messages/batches", body: body)
            #expect(answer.status == 200)
            #expect(gateway.upstream.requests.value.first?.body.count == body.utf8.count)
        }
    }
}
