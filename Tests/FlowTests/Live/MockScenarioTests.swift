import FlowMockNode
import Synchronization
import Testing

@testable import Flow

/// The steps of ``EmulatorTests`` against the mock, which is told what each of their programs does.
@Suite("What an emulator is asked, asked of the mock", .timeLimit(.minutes(2)))
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

    @Test func `scripts run and fail, and so do transactions`() async throws {
        try await Self.with { try await $0.scriptsAndFailures() }
    }

    @Test func `blocks, events and statuses are streamed`() async throws {
        try await Self.with { try await $0.webSocket() }
    }
}

/// What the programs of ``ChainScenario`` do, since the mock has no interpreter.
private final class ScenarioPrograms: Sendable {
    /// The key of the account that was created last.
    private let key = Mutex<MockAccountKey?>(nil)

    func run(_ transaction: MockTransaction) throws -> MockExecution {
        let source = transaction.scriptText
        let arguments = try transaction.arguments.map { try CadenceValue(json: $0) }
        if source.contains("panic(") { return .failure("panic: no") }
        if source.contains("Account(payer: s)") {
            let key = try Self.key(arguments)
            self.key.withLock { $0 = key }
            return .success(effects: [.createAccount(keys: [key])])
        }
        if source.contains("s.contracts.add(name: \"Counter\"") {
            let code = try arguments[0].decoded(as: String.self)
            return .success(effects: [.deploy(transaction.authorizers[0], name: "Counter", code: code)])
        }
        if source.contains("s.keys.add(publicKey: k.publicKey") {
            let count = try arguments[0].decoded(as: Int.self)
            guard let key = key.withLock({ $0 }) else { return .failure("no key") }
            return .success(effects: Array(repeating: .addKey(transaction.authorizers[0], key), count: count))
        }
        if source.contains("Counter.count(n: n)") {
            let type = "A.\(transaction.authorizers[0]).Counter.Counted"
            let memo = #"{"value":null,"type":"Optional"}"#
            return .success(events: [
                MockEvent(type: type, fields: [("n", transaction.argumentTexts[0]), ("memo", memo)])
            ])
        }
        return .success()
    }

    private static func key(_ arguments: [CadenceValue]) throws -> MockAccountKey {
        let isP256 =
            try arguments[1].decoded(as: UInt8.self) == SignatureAlgorithm.ecdsaP256.cadenceRawValue
        let algorithm: SignatureAlgorithm = isP256 ? .ecdsaP256 : .ecdsaSecp256k1
        let publicKey = try FlowPublicKey(algorithm, hex: try arguments[0].decoded(as: String.self))
        return MockAccountKey(publicKey: publicKey.rawRepresentation, curve: isP256 ? .p256 : .secp256k1)
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
