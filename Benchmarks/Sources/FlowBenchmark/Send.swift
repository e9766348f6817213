import Flow
import FlowMockNode
import Foundation

extension FlowBenchmark {
    /// 50 keys, a mock that seals a transaction 100 ms after it came, and one that answers each request after 100 ms.
    ///
    /// Every transaction is in a file, durably, before it is sent.
    static func send() async throws {
        try await send("sealed after 100 ms", blockInterval: .milliseconds(25), latency: nil, count: 8000)
        try await send(
            "answers after 100 ms", blockInterval: .milliseconds(5), latency: .milliseconds(100), count: 4000)
    }

    private static func send(_ name: String, blockInterval: Duration, latency: Duration?, count: UInt64) async throws {
        let keys = 50
        let signer = InMemorySigner(try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 7, count: 32)))
        let address = FlowChain.emulator.serviceAddress
        var configuration = MockAccessNode.Configuration()
        configuration.blocks = .every(blockInterval)
        configuration.latency = latency
        // In a block after 0 to 1 intervals, executed one later, sealed two later.
        configuration.chain.executionLag = 1
        configuration.chain.sealingLag = 2
        configuration.chain.expiryBlocks = 100_000
        configuration.chain.accounts[MockAddress(number: address.rawValue)] = .init(
            keys: (0..<keys).map { _ in MockAccountKey(publicKey: signer.publicKey.rawRepresentation) })
        let path = FileManager.default.temporaryDirectory.appending(path: "flow-benchmark-\(UUID()).outbox").path
        defer { unlink(path) }
        try await MockAccessNode.withNode(configuration) { node in
            try await HTTPTransport.withTransport(connectionsPerNode: 512) { transport in
                let client = try FlowClient(nodes: [AccessNode(node.baseURL)], transport: transport)
                let pool = try KeyPool(
                    client: client, address: address, keyIndices: (0..<UInt32(keys)).map(\.self), signer: signer)
                let sender = TransactionSender(
                    client: client, pool: pool, roles: .single(address), storage: try FileOutbox(path: path),
                    configuration: SenderConfiguration(
                        pollInterval: .milliseconds(10), resendAfterMisses: 100, expiryBlocks: 100_000))
                let start = ContinuousClock.now
                let successes = try await submit(count, sender)
                let elapsed = ContinuousClock.now - start
                let milliseconds =
                    elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
                print(
                    "send (\(name)) \(Int64(count) * 1000 / max(milliseconds, 1)) sealed transactions/s with \(keys) keys;",
                    "\(successes) of \(count) succeeded, \(node.sequenceErrors) sequence errors, \(milliseconds) ms,",
                    "\(node.requestCount(.transactionResult)) questions")
            }
        }
    }

    private static func submit(_ count: UInt64, _ sender: TransactionSender) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var next: UInt64 = 0
            func add(to group: inout ThrowingTaskGroup<Bool, any Error>) {
                guard next < count else { return }
                let intent = TransactionIntent(
                    key: "\(next)", script: "transaction(n: UInt64) { prepare(signer: &Account) {} }",
                    encodedArguments: [Array(#"{"value":"\#(next)","type":"UInt64"}"#.utf8)])
                next += 1
                group.addTask {
                    if case .succeeded = try await sender.submit(intent) { true } else { false }
                }
            }
            for _ in 0..<200 { add(to: &group) }
            var successes = 0
            while let success = try await group.next() {
                if success { successes += 1 }
                add(to: &group)
            }
            return successes
        }
    }
}
