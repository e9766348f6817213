import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// Passes everything on to a real node, and then answers something else to what it was sent.
private final class LyingTransport: AccessTransport {
    enum Lie: Sendable {
        case answer(AccessResponse)
        case silence
    }

    private let transport: HTTPTransport
    private let lies: Mutex<[Lie]>

    init(_ transport: HTTPTransport, _ lies: [Lie]) {
        self.transport = transport
        self.lies = Mutex(lies)
    }

    func send(
        _ request: AccessRequest, to node: AccessNode, timeout: Duration
    ) async throws(FlowError) -> AccessResponse {
        let answer = try await transport.send(request, to: node, timeout: timeout)
        guard request.path == "/transactions", let lie = lies.withLock({ $0.isEmpty ? nil : $0.removeFirst() })
        else { return answer }
        switch lie {
        case .answer(let response): return response
        case .silence: throw FlowError(.timedOut, "no answer in time")
        }
    }
}

@Suite("A node's word against what it did", .timeLimit(.minutes(10)))
struct DoubtTests {
    private static let refusal = LyingTransport.Lie.answer(
        .json(#"{"code":400,"message":"unknown field \"extension_data\""}"#, status: 400))
    private static let otherID = LyingTransport.Lie.answer(
        .json(#"{"id":"\#(String(repeating: "a1", count: 32))"}"#))

    @Test(arguments: [
        [.silence, refusal], [.answer(.json("", status: 503)), refusal], [otherID], [otherID, otherID],
    ])
    fileprivate func `what may have been taken is followed, whatever was said of it`(
        lies: [LyingTransport.Lie]
    ) async throws {
        try await ChainHarness.with { harness in
            try await HTTPTransport.withTransport { transport in
                let client = try FlowClient(
                    nodes: harness.client.nodes, transport: LyingTransport(transport, lies),
                    retries: harness.client.retries, clock: harness.clock)
                let doubtful = ChainHarness(node: harness.node, client: client, clock: harness.clock)
                let intent = try ChainHarness.intent(1)
                let outcome = try await doubtful.sender(try doubtful.pool()).submit(intent)
                #expect(outcome.success != nil, "\(outcome)")
                #expect(try harness.executions(intent) == .once)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a transaction that is in two blocks is not done twice for the one in which it failed`(
        panics: Bool
    ) async throws {
        try await ChainHarness.with({ configuration in
            configuration.executor = { _ in panics ? .failure("panic: no") : .success() }
        }) { harness in
            let pool = try harness.pool()
            let sender = harness.sender(pool)
            harness.node.inject(.includeTwice, on: .sendTransaction)
            let intent = try ChainHarness.intent(1)
            let outcome = try await sender.submit(intent)
            #expect((outcome.success != nil) == !panics, "\(outcome)")
            if panics { #expect(outcome.failure?.code == .cadenceRuntime) }
            let count = try harness.executions(intent)
            #expect((count.succeeded, count.failed, count.refused) == (panics ? 0 : 1, panics ? 1 : 0, 1))
            #expect(harness.node.transactions.count == 1)
            // The key goes on with the number behind the one that was used.
            _ = try await sender.submit(ChainHarness.intent(2))
            #expect(harness.node.sequenceErrors == 1)
        }
    }

    @Test func `when it cannot be read which of two blocks it ran in, that is said, and nothing is signed anew`()
        async throws
    {
        try await ChainHarness.with { harness in
            harness.node.inject(.includeTwice, on: .sendTransaction)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                guard request.path.hasPrefix("/transaction_results?") else { return try await pass() }
                return .json("404 page not found", status: 404)
            }
            let intent = try ChainHarness.intent(1)
            let failure = try #require(try await hooked.sender(try hooked.pool()).submit(intent).failure)
            #expect(failure.reason == .indeterminate)
            #expect(failure.message.contains("it is in the blocks"))
            #expect(harness.node.transactions.count == 1)
        }
    }
}
