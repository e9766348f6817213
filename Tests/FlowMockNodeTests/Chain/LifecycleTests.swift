import Testing

@testable import FlowMockNode

@Suite("A transaction's way")
struct LifecycleTests {
    @Test("it is finalized, executed and sealed as far apart as the lags say")
    func lags() async throws {
        let harness = try NodeHarness { configuration in
            configuration.chain.executionLag = 2
            configuration.chain.sealingLag = 3
        }
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        var seen: [String] = []
        for _ in 0..<7 {
            let result = try await harness.result(transaction.id)
            seen.append("\(result["status"]?.text ?? "") \(result["execution"]?.text ?? "")")
            harness.node.step()
        }
        #expect(
            seen == [
                "Pending Pending", "Finalized Pending", "Finalized Pending", "Executed Pending", "Executed Pending",
                "Executed Pending", "Sealed Success",
            ])
    }

    @Test("a withheld transaction stays pending and expires 600 blocks behind its reference")
    func expiry() async throws {
        let harness = try NodeHarness()
        harness.node.inject(.withhold, on: .sendTransaction)
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        harness.node.step(600)
        #expect(try await harness.result(transaction.id)["status"]?.text == "Pending")
        harness.node.step()
        let result = try await harness.result(transaction.id)
        #expect(result["status"]?.text == "Expired")
        #expect(result["execution"]?.text == "Failure")
        #expect(harness.node.sequenceNumber(of: NodeHarness.alice, key: 0) == 0)
    }

    @Test("reads see the sealed state unless they name another height")
    func sealedReads() async throws {
        let harness = try NodeHarness { $0.chain.sealingLag = 5 }
        _ = try await harness.send(try harness.transaction())
        harness.node.step()
        let path = "/accounts/\(NodeHarness.alice)/keys/0"
        #expect(try await harness.get(path).json["sequence_number"]?.text == "0")
        #expect(try await harness.get(path + "?block_height=final").json["sequence_number"]?.text == "1")
        harness.node.step(5)
        #expect(try await harness.get(path).json["sequence_number"]?.text == "1")
        #expect(try await harness.get(path + "?block_height=1000").json["sequence_number"]?.text == "0")
    }

    @Test("with a block for each transaction, the answer to a send is already sealed")
    func perTransaction() async throws {
        let harness = try NodeHarness { $0.blocks = .perTransaction }
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        #expect(try await harness.result(transaction.id)["status"]?.text == "Sealed")
    }

    @Test("a block holds as many transactions as it can, and the rest waits")
    func fullBlocks() async throws {
        let harness = try NodeHarness { $0.chain.transactionsPerBlock = 2 }
        for number in 0..<5 { _ = try await harness.send(try harness.transaction(argument: "\(number)")) }
        var left: [Int] = []
        for _ in 0..<3 {
            harness.node.step()
            left.append(harness.node.pendingCount)
        }
        #expect(left == [3, 1, 0])
    }
}
