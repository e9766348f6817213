import Testing

@testable import FlowMockNode

/// Something that a node takes and that fails when it runs.
struct ExecutionCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int
    let usesSequenceNumber: Bool
    let configure: @Sendable (inout MockAccessNode.Configuration) -> Void
    let make: @Sendable (NodeHarness) throws -> MockTransaction

    init(
        _ name: String, _ code: Int, usesSequenceNumber: Bool,
        configure: @escaping @Sendable (inout MockAccessNode.Configuration) -> Void = { _ in },
        _ make: @escaping @Sendable (NodeHarness) throws -> MockTransaction
    ) {
        testDescription = name
        self.code = code
        self.usesSequenceNumber = usesSequenceNumber
        self.configure = configure
        self.make = make
    }

    static let all = [
        ExecutionCase("a signature over other bytes", 1006, usesSequenceNumber: false) { harness in
            var transaction = try harness.transaction()
            transaction.gasLimit += 1
            return transaction
        },
        ExecutionCase("a payload signature in the envelope's place", 1006, usesSequenceNumber: false) { harness in
            var transaction = try harness.draft()
            transaction.envelopeSignatures = [try harness.alice.signature(over: transaction.payload + [0])]
            return transaction
        },
        ExecutionCase("a key that does not exist", 1006, usesSequenceNumber: false) { harness in
            var transaction = try harness.draft()
            transaction.proposalKeyIndex = 3
            var wallet = harness.alice
            wallet.index = 3
            transaction.envelopeSignatures = [try wallet.signature(over: transaction.envelope)]
            return transaction
        },
        ExecutionCase("a proposal key that has not signed", 1006, usesSequenceNumber: false) { harness in
            var transaction = try harness.draft()
            transaction.proposalKeyIndex = 1
            transaction.envelopeSignatures = [try harness.alice.signature(over: transaction.envelope)]
            return transaction
        },
        ExecutionCase(
            "too little weight", 1055, usesSequenceNumber: false,
            configure: { $0.chain.accounts[NodeHarness.alice]?.keys[0].weight = 999 },
            { harness in try harness.transaction() }),
        ExecutionCase("a sequence number ahead", 1007, usesSequenceNumber: false) { harness in
            try harness.transaction(sequenceNumber: 1)
        },
        ExecutionCase(
            "a sequence number behind", 1007, usesSequenceNumber: false,
            configure: { $0.chain.accounts[NodeHarness.alice]?.keys[0].sequenceNumber = 9 },
            { harness in try harness.transaction(sequenceNumber: 8) }),
        ExecutionCase(
            "a payer who cannot pay", 1118, usesSequenceNumber: true,
            configure: { $0.chain.accounts[NodeHarness.alice]?.balance = 10 }, { try $0.transaction() }),
        ExecutionCase(
            "a panic", 1101, usesSequenceNumber: true, configure: { $0.executor = { _ in .failure("panic: no") } },
            { try $0.transaction() }),
        ExecutionCase(
            "out of gas", 1110, usesSequenceNumber: true, configure: { $0.executor = { _ in .outOfGas } },
            { try $0.transaction() }),
        ExecutionCase(
            "more computation than the limit", 1110, usesSequenceNumber: true,
            configure: { $0.executor = { _ in .success(computation: 1001) } }, { try $0.transaction() }),
        ExecutionCase("an import that was not rewritten", 1101, usesSequenceNumber: true) { harness in
            try harness.transaction(script: "import \"FlowToken\"\ntransaction { prepare(s: &Account) {} }")
        },
        ExecutionCase("an argument too few", 1101, usesSequenceNumber: true) { harness in
            try harness.transaction(script: "transaction(a: {String: Int}, b: [Int]) { prepare(s: &Account) {} }")
        },
        ExecutionCase("an authorizer that nothing prepares", 1101, usesSequenceNumber: true) { harness in
            try harness.transaction(script: "transaction { execute {} }")
        },
        ExecutionCase("an argument that is no JSON-Cadence", 1101, usesSequenceNumber: true) { harness in
            try harness.transaction(argument: "\\q")
        },
        ExecutionCase(
            "a transfer without cover", 1101, usesSequenceNumber: true,
            configure: { configuration in
                configuration.executor = { _ in
                    .success(effects: [.transfer(from: NodeHarness.alice, to: NodeHarness.bob, amount: .max)])
                }
            }, { try $0.transaction() }),
    ]
}

