import Testing

@testable import FlowMockNode

@Suite("Subscriptions")
struct SubscriptionTests {
    private func subscription(_ text: String, _ harness: NodeHarness) throws(NodeFailure) -> Subscription {
        let request = try SocketRequest(parsing: Array(text.utf8))
        guard case .subscribe(let topic, let start) = request.action else { throw .bad("no subscription") }
        return try harness.node.withChain { (chain) throws(NodeFailure) in
            try Subscription(id: request.subscriptionID ?? "", topic, start: start, on: chain)
        }
    }

    private func messages(_ subscription: inout Subscription, _ harness: NodeHarness) -> [MockJSON] {
        harness.node.withChain { chain in
            var messages: [MockJSON] = []
            while let message = subscription.next(chain) { messages.append(message) }
            return messages
        }
    }

    @Test(
        "what a real node refuses is refused",
        arguments: [
            ("x", 400), (#"{"action":"dance"}"#, 400), (#"{"action":"subscribe","topic":"weather"}"#, 400),
            (#"{"action":"subscribe","topic":"blocks","arguments":{}}"#, 400),
            (#"{"action":"subscribe","topic":"blocks","arguments":{"block_status":"sealed","x":"1"}}"#, 400),
            (
                #"{"action":"subscribe","topic":"blocks","arguments":{"block_status":"sealed","start_block_height":1000}}"#,
                400
            ),
            (
                #"{"action":"subscribe","topic":"blocks","arguments":{"block_status":"sealed","start_block_height":"1001"}}"#,
                404
            ),
            (
                #"{"action":"subscribe","topic":"blocks","arguments":{"block_status":"sealed","start_block_height":"999"}}"#,
                400
            ),
            (#"{"action":"subscribe","topic":"events","arguments":{"event_types":["x"]}}"#, 400),
            (#"{"action":"subscribe","topic":"transaction_statuses","arguments":{"tx_id":"12"}}"#, 400),
            (#"{"subscription_id":"012345678901234567890","action":"list_subscriptions"}"#, 400),
        ])
    func refused(text: String, code: Int) throws {
        let harness = try NodeHarness()
        let failure = #expect(throws: NodeFailure.self) { _ = try subscription(text, harness) }
        #expect(failure?.status == code)
    }

    @Test("sealed blocks come one by one from the height asked for")
    func blocks() throws {
        let harness = try NodeHarness { $0.chain.sealingLag = 1 }
        harness.node.step(3)
        let text =
            #"{"action":"subscribe","topic":"blocks","arguments":{"block_status":"sealed","start_block_height":"1001"}}"#
        var subscription = try subscription(text, harness)
        #expect(
            messages(&subscription, harness).map { $0["payload"]?["block"]?["header"]?["height"]?.text } == [
                "1001", "1002",
            ])
        harness.node.step()
        #expect(
            messages(&subscription, harness).map { $0["payload"]?["block"]?["header"]?["height"]?.text } == ["1003"])
        #expect(messages(&subscription, harness).isEmpty)
    }

    @Test("events come with every block, numbered without a gap")
    func events() async throws {
        let type = "A.f8d6e0586b0a20c7.Billing.Settled"
        let harness = try NodeHarness { $0.executor = { _ in .success(events: [MockEvent(type: type, fields: [])]) } }
        _ = try await harness.send(try harness.transaction())
        harness.node.step(2)
        let text =
            #"{"action":"subscribe","topic":"events","arguments":{"event_types":["\#(type)"],"start_block_height":"1000"}}"#
        var subscription = try subscription(text, harness)
        let payloads = messages(&subscription, harness).compactMap { $0["payload"] }
        #expect(payloads.map { $0["block_height"]?.text } == ["1000", "1001", "1002"])
        #expect(payloads.map { $0["message_index"]?.digits } == ["0", "1", "2"])
        #expect(payloads.map { $0["events"]?.elements?.count } == [0, 1, 0])
    }

    @Test("every status of a transaction comes once, and none after the last")
    func statuses() async throws {
        let harness = try NodeHarness { $0.chain.sealingLag = 2 }
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        let text = #"{"action":"subscribe","topic":"transaction_statuses","arguments":{"tx_id":"\#(transaction.id)"}}"#
        var subscription = try subscription(text, harness)
        var seen: [String?] = []
        for _ in 0..<5 {
            seen += messages(&subscription, harness).map { $0["payload"]?["transaction_result"]?["status"]?.text }
            harness.node.step()
        }
        #expect(seen == ["Pending", "Finalized", "Executed", "Sealed"])
        #expect(subscription.isFinished)
    }
}
