import NIOHTTP1
import Testing

@testable import FlowMockNode

@Suite("Reading routes")
struct ReadingTests {
    private static let type = "A.f8d6e0586b0a20c7.Billing.Settled"

    private func harness(_ change: (inout MockAccessNode.Configuration) -> Void = { _ in }) throws -> NodeHarness {
        try NodeHarness { configuration in
            configuration.executor = { _ in .success(events: [MockEvent(type: Self.type, fields: [])]) }
            change(&configuration)
        }
    }

    @Test(
        "questions that a real node refuses are refused",
        arguments: [
            ("/blocks", 400), ("/blocks?height=sealed,1000", 400), ("/blocks?height=-1", 400),
            ("/blocks?height=1000&start_height=1", 400), ("/blocks?start_height=1000&end_height=1050", 400),
            ("/blocks?start_height=1001&end_height=1000", 400), ("/blocks?height=9999", 404), ("/blocks/12", 400),
            ("/blocks/\(String(repeating: "a", count: 64))", 404), ("/transactions/12", 404), ("/transactions/1x", 400),
            ("/transaction_results/12", 404),
            ("/transaction_results/\(String(repeating: "a", count: 64))", 404), ("/accounts/123", 400),
            ("/accounts/f233dcee88fe0abe", 400), ("/accounts/ee82856bf20e2aa6", 404),
            ("/accounts/01cf0e2f2f715450/keys/7", 404), ("/accounts/01cf0e2f2f715450/keys/x", 400),
            ("/accounts/01cf0e2f2f715450?block_height=4000", 404), ("/events?type=Billing", 400),
            ("/events?type=\(type)", 400), ("/events?type=\(type)&start_height=1000&end_height=1250", 400),
            ("/events?type=\(type)&start_height=1007&end_height=1008", 400),
            ("/events?type=\(type)&start_height=999&end_height=1000", 404),
            ("/collections/\(String(repeating: "a", count: 64))", 404), ("/nothing", 404), ("/ws", 400),
        ])
    func refused(path: String, status: Int) async throws {
        let answer = try await harness().get(path)
        #expect(answer.status == status, "\(answer.json)")
        #expect(answer.json["code"]?.digits == "\(status)")
    }

    @Test("blocks are read by height, by range and by id, and chain together")
    func blocks() async throws {
        let harness = try harness { $0.chain.sealingLag = 1 }
        harness.node.step(3)
        let range = try #require(try await harness.get("/blocks?start_height=1000&end_height=1003").json.elements)
        let headers = range.compactMap { $0["header"] }
        #expect(headers.map { $0["height"]?.text } == ["1000", "1001", "1002", "1003"])
        for (parent, child) in zip(headers, headers.dropFirst()) { #expect(child["parent_id"] == parent["id"]) }
        let final = try await harness.get("/blocks?height=final").json.elements?.first
        #expect(final?["block_status"]?.text == "BLOCK_FINALIZED")
        #expect(final?["header"]?["id"]?.text == harness.node.finalBlockID)
        let sealed = try await harness.get("/blocks?height=sealed").json.elements?.first
        #expect(sealed?["header"]?["height"]?.text == "1002")
        #expect(sealed?["block_status"]?.text == "BLOCK_SEALED")
        let byID = try await harness.get("/blocks/\(harness.node.finalBlockID)?expand=payload").json.elements?.first
        #expect(byID?["payload"]?["collection_guarantees"]?.elements == [])
    }

    @Test("events come by block, empty blocks included, and the range is cut without a word")
    func events() async throws {
        let harness = try harness()
        harness.node.step()
        _ = try await harness.send(try harness.transaction())
        harness.node.step(2)
        let path = "/events?type=\(Self.type)&start_height=1000&end_height=1200"
        let blocks = try #require(try await harness.get(path).json.elements)
        #expect(blocks.map { $0["block_height"]?.text } == ["1000", "1001", "1002", "1003"])
        #expect(blocks.map { $0["events"]?.elements?.count } == [nil, nil, 1, nil])
        harness.node.inject(.cutEvents(2), on: .events)
        let cut = try #require(try await harness.get(path).json.elements)
        #expect(cut.map { $0["block_height"]?.text } == ["1000", "1001"])
        let byID = try await harness.get("/events?type=\(Self.type)&block_ids=\(harness.node.finalBlockID)")
        #expect(byID.json.elements?.count == 1)
    }

    @Test("a block's transactions, results and collection can be found from it")
    func collection() async throws {
        let harness = try harness()
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        harness.node.step()
        let results = try await harness.get("/transaction_results?block_height=1001").json.elements
        let collection = try #require(results?.first?["collection_id"]?.text)
        let found = try await harness.get("/collections/\(collection)?expand=transactions").json
        #expect(found["transactions"]?.elements?.first?["id"]?.text == transaction.id)
        let transactions = try await harness.get("/transactions?block_id=\(harness.node.finalBlockID)").json.elements
        #expect(transactions?.first?["id"]?.text == transaction.id)
        let expanded = try await harness.get("/transactions/\(transaction.id)?expand=result").json
        #expect(expanded["result"]?["status"]?.text == "Sealed")
        harness.node.setScheduled(12, transaction: transaction.id)
        #expect(try await harness.get("/transactions/12").json["id"]?.text == transaction.id)
        #expect(try await harness.get("/transaction_results/12").json["status"]?.text == "Sealed")
    }

    @Test("scripts return a bare string, and fail with the virtual machine's code")
    func scripts() async throws {
        let harness = try NodeHarness { configuration in
            configuration.scripts = { script in
                script.code.contains("panic")
                    ? .failure(code: 1101, message: "panic: no")
                    : .value(#"{"type":"Int","value":"\#(script.height)"}"#)
            }
        }
        func run(_ code: String, _ query: String = "") async throws -> NodeHarness.Answer {
            let body: MockJSON = ["script": .string(Base64.encode(Array(code.utf8))), "arguments": []]
            return try await harness.request(.POST, "/scripts\(query)", body.encoded)
        }
        let value = try await run("access(all) fun main(): Int { return 1 }")
        #expect(Base64.decode(value.json.text ?? "") == Array(#"{"type":"Int","value":"1000"}"#.utf8) + [10])
        let failure = try await run("access(all) fun main() { panic(\"no\") }")
        #expect(failure.status == 400)
        #expect(failure.message.contains("[Error Code: 1101]"))
        #expect(try await run("access(all) fun main(a: Int) { }").message.contains("parameter count mismatch"))
        #expect(try await run("access(all) fun main() { }", "?block_height=2000").status == 404)
        #expect(try await harness.request(.POST, "/scripts", Array("{}".utf8)).status == 400)
    }

    @Test("the network and the node's version are told")
    func network() async throws {
        let harness = try NodeHarness { $0.chain.network = .testnet }
        #expect(try await harness.get("/network/parameters").json["chain_id"]?.text == "flow-testnet")
        #expect(try await harness.get("/node_version_info").json["node_root_block_height"]?.text == "1000")
    }
}
