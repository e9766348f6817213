import FlowMockNode
import Testing

@testable import Flow

/// The steps of ``EmulatorTests`` against the mock, which is told what each of their programs does.
@Suite("What an emulator is asked, asked of the mock", .timeLimit(.minutes(10)))
struct MockScenarioTests {
    private static func with(_ body: (ChainScenario) async throws -> Void) async throws {
        let key = try FlowPrivateKey.generate()
        var configuration = MockAccessNode.Configuration()
        // New accounts own too little for the fees of their transactions.
        configuration.chain.chargesFees = false
        configuration.chain.accounts[ChainHarness.mockAddress] = .init(keys: [
            MockAccountKey(publicKey: key.publicKey.rawRepresentation)
        ])
        configuration.blocks = .perTransaction
        let programs = ScenarioPrograms()
        configuration.executor = { transaction in
            do { return try programs.run(transaction) } catch { return .failure("\(error)") }
        }
        configuration.scripts = { programs.run($0) }
        try await MockAccessNode.withNode(configuration) { node in
            try await HTTPTransport.withTransport { transport in
                let access = try AccessNode(node.baseURL)
                try await body(
                    ChainScenario(
                        client: FlowClient(nodes: [access], transport: transport, clock: FakeClock()),
                        streams: FlowStreams(nodes: [access]), serviceKey: key, pollInterval: .milliseconds(1),
                        expiryBlocks: 600))
            }
        }
    }

    @Test func `the network is the emulator's`() async throws {
        try await Self.with { try await $0.network() }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `an account is made, gets a contract and keys, and sends`(algorithm: SignatureAlgorithm) async throws {
        try await Self.with { try await $0.accountAndContract(algorithm) }
    }

    @Test func `FLOW is given to another account`() async throws {
        try await Self.with { try await $0.transfer() }
    }

    @Test func `scripts run and fail, and so do transactions`() async throws {
        try await Self.with { try await $0.scriptsAndFailures() }
    }

    @Test func `blocks, events and statuses are streamed`() async throws {
        try await Self.with { try await $0.webSocket() }
    }
}

/// What the programs of ``ChainScenario`` do, since the mock has no interpreter.
private struct ScenarioPrograms: Sendable {
    func run(_ transaction: MockTransaction) throws -> MockExecution {
        let source = transaction.scriptText
        let arguments = try transaction.arguments.map { try CadenceValue(json: $0) }
        let account = transaction.authorizers[0]
        func text(_ index: Int) throws -> String { try arguments[index].decoded(as: String.self) }
        if source.contains("panic(\"no\")") { return .failure("panic: no") }
        if source.contains("Account(payer: payer)") {
            let funds = try arguments[4].decoded(as: UFix64.self).scaled
            return .success(effects: [.createAccount(keys: try Self.keys(arguments), funds: funds)])
        }
        if source.contains("contracts.add(") || source.contains("contracts.update(") {
            return .success(effects: [.deploy(account, name: try text(0), code: try text(1))])
        }
        if source.contains("account.keys.add(") {
            return .success(effects: try Self.keys(arguments).map { .addKey(account, $0) })
        }
        if source.contains("account.keys.revoke(") {
            return .success(effects: [.revokeKey(account, index: try arguments[0].decoded(as: Int.self))])
        }
        if source.contains("Receiver") {
            let receiver = MockAddress(number: try arguments[1].decoded(as: FlowAddress.self).rawValue)
            let amount = try arguments[0].decoded(as: UFix64.self).scaled
            return .success(effects: [.transfer(from: account, to: receiver, amount: amount)])
        }
        if source.contains("Counter.count(n: n)") {
            let type = "A.\(account).Counter.Counted"
            let memo = #"{"value":null,"type":"Optional"}"#
            return .success(events: [
                MockEvent(type: type, fields: [("n", transaction.argumentTexts[0]), ("memo", memo)])
            ])
        }
        return .success()
    }

    /// The keys of a program's first four arguments.
    private static func keys(_ arguments: [CadenceValue]) throws -> [MockAccountKey] {
        let publicKeys = try arguments[0].decoded(as: [String].self)
        let curves = try arguments[1].decoded(as: [UInt8].self)
        let weights = try arguments[3].decoded(as: [UFix64].self)
        return try publicKeys.indices.map { index in
            let isP256 = curves[index] == SignatureAlgorithm.ecdsaP256.cadenceRawValue
            let key = try FlowPublicKey(isP256 ? .ecdsaP256 : .ecdsaSecp256k1, hex: publicKeys[index])
            return MockAccountKey(
                publicKey: key.rawRepresentation, curve: isP256 ? .p256 : .secp256k1,
                weight: Int(weights[index].scaled / UFix64.one))
        }
    }

    func run(_ script: MockScript) -> MockScriptResult {
        if script.code.contains("panic(") {
            return .failure(code: 1101, message: "cadence runtime error: Execution failed:\nerror: panic: no\n")
        }
        do {
            let numbers = try script.arguments.map { try CadenceValue(json: $0).decoded(as: UFix64.self) }
            return .value(try CadenceValue.ufix64(try numbers[0].adding(numbers[1])).jsonText())
        } catch { return .failure(code: 1101, message: "\(error)") }
    }
}
