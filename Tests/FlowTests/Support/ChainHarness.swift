import FlowMockNode
import Synchronization

@testable import Flow

/// A clock on which waiting makes blocks: nothing in a test waits for real time.
final class ChainClock: FlowClock {
    private struct State {
        var now = Duration.zero
        var sleeps = 0
    }

    private let node: MockAccessNode
    private let sleepsPerBlock: Int
    private let state = Mutex(State())

    init(_ node: MockAccessNode, sleepsPerBlock: Int = 1) {
        self.node = node
        self.sleepsPerBlock = sleepsPerBlock
    }

    var now: Duration { state.withLock { $0.now } }

    func sleep(for duration: Duration) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        let makesBlock = state.withLock { state in
            state.now += duration / sleepsPerBlock
            state.sleeps += 1
            return state.sleeps.isMultiple(of: sleepsPerBlock)
        }
        if makesBlock { node.step() }
        await Task.yield()
    }
}

/// A mock chain with one account, and a client for it.
struct ChainHarness: Sendable {
    let node: MockAccessNode
    let client: FlowClient
    let clock: ChainClock

    static let address = FlowChain.emulator.serviceAddress
    static let mockAddress = MockAddress(number: address.rawValue)
    static let signer: InMemorySigner = {
        do { return InMemorySigner(try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 7, count: 32))) } catch {
            fatalError("\(error)")
        }
    }()

    /// What transactions of tests look like: their argument makes them differ.
    static let script = "transaction(n: UInt64) { prepare(signer: &Account) {} }"

    static func key(weight: Int = 1000) -> MockAccountKey {
        MockAccountKey(publicKey: signer.publicKey.rawRepresentation, weight: weight)
    }

    static func with<Value: Sendable>(
        keys: Int = 1, sleepsPerBlock: Int = 1, _ change: (inout MockAccessNode.Configuration) -> Void = { _ in },
        _ body: (ChainHarness) async throws -> Value
    ) async throws -> Value {
        var configuration = MockAccessNode.Configuration()
        configuration.chain.executionLag = 1
        configuration.chain.sealingLag = 2
        configuration.chain.accounts[mockAddress] = .init(keys: (0..<keys).map { _ in key() })
        change(&configuration)
        return try await MockAccessNode.withNode(configuration) { node in
            let clock = ChainClock(node, sleepsPerBlock: sleepsPerBlock)
            return try await HTTPTransport.withTransport(connectionsPerNode: 16) { transport in
                let client = try FlowClient(
                    nodes: [AccessNode(node.baseURL)], transport: transport,
                    retries: RetryPolicy(attempts: 3, firstPause: .milliseconds(1), longestPause: .milliseconds(2)),
                    clock: clock)
                return try await body(ChainHarness(node: node, client: client, clock: clock))
            }
        }
    }

    func pool(_ keys: ClosedRange<UInt32> = 0...0) throws -> KeyPool {
        try KeyPool(client: client, address: Self.address, keyIndices: Array(keys), signer: Self.signer)
    }

    func sender(
        _ pool: KeyPool, storage: any OutboxStorage = MemoryOutbox(), roles: TransactionRoles = .single(address),
        expiryBlocks: UInt64 = 600, maximumAttempts: UInt32 = 5
    ) -> TransactionSender {
        TransactionSender(
            client: client, pool: pool, roles: roles, storage: storage,
            configuration: SenderConfiguration(
                pollInterval: .milliseconds(10), resendAfterMisses: 3, expiryBlocks: expiryBlocks,
                referenceAge: .milliseconds(50), heightAge: .milliseconds(20), maximumAttempts: maximumAttempts,
                lastQuestions: 5))
    }

    static func intent(_ number: UInt64, script: String = script) throws -> TransactionIntent {
        try TransactionIntent(key: "intent-\(number)", script: script, arguments: [.uint64(number)])
    }

    /// How often an intent took effect on chain.
    func executions(_ intent: TransactionIntent) throws -> MockExecutionCount {
        let transactions = node.transactions.values.filter {
            $0.scriptText == intent.script && $0.arguments == intent.arguments
        }
        return transactions.first.map { node.executions(of: $0.logicalID) } ?? MockExecutionCount()
    }
}

extension TransactionOutcome {
    var success: Success? { if case .succeeded(let success) = self { success } else { nil } }
    var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
}
