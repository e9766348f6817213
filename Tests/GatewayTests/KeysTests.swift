import Metering
import MeteringConformance
import NIOCore
import Testing

@testable import Gateway

@Suite("Keys, sessions and caps")
struct KeysTests {
    static let alice = CustomerID(rawValue: "alice")

    static func store(limits: SpendLimits = SpendLimits()) async throws -> MemoryUsageStore {
        let store = MemoryUsageStore()
        try await store.create(Customer(id: alice, name: "Alice", limits: limits, created: GatewayHarness.now))
        try await add("key_1", "fm_one", to: store)
        return store
    }

    static func add(_ id: String, _ secret: String, to store: any UsageStore) async throws {
        try await store.create(
            APIKey(
                id: APIKeyID(rawValue: id), secretHash: APIKeySecret.hash(of: secret), customer: alice, name: id,
                created: GatewayHarness.now))
    }

    @Test("the customer's key is replaced by the operator's, and neither is seen by the other side")
    func credentials() async throws {
        try await GatewayHarness.run(store: Self.store(), upstream: { _ in [.text(Wire.json(Wire.message))] }) {
            gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(headers: ["authorization: Bearer fm_one", "x-api-key: sk-ant-dummy"]))
            let response = try #require(await client.response())
            #expect(!response.head.contains(GatewayHarness.upstreamKey))
            let request = try #require(gateway.upstream.requests.value.first)
            #expect(request.header("x-api-key") == [GatewayHarness.upstreamKey])
            #expect(!request.head.contains("fm_one"))
            #expect(request.header("authorization") == [])
            let event = try #require(try await gateway.events(of: Self.alice).first)
            #expect(event.key.rawValue == "key_1")
        }
    }

    @Test(
        "without a good key nothing reaches the upstream",
        arguments: [[], ["x-api-key: fm_wrong"], ["authorization: Bearer x"]])
    func refused(_ headers: [String]) async throws {
        try await GatewayHarness.run(store: Self.store(), upstream: { _ in [.text(Wire.json(Wire.message))] }) {
            gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(headers: headers))
            let response = try #require(await client.response())
            #expect(response.status == 401)
            #expect(response.text.contains(#""type":"authentication_error""#))
            #expect(!response.text.contains("fm_wrong"))
            #expect(gateway.upstream.requests.value.isEmpty)
        }
    }

    @Test("a key created a moment ago is found at once")
    func newKey() async throws {
        let store = try await Self.store()
        try await GatewayHarness.run(
            store: store, configure: { $0.directoryPollInterval = .hours(1) },
            upstream: { _ in [.text(Wire.json(Wire.message))] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(headers: ["x-api-key: fm_one"]))
            #expect(await client.response()?.status == 200)
            try await Self.add("key_2", "fm_two", to: store)
            try await client.send(Wire.request(headers: ["x-api-key: fm_two"], body: #"{"a":1}"#))
            #expect(await client.responses(2).last?.status == 200)
            #expect(gateway.upstream.requests.value.last?.body == Array(#"{"a":1}"#.utf8))
        }
    }

    @Test("a gateway's first key is found at once, and its calls are its customer's")
    func firstKey() async throws {
        let store = MemoryUsageStore()
        try await GatewayHarness.run(
            store: store, configure: { $0.directoryPollInterval = .hours(1) },
            upstream: { [.text(Wire.json(Wire.message.replacing("msg_01", with: "msg_\($0.body.count)")))] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request())
            #expect(await client.response()?.status == 200)
            try await store.create(Customer(id: Self.alice, name: "Alice", created: GatewayHarness.now))
            try await Self.add("key_1", "fm_one", to: store)
            try await client.send(Wire.request(headers: ["x-api-key: fm_one"], body: #"{"a":1}"#))
            #expect(await client.responses(2).last?.status == 200)
            #expect(try await gateway.events(of: Self.alice).map(\.key.rawValue) == ["key_1"])
        }
    }

    @Test("a revoked key is refused once the directory was looked at")
    func revokedKey() async throws {
        let store = try await Self.store()
        try await GatewayHarness.run(
            store: store, configure: { $0.directoryPollInterval = .milliseconds(1) },
            upstream: { _ in [.text(Wire.json(Wire.message))] }
        ) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(headers: ["x-api-key: fm_one"]))
            #expect(await client.response()?.status == 200)
            try await store.revokeKey(APIKeyID(rawValue: "key_1"), at: GatewayHarness.now)
            var status = 200
            while status == 200 {
                let probe = try await gateway.client()
                try await probe.send(Wire.request(headers: ["x-api-key: fm_one"]))
                status = try #require(await probe.response()).status
            }
            #expect(status == 401)
        }
    }

    @Test(
        "the session is taken from the most specific place",
        arguments: [
            (["x-flowmeter-session: a", "x-claude-code-session-id: b"], SessionFinderTests.new, "a"),
            (["x-claude-code-session-id: b"], SessionFinderTests.new, "b"),
            ([], SessionFinderTests.new, SessionFinderTests.uuid),
            ([], SessionFinderTests.old, SessionFinderTests.uuid),
            ([], #""metadata":{"user_id":"u"}"#, "key_1:2026-11-23"),
            (["x-flowmeter-session: "], "\"a\":1", "key_1:2026-11-23"),
        ])
    func sessions(_ headers: [String], _ member: String, _ session: String) async throws {
        try await GatewayHarness.run(store: Self.store(), upstream: { _ in [.text(Wire.json(Wire.message))] }) {
            gateway in
            let client = try await gateway.client()
            try await client.send(
                Wire.request(
                    headers: headers + ["x-api-key: fm_one", "x-claude-code-agent-id: agent-7"], body: "{\(member)}"))
            _ = await client.response()
            let event = try #require(try await gateway.events(of: Self.alice).first)
            #expect(event.session.rawValue == session)
            #expect(event.agent == "agent-7")
        }
    }

    @Test("calls side by side never exceed a cap, and refusals look as Claude Code expects")
    func caps() async throws {
        // A call costs 12 × 4 + 89 × 20 = 1,828 µUSD; its reservation is for 200 tokens of output and one for each byte.
        let store = try await Self.store(limits: SpendLimits(daily: PicoUSD(20_000_000_000)))
        let serial = Watched<Int>(0)
        try await GatewayHarness.run(
            store: store,
            upstream: { _ in
                let number = serial.update { count in
                    count += 1
                    return count
                }
                return [.text(Wire.json(Wire.message.replacing("msg_01", with: "msg_\(number)")))]
            }
        ) { gateway in
            let body = #"{"model":"claude-opus-5-5","max_tokens":200,"messages":[]}"#
            let statuses = try await withThrowingTaskGroup(of: [RawResponse].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let client = try await gateway.client()
                        var all: [RawResponse] = []
                        for index in 1...5 {
                            try await client.send(Wire.request(headers: ["x-api-key: fm_one"], body: body))
                            let responses = await client.responses(index)
                            all.append(try #require(responses.last))
                        }
                        return all
                    }
                }
                var all: [RawResponse] = []
                for try await responses in group { all += responses }
                return all
            }
            let refused = statuses.filter { $0.status == 429 }
            #expect(Set(statuses.map(\.status)) == [200, 429])
            #expect(!refused.isEmpty)
            let sums = try await store.usage(UsageQuery(by: .total))
            let total = try #require(sums.first).sums
            #expect(total.calls == Int64(statuses.count - refused.count))
            #expect(total.charge <= PicoUSD(20_000_000_000))
            #expect(total.calls >= 5)

            // Those that only running calls stand in the way of are told to come again soon.
            let passing = refused.filter { $0.header("x-should-retry") == ["true"] }
            #expect(passing.allSatisfy { $0.header("retry-after") == ["5"] && $0.text.contains("rate_limit_error") })
            // With nothing running, what is left is spent to the end.
            let last = try await gateway.client()
            var answers: [RawResponse] = []
            while answers.last?.status ?? 200 == 200 {
                try await last.send(Wire.request(headers: ["x-api-key: fm_one"], body: body))
                answers.append(try #require(await last.responses(answers.count + 1).last))
            }
            let spent = try #require(try await store.usage(UsageQuery(by: .total)).first).sums.charge
            #expect(spent <= PicoUSD(20_000_000_000))
            let refusal = try #require(answers.last)
            #expect(refusal.header("x-should-retry") == ["false"])
            #expect(refusal.header("anthropic-ratelimit-unified-status") == ["rejected"])
            #expect(refusal.header("anthropic-ratelimit-unified-reset") == ["1795478400"])
            #expect(refusal.header("retry-after") == ["10800"])
            #expect(refusal.header("anthropic-ratelimit-unified-overage-period") == ["daily"])
            #expect(refusal.header("anthropic-ratelimit-unified-overage-disabled-reason") == ["org_spend_cap_reached"])
            #expect(
                refusal.text.hasPrefix(
                    #"{"type":"error","error":{"type":"billing_error","message":"spend limit reached"#))
        }
    }

    @Test(
        "a call of a customer with caps whose price has no bound is not forwarded",
        arguments: ["{}", "{", #"{"max_tokens":"x"}"#])
    func unbounded(_ body: String) async throws {
        let store = try await Self.store(limits: SpendLimits(daily: .dollar))
        try await GatewayHarness.run(store: store, upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            try await client.send(Wire.request(headers: ["x-api-key: fm_one"], body: body))
            let response = try #require(await client.response())
            #expect(response.status == 400)
            #expect(response.text.contains("max_tokens"))
            #expect(gateway.upstream.requests.value.isEmpty)
        }
    }

    @Test(
        "what a body says about its price is taken at its dearest",
        arguments: [
            (#"{"model":"m","max_tokens":5}"#, "m", 5), (#"{"max_tokens":7,"model":"m","max_tokens":5}"#, "m", 7),
            (#"{"model":"m","model":"n","max_tokens":5}"#, nil, 5), (#"{"max_tokens":5}"#, nil, 5),
            (#"{"model":"m","fallbacks":[{"model":"n"}],"max_tokens":5}"#, nil, 5), (#"{"model":"m"}"#, "m", nil),
            (#"{"model":"m","max_tokens":5"#, "m", nil),
        ] as [(String, String?, Int64?)])
    func terms(_ body: String, _ model: String?, _ maxTokens: Int64?) {
        let terms = CallTerms(ByteBuffer(string: body))
        #expect(terms.model == model)
        #expect(terms.maxTokens == maxTokens)
    }

    @Test("a call that costs nothing gives its reservation back")
    func release() async throws {
        let store = try await Self.store(limits: SpendLimits(daily: PicoUSD(5_000_000_000)))
        try await GatewayHarness.run(
            store: store, upstream: { _ in [.text(Wire.json("{}", status: "529 Overloaded"))] }
        ) { gateway in
            let client = try await gateway.client()
            for index in 1...20 {
                try await client.send(
                    Wire.request(
                        headers: ["x-api-key: fm_one"], body: #"{"model":"claude-opus-5-5","max_tokens":200}"#))
                #expect(await client.responses(index).last?.status == 529)
            }
        }
    }
}
