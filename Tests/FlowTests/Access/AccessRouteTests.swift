import BigInt
import Foundation
import Testing

@testable import Flow

@Suite("Routes and answers of the access node, as its interface describes them", .timeLimit(.minutes(10)))
struct AccessRouteTests {
    private static let a = String(repeating: "a1", count: 32)
    private static let b = String(repeating: "b2", count: 32)
    private static let block = #"""
        {"header":{"id":"\#(a)","parent_id":"\#(b)","height":"42","timestamp":"2026-11-23T20:00:00.123456789Z",
        "parent_voter_signature":"AA=="},"_expandable":{"payload":"x"},"_links":{},"block_status":"BLOCK_SEALED"}
        """#
    private static let payload = #"""
        {"collection_guarantees":[{"collection_id":"\#(a)","signer_indices":"","signature":"AA==",
        "reference_block_id":"\#(b)","cluster_chain_id":"cluster-0"}],
        "block_seals":[{"block_id":"\#(a)","result_id":"\#(b)","final_state":"\#(b)"}]}
        """#

    private static let executionResult = #"""
        {"id":"\#(a)","block_id":"\#(b)","previous_result_id":"\#(a)","events":[{"type":"flow.EpochSetup"}],
        "chunks":[{"block_id":"\#(b)","collection_index":"1","start_state":"AQ==","end_state":"Ag==",
        "event_collection":"\#(b)","index":"1","number_of_transactions":"3","total_computation_used":"250"}]}
        """#

    private func client(_ json: String) throws -> (FlowClient, FakeTransport) {
        let transport = FakeTransport(json: json)
        return (try FlowClient.fake(transport), transport)
    }

    private var id: FlowIdentifier { get throws { try FlowIdentifier(Self.a) } }

    @Test func `blocks`() async throws {
        let (client, transport) = try client("[\(Self.block)]")
        let block = try await client.block()
        #expect(block.height == 42)
        #expect(try block.id == id)
        #expect(block.status == .sealed)
        #expect(block.timestamp.nanoseconds == 1_795_464_000_123_456_789)
        _ = try await client.block(.latestSealed, withPayload: true)
        _ = try await client.block(.height(7))
        _ = try await client.block(.id(id))
        _ = try await client.blocks(1...50)
        _ = try await client.blocks([id, FlowIdentifier(Self.b)])
        #expect(
            transport.paths == [
                "/blocks?height=final", "/blocks?height=sealed&expand=payload", "/blocks?height=7",
                "/blocks/\(Self.a)", "/blocks?start_height=1&end_height=50", "/blocks/\(Self.a),\(Self.b)",
            ])
        await #expect(throws: FlowError.self) { try await client.blocks(1...51) }
        await #expect(throws: FlowError.self) { try await client.blocks([]) }
    }

    @Test func `blocks at several heights come in the order that was asked for`() async throws {
        func block(_ height: Int) -> String {
            Self.block.replacingOccurrences(of: #""height":"42""#, with: #""height":"\#(height)""#)
        }
        let (client, transport) = try client("[\(block(7)),\(block(42))]")
        #expect(try await client.blocks(at: [42, 7, 42]).map(\.height) == [42, 7, 42])
        #expect(transport.paths == ["/blocks?height=42,7,42"])
        let error = await #expect(throws: FlowError.self) { try await client.blocks(at: [7, 8]) }
        #expect(error?.code == .malformedAnswer)
        for heights in [[], Array(1...51)] as [[UInt64]] {
            let error = await #expect(throws: FlowError.self) { try await client.blocks(at: heights) }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test func `scheduled transactions are read by number, and results by a place or with the transaction`()
        async throws
    {
        let result = #"{"status":"Sealed","error_message":"","computation_used":"5","block_id":"\#(Self.b)"}"#
        let scheduled = #"""
            {"id":"\#(Self.a)","script":"cw==","arguments":[],"reference_block_id":"\#(String(repeating: "0", count: 64))",
            "gas_limit":"9999","payer":"0000000000000000","proposal_key":{"address":"0000000000000000","key_index":"0",
            "sequence_number":"0"},"authorizers":[],"payload_signatures":null,"envelope_signatures":null,
            "result":\#(result),"_links":{}}
            """#
        let (client, transport) = try client(scheduled)
        let transaction = try await client.transaction(ofScheduled: 7)
        #expect(transaction.payer == .zero)
        #expect(transaction.envelopeSignatures.isEmpty)
        let both = try await client.transactionWithResult(id)
        #expect(both.transaction == transaction)
        #expect(both.result.isSealed)
        #expect(transport.paths == ["/transactions/7", "/transactions/\(Self.a)?expand=result"])
        let (results, paths) = try self.client(result)
        _ = try await results.result(ofScheduled: 7)
        _ = try await results.result(of: id, inBlock: FlowIdentifier(Self.b))
        _ = try await results.result(of: id, inBlock: id, inCollection: FlowIdentifier(Self.b))
        #expect(
            paths.paths == [
                "/transaction_results/7", "/transaction_results/\(Self.a)?block_id=\(Self.b)",
                "/transaction_results/\(Self.a)?block_id=\(Self.a)&collection_id=\(Self.b)",
            ])
        let (list, listPaths) = try self.client("[\(result)]")
        #expect(try await list.results(inBlock: .height(9)).count == 1)
        let (transactions, transactionPaths) = try self.client("[\(scheduled)]")
        #expect(try await transactions.transactions(inBlock: .id(id)) == [transaction])
        #expect(
            listPaths.paths + transactionPaths.paths == [
                "/transaction_results?block_height=9", "/transactions?block_id=\(Self.a)",
            ])
    }

    @Test func `a block is read with its payload and its execution result`() async throws {
        let expanded = Self.block.replacingOccurrences(
            of: #""_expandable":{"payload":"x"}"#,
            with: #""payload":\#(Self.payload),"execution_result":\#(Self.executionResult),"_expandable":{}"#)
        let (client, transport) = try client("[\(expanded)]")
        let block = try await client.block(.id(id), withPayload: true, withExecutionResult: true)
        #expect(block.parentVoterSignature == [0])
        #expect(block.payload?.collectionIDs.count == 1)
        #expect(block.executionResult?.chunks.count == 1)
        _ = try await client.block(.latestSealed, withExecutionResult: true)
        #expect(
            transport.paths == [
                "/blocks/\(Self.a)?expand=payload,execution_result", "/blocks?height=sealed&expand=execution_result",
            ])
    }

    @Test func `a route without a method of its own is asked like the others`() async throws {
        let body = #"[{"header":{"height":"42"}}]"#
        let transport = FakeTransport([.respond(.json("", status: 503)), .respond(.json(body))])
        let client = try FlowClient.fake(transport)
        let request = AccessRequest(path: "/blocks?height=sealed&select=header.height")
        #expect(try await client.json(request) == Array(body.utf8))
        #expect(transport.paths == [request.path, request.path])
    }

    @Test func `the final result is waited for, and a transaction that nobody knows is not waited for long`()
        async throws
    {
        func result(_ status: String) -> FakeTransport.Answer {
            .respond(.json(#"{"status":"\#(status)","error_message":""}"#))
        }
        let unknown = FakeTransport.Answer.respond(.json(#"{"code":404,"message":"no"}"#, status: 404))
        let transport = FakeTransport([unknown, result("Pending"), result("Executed"), result("Sealed")])
        #expect(try await FlowClient.fake(transport).finalResult(of: id).isSealed)
        #expect(transport.requests.count == 4)
        #expect(try await FlowClient.fake(FakeTransport([result("Expired")])).finalResult(of: id).status == .expired)
        let lost = FakeTransport([unknown])
        let error = await #expect(throws: FlowError.self) {
            try await FlowClient.fake(lost).finalResult(of: id, interval: .seconds(2), patience: .seconds(10))
        }
        #expect(error?.code == .notFound)
        #expect(lost.requests.count == 6)
    }

    @Test func `what blocks hold`() async throws {
        let (client, transport) = try client(Self.payload)
        let payload = try await client.payload(ofBlock: id)
        #expect(try payload.collectionIDs == [id])
        #expect(payload.seals.count == 1)
        #expect(payload.seals.first?.finalState == Self.b)
        #expect(payload.guarantees.first?.clusterChainID == "cluster-0")
        #expect(try payload.guarantees.first?.referenceBlockID == FlowIdentifier(Self.b))
        #expect(transport.paths == ["/blocks/\(Self.a)/payload"])
        let (other, _) = try self.client(
            #"{"id":"\#(Self.a)","_expandable":{"transactions":["/v1/transactions/\#(Self.b)"]},"_links":{}}"#)
        #expect(try await other.collection(id).transactionIDs == [FlowIdentifier(Self.b)])
        let transaction = try Vectors.list("rest_post_transactions")[0]
        var body = String(
            decoding: TransactionBody.json(try TransactionBody.transaction(try transaction["body"])), as: UTF8.self)
        body = #"{"id":"\#(try transaction.text("id"))","# + body.dropFirst()
        let (full, fullPaths) = try self.client(
            #"{"id":"\#(Self.a)","transactions":[\#(body)],"_expandable":{},"_links":{}}"#)
        let collection = try await full.collection(id, withTransactions: true)
        #expect(collection.transactions.map(\.id) == collection.transactionIDs)
        #expect(collection.transactions.count == 1)
        #expect(fullPaths.paths == ["/collections/\(Self.a)?expand=transactions"])
    }

    @Test func `execution results and receipts`() async throws {
        let (client, transport) = try client("[\(Self.executionResult)]")
        #expect(try await client.executionResults(ofBlocks: [id]).first?.blockID == FlowIdentifier(Self.b))
        let (one, _) = try self.client(Self.executionResult)
        let result = try await one.executionResult(id)
        #expect(try result.id == id)
        #expect(result.serviceEventTypes == ["flow.EpochSetup"])
        let chunk = try #require(result.chunks.first)
        #expect(chunk.transactionCount == 3)
        #expect(chunk.computationUsed == 250)
        #expect((chunk.startState, chunk.endState) == ([1], [2]))
        let (receipts, paths) = try self.client(#"[{"executor_id":"\#(Self.b)","result_id":"\#(Self.a)"}]"#)
        #expect(try await receipts.executionReceipts(ofBlock: id).first?.resultID == id)
        _ = try await receipts.executionReceipts(ofResult: id)
        #expect(transport.paths == ["/execution_results?block_id=\(Self.a)"])
        #expect(paths.paths == ["/execution_receipts?block_id=\(Self.a)", "/execution_receipts/results/\(Self.a)"])
        let (full, fullPaths) = try self.client(
            #"[{"executor_id":"\#(Self.b)","executor_signature":"AQ==","execution_result":\#(Self.executionResult)}]"#)
        let receipt = try #require(try await full.executionReceipts(ofBlock: id, withResults: true).first)
        #expect(try receipt.resultID == id)
        #expect(receipt.executorSignature == [1])
        #expect(receipt.executionResult?.chunks.count == 1)
        _ = try await full.executionReceipts(ofResult: id, withResults: true)
        #expect(
            fullPaths.paths == [
                "/execution_receipts?block_id=\(Self.a)&expand=execution_result",
                "/execution_receipts/results/\(Self.a)?expand=execution_result",
            ])
    }

    @Test func `the network and the node`() async throws {
        let (client, _) = try client(
            #"""
            {"semver":"v0.51.0","commit":"dd885b28","spork_id":"\#(Self.a)","protocol_version":"2",
            "protocol_state_version":"1","spork_root_block_height":"100","node_root_block_height":"200",
            "compatible_range":{"start_height":"150","end_height":"900"}}
            """#)
        let version = try await client.nodeVersion()
        #expect(version.protocolStateVersion == 1)
        #expect(version.compatibleHeights == 150...900)
        #expect(version.version == "v0.51.0")
        #expect(version.nodeRootHeight == 200)
        let (other, transport) = try self.client(#"{"chain_id":"flow-testnet"}"#)
        #expect(try await other.chainID() == "flow-testnet")
        #expect(transport.paths == ["/network/parameters"])
    }

    @Test func `accounts, with either spelling of algorithms`() async throws {
        let hex = try FlowPrivateKey.generate().publicKey.hex
        func key(_ signing: String, _ hashing: String) -> String {
            #"{"index":"0","public_key":"0x\#(hex)","signing_algorithm":"\#(signing)","hashing_algorithm":"\#(hashing)","sequence_number":"7","weight":"1000","revoked":false}"#
        }
        let account = #"""
            {"address":"f8d6e0586b0a20c7","balance":"99999999999","keys":[\#(key("ECDSA_P256", "SHA3_256"))],
            "contracts":{"A":"YWNjZXNz"},"_links":{}}
            """#
        let (client, transport) = try client(account)
        let address = FlowChain.emulator.serviceAddress
        let read = try await client.account(address, withKeys: true, withContracts: true)
        #expect(read.balance.description == "999.99999999")
        #expect(read.contracts == ["A": "access"])
        #expect(read.keys.first?.sequenceNumber == 7)
        #expect(transport.paths == ["/accounts/f8d6e0586b0a20c7?block_height=sealed&expand=keys,contracts"])
        let (keys, paths) = try self.client(#"{"keys":[\#(key("ECDSAP256", "SHA2256"))]}"#)
        #expect(try await keys.keys(of: address, at: .height(9)).first?.hashAlgorithm == .sha2)
        #expect(paths.paths == ["/accounts/f8d6e0586b0a20c7/keys?block_height=9"])
        let (one, onePaths) = try self.client(key("ECDSA_P256", "SHA3_256"))
        #expect(try await one.key(0, of: address, at: .final).weight == 1000)
        #expect(onePaths.paths == ["/accounts/f8d6e0586b0a20c7/keys/0?block_height=final"])
        let (balance, _) = try self.client(#"{"balance":"150000000"}"#)
        #expect(try await balance.balance(of: address).description == "1.50000000")
        let (unknown, _) = try self.client(key("BLS_BLS12_381", "SHA3_256"))
        let error = await #expect(throws: FlowError.self) { try await unknown.key(0, of: address) }
        #expect(error?.code == .malformedAnswer)
    }

    @Test func `scripts return JSON-Cadence in a bare string, or in an object`() async throws {
        // {"type":"Int","value":"42"} and a line feed.
        let value = "eyJ0eXBlIjoiSW50IiwidmFsdWUiOiI0MiJ9Cg=="
        for answer in [#""\#(value)""#, #"{"value":"\#(value)"}"#] {
            let (client, transport) = try client(answer)
            #expect(try await client.executeScript("s", arguments: [.int(1)]) == .int(42))
            let request = try #require(transport.requests.first?.request)
            #expect(request.path == "/scripts?block_height=sealed")
            let body = String(decoding: try #require(request.body), as: UTF8.self)
            #expect(body == #"{"script":"cw==","arguments":["eyJ2YWx1ZSI6IjEiLCJ0eXBlIjoiSW50In0="]}"#)
            #expect(try await client.executeScript("s", as: Int.self) == 42)
            let error = await #expect(throws: FlowError.self) { try await client.executeScript("s", as: String.self) }
            #expect(error?.code == .typeMismatch)
        }
    }

    @Test func `a script's failure has the virtual machine's code`() async throws {
        let body = #"""
            {"code":400,"message":"Invalid Flow argument: failed to execute script: [Error Code: 1101] failed to execute script at block (480f): [Error Code: 1101] error caused by: 1 error occurred:\n\t* panic: Moment is locked\n  --\u003e 0b2a:26"}
            """#
        let transport = FakeTransport([.respond(.json(body, status: 400))])
        let client = try FlowClient.fake(transport)
        let error = await #expect(throws: FlowError.self) { try await client.executeScript("s") }
        #expect(error?.code == .executionFailed)
        #expect(error?.execution?.code == .cadenceRuntime)
        #expect(error?.execution?.message.contains("--> 0b2a:26") == true)
        #expect(transport.requests.count == 1)
    }

    @Test func `results tell status, failure, computation and events`() async throws {
        func result(_ status: String, _ error: String, _ execution: String) -> String {
            #"""
            {"block_id":"","collection_id":"\#(Self.b)","execution":"\#(execution)","status":"\#(status)","status_code":0,
            "error_message":"\#(error)","computation_used":"123","events":[{"type":"flow.AccountCreated",
            "transaction_id":"\#(Self.a)","transaction_index":"3","event_index":"1","payload":"e30="}],"_links":{}}
            """#
        }
        for status in TransactionStatus.allCases {
            let (client, _) = try client(result(status.rawValue, "", "Pending"))
            let read = try await client.result(of: id)
            #expect(read.status == status)
            #expect(read.failure == nil)
            #expect(read.blockID == nil)
            #expect(read.computationUsed == 123)
            #expect(read.events.first?.transactionIndex == 3)
        }
        let text =
            #"[Error Code: 1007] error caused by: 1 error occurred:\n\t* checking sequence number failed: [Error Code: 1007] invalid proposal key: public key 0 on account 201362ac764cf16f has sequence number 284, but given 283\n\n"#
        let (failed, _) = try client(result("Sealed", text, "Failure"))
        let failure = try #require(try await failed.result(of: id).failure)
        #expect(failure.code == .invalidSequenceNumber)
        #expect(failure.actualSequenceNumber == 284)
    }

    @Test func `transactions are posted as the interface wants them`() async throws {
        for node in try Vectors.list("rest_post_transactions") {
            let id = try node.text("id")
            let body = try node["body"]
            let transaction = try TransactionBody.transaction(body)
            #expect(transaction.id.description == id)
            let sent = try JSONDocument(TransactionBody.json(transaction))
            #expect(try sent.root.meaning() == body.meaning())
            let (client, transport) = try client(#"{"id":"\#(id)","_links":{}}"#)
            #expect(try await client.send(transaction).description == id)
            #expect(transport.paths == ["/transactions"])
            let (liar, _) = try self.client(#"{"id":"\#(Self.a)"}"#)
            let error = await #expect(throws: FlowError.self) { try await liar.send(transaction) }
            #expect(error?.code == .idMismatch)
        }
    }

    @Test func `events of ranges and of blocks`() async throws {
        let answer = #"""
            [{"block_id":"\#(Self.a)","block_height":"7","block_timestamp":"2026-11-23T20:00:00Z"},
            {"block_id":"\#(Self.b)","block_height":"8","block_timestamp":"2026-11-23T20:00:01.5Z","events":[]}]
            """#
        let (client, transport) = try client(answer)
        let type = "A.0ae53cb6e3f42a79.FlowToken.TokensDeposited"
        let blocks = try await client.events(type, heights: 7...256)
        #expect(blocks.map(\.height) == [7, 8])
        #expect(blocks.allSatisfy { $0.events.isEmpty })
        _ = try await client.events("flow.AccountCreated", blocks: [id])
        #expect(
            transport.paths == [
                "/events?type=\(type)&start_height=7&end_height=256",
                "/events?type=flow.AccountCreated&block_ids=\(Self.a)",
            ])
        await #expect(throws: FlowError.self) { try await client.events(type, heights: 7...257) }
        await #expect(throws: FlowError.self) { try await client.events(type, blocks: []) }
        for wrong in [
            "", "flow.", "A.0ae53cb6e3f42a79.FlowToken", "A.0AE53CB6E3F42A79.FlowToken.X", "A.1.B.C", "x&y=z",
        ] {
            let error = await #expect(throws: FlowError.self) { try await client.events(wrong, heights: 1...2) }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test(arguments: ["{}", "[]", "[{}]", "null", "1", #"{"chain_id":1}"#])
    func `an answer of another form is the node's fault`(json: String) async throws {
        let (client, _) = try client(json)
        for question in [{ _ = try await client.block() }, { _ = try await client.chainID() }]
            as [() async throws -> Void]
        {
            let error = await #expect(throws: FlowError.self) { try await question() }
            #expect(error?.code == .malformedAnswer)
        }
    }
}
