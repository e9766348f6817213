import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import FlowMockNode

@Suite("Faults", .timeLimit(.minutes(10)))
struct FaultTests {
    private func answer(
        _ harness: NodeHarness, to transaction: MockTransaction
    ) async throws -> (status: UInt, body: String) {
        var request = HTTPClientRequest(url: harness.node.baseURL + "/v1/transactions")
        request.method = .POST
        request.body = .bytes(NodeHarness.body(transaction))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 20)
        return (response.status.code, String(buffer: body))
    }

    /// Runs `body` with the harness's node listening.
    private func serving(_ body: (NodeHarness) async throws -> Void) async throws {
        let template = try NodeHarness()
        try await MockAccessNode.withNode(template.node.configuration) { node in
            try await body(NodeHarness(template, serving: node))
        }
    }

    @Test("a status is answered so many times, and carries nothing out", arguments: [429, 503])
    func status(code: Int) async throws {
        try await serving { harness in
            harness.node.inject(.status(code, retryAfter: 1), on: .sendTransaction, times: 2)
            let transaction = try harness.transaction()
            for _ in 0..<2 {
                #expect(try await answer(harness, to: transaction).status == UInt(code))
                #expect(harness.node.pendingCount == 0)
            }
            #expect(try await answer(harness, to: transaction).status == 200)
            #expect(harness.node.faultsMet == [.status(code, retryAfter: 1): 2])
        }
    }

    @Test("a refusal has the text that it was given, in the node's form")
    func refusal() async throws {
        try await serving { harness in
            let text = "invalid transaction: transaction rate limited for payer (f8d6e0586b0a20c7)"
            harness.node.inject(.refuse(text), on: .sendTransaction)
            let transaction = try harness.transaction()
            let answer = try await answer(harness, to: transaction)
            #expect(answer.status == 400)
            #expect(answer.body == #"{"code":400,"message":"Invalid Flow argument: \#(text)"}"# + "\n")
            #expect(harness.node.pendingCount == 0)
            #expect(try await self.answer(harness, to: transaction).status == 200)
        }
    }

    @Test("a dropped request does nothing; a dropped response has done everything")
    func drops() async throws {
        try await serving { harness in
            let transaction = try harness.transaction()
            for (fault, pending) in [(MockFault.dropRequest, 0), (.dropResponse, 1), (.cutBody, 1)] {
                harness.node.inject(fault, on: .sendTransaction)
                await #expect(throws: (any Error).self) { try await answer(harness, to: transaction) }
                #expect(harness.node.pendingCount == pending, "\(fault)")
            }
            #expect(try await answer(harness, to: transaction).status == 200)
            #expect(harness.node.pendingCount == 1)
        }
    }

    @Test("a hanging request is not answered, and holds nothing up when the node stops")
    func hang() async throws {
        try await serving { harness in
            harness.node.inject(.hangAfterwards, on: .sendTransaction)
            let transaction = try harness.transaction()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: (any Error).self) { try await answer(harness, to: transaction) }
                }
                await #expect(throws: Never.self) { try await harness.node.waitForRequests(.sendTransaction) }
                #expect(harness.node.pendingCount == 1)
                group.cancelAll()
            }
        }
    }

    @Test("a duplicated send is one transaction; garbage is no JSON")
    func duplicateAndGarbage() async throws {
        try await serving { harness in
            harness.node.inject(.duplicate, on: .sendTransaction)
            harness.node.inject(.garbage, on: .sendTransaction, skipping: 0)
            let transaction = try harness.transaction()
            #expect(try await answer(harness, to: transaction).status == 200)
            #expect(try await answer(harness, to: transaction).body.hasPrefix("<html>"))
            harness.node.settle()
            #expect(harness.node.executions(of: transaction.logicalID).succeeded == 1)
        }
    }

    @Test("a fault can spare the first requests: the result is unknown only after a while")
    func skipping() async throws {
        let harness = try NodeHarness()
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        harness.node.inject(.notFound, on: .transactionResult, times: 2, skipping: 1)
        var seen: [Int] = []
        for _ in 0..<4 { seen.append(try await harness.get("/transaction_results/\(transaction.id)").status) }
        #expect(seen == [200, 404, 404, 200])
    }

    @Test("random faults come as often as told, and the same with the same seed", arguments: [1, 2, 77] as [UInt64])
    func random(seed: UInt64) async throws {
        func statuses() async throws -> [Int] {
            let harness = try NodeHarness()
            harness.node.injectRandomly([(.blocks, .notFound, permille: 300)], seed: seed)
            var statuses: [Int] = []
            for _ in 0..<1000 { statuses.append(try await harness.get("/blocks?height=final").status) }
            return statuses
        }
        let first = try await statuses()
        #expect(try await statuses() == first, "seed \(seed)")
        // 300 in 1,000 with a standard deviation of 14.5.
        #expect((220...380).contains(first.count { $0 == 404 }), "seed \(seed)")
    }

    @Test("a node whose port is taken says so")
    func portTaken() async throws {
        try await serving { harness in
            var configuration = MockAccessNode.Configuration()
            configuration.port = harness.node.port
            let taken = configuration
            let error = await #expect(throws: FlowMockNodeError.self) {
                try await MockAccessNode.withNode(taken) { _ in }
            }
            #expect(error?.code == .notStarted)
        }
    }
}