@Suite("Execution of transactions")
struct ExecutionTests {
    @Test("what the virtual machine refuses ends sealed, with its code", arguments: ExecutionCase.all)
    func failure(_ item: ExecutionCase) async throws {
        let harness = try NodeHarness(item.configure)
        let before = try #require(harness.node.sequenceNumber(of: NodeHarness.alice, key: 0))
        let transaction = try item.make(harness)
        let sent = try await harness.send(transaction)
        try #require(sent.status == 200, "\(sent.json)")
        harness.node.settle()
        let result = try await harness.result(transaction.id)
        #expect(result["status"]?.text == "Sealed")
        #expect(result["execution"]?.text == "Failure")
        #expect(result["status_code"]?.digits == "1")
        #expect(
            result["error_message"]?.text?.hasPrefix("[Error Code: \(item.code)] error caused by: ") == true,
            "\(result)")
        let after = try #require(harness.node.sequenceNumber(of: NodeHarness.alice, key: 0))
        #expect(after == before + (item.usesSequenceNumber ? 1 : 0))
        let counts = harness.node.executions(of: transaction.logicalID)
        #expect(counts.succeeded == 0)
        #expect(counts.failed == (item.usesSequenceNumber ? 1 : 0))
        #expect(counts.refused == (item.usesSequenceNumber ? 0 : 1))
    }

    @Test("a wrong sequence number is told as the node tells it")
    func sequenceNumberText() async throws {
        let harness = try NodeHarness()
        let transaction = try harness.transaction(sequenceNumber: 283)
        _ = try await harness.send(transaction)
        harness.node.settle()
        let text = try await harness.result(transaction.id)["error_message"]?.text
        #expect(
            text == "[Error Code: 1007] error caused by: 1 error occurred:\n\t* checking sequence number failed: "
                + "[Error Code: 1007] invalid proposal key: public key 0 on account 01cf0e2f2f715450 has sequence "
                + "number 0, but given 283\n\n")
        #expect(harness.node.sequenceErrors == 1)
    }

    @Test("a revoked key no longer signs")
    func revokedKey() async throws {
        let harness = try NodeHarness { configuration in
            configuration.executor = { _ in .success(effects: [.revokeKey(NodeHarness.alice, index: 0)]) }
        }
        _ = try await harness.send(try harness.transaction())
        harness.node.settle()
        let next = try harness.transaction(sequenceNumber: 1)
        _ = try await harness.send(next)
        harness.node.settle()
        #expect(try await harness.result(next.id)["error_message"]?.text?.contains("revoked") == true)
        let key = try await harness.get("/accounts/\(NodeHarness.alice)/keys/0")
        #expect(key.json["revoked"]?.bool == true)
    }

    @Test("a success has its events, its fee event and its computation")
    func success() async throws {
        let event = MockEvent(
            type: "A.f8d6e0586b0a20c7.Billing.Settled", fields: [("epoch", #"{"value":"7","type":"UInt64"}"#)])
        let harness = try NodeHarness { $0.executor = { _ in .success(events: [event], computation: 150) } }
        let before = try #require(harness.node.balance(of: NodeHarness.alice))
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        harness.node.settle()
        let result = try await harness.result(transaction.id)
        #expect(result["execution"]?.text == "Success")
        #expect(result["computation_used"]?.text == "150")
        let events = try #require(result["events"]?.elements)
        #expect(events.compactMap { $0["type"]?.text } == [event.type, "A.e5a8b7f23e8b548f.FlowFees.FeesDeducted"])
        #expect(events.map { $0["event_index"]?.text } == ["0", "1"])
        for event in events {
            let payload = try #require(Base64.decode(event["payload"]?.text ?? ""))
            #expect(CadenceJSON.problem(in: payload) == nil)
        }
        // 1e-4 FLOW, and 4e-5 FLOW for each of 150 units.
        #expect(harness.node.balance(of: NodeHarness.alice) == before - 610_000)
    }

    @Test("a failed transaction keeps nothing but its fee")
    func failureKeepsFee() async throws {
        let harness = try NodeHarness { $0.executor = { _ in .failure(code: 1103, "storage capacity exceeded") } }
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        harness.node.settle()
        let events = try #require(try await harness.result(transaction.id)["events"]?.elements)
        #expect(events.compactMap { $0["type"]?.text } == ["A.e5a8b7f23e8b548f.FlowFees.FeesDeducted"])
    }

    @Test("accounts, keys and contracts come into being")
    func effects() async throws {
        let key = try Wallet(NodeHarness.bob, seed: 9).accountKey(weight: 0)
        let harness = try NodeHarness { configuration in
            configuration.chain.accounts[MockNetwork.emulator.serviceAccount] = .init(keys: [])
            configuration.executor = { _ in
                .success(effects: [
                    .createAccount(keys: [key]), .addKey(NodeHarness.alice, key),
                    .deploy(NodeHarness.alice, name: "Billing", code: "access(all) contract Billing {}"),
                    .transfer(from: NodeHarness.alice, to: NodeHarness.bob, amount: 5),
                ])
            }
        }
        let before = try #require(harness.node.balance(of: NodeHarness.bob))
        let transaction = try harness.transaction()
        _ = try await harness.send(transaction)
        harness.node.settle()
        let events = try #require(try await harness.result(transaction.id)["events"]?.elements)
        #expect(
            events.compactMap { $0["type"]?.text }.dropLast() == [
                "flow.AccountCreated", "flow.AccountKeyAdded", "flow.AccountKeyAdded", "flow.AccountContractAdded",
            ])
        for event in events {
            #expect(CadenceJSON.problem(in: try #require(Base64.decode(event["payload"]?.text ?? ""))) == nil)
        }
        let created = try await harness.get("/accounts/\(MockAddress(index: 2, network: .emulator))?expand=keys")
        #expect(created.json["keys"]?.elements?.count == 1)
        let alice = try await harness.get("/accounts/0x\(NodeHarness.alice)?expand=keys,contracts")
        #expect(alice.json["keys"]?.elements?.compactMap { $0["index"]?.text } == ["0", "1"])
        #expect(alice.json["contracts"]?["Billing"] != nil)
        #expect(harness.node.balance(of: NodeHarness.bob) == before + 5)
    }

    @Test("two transactions on one key in one block: one of them fails with a sequence error")
    func pipelining() async throws {
        let harness = try NodeHarness()
        for argument in ["a", "b"] { _ = try await harness.send(try harness.transaction(argument: argument)) }
        harness.node.settle()
        #expect(harness.node.sequenceErrors == 1)
        #expect(harness.node.executions.values.map(\.succeeded).reduce(0, +) == 1)
    }
}
