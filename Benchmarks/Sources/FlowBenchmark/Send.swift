import Flow
import Foundation

extension FlowBenchmark {
    /// 50 keys; a mock that seals a transaction 100 ms after it came, and ones that answer each request after 100 ms.
    ///
    /// Every transaction is in a file, durably, before it is sent.
    static func send() async throws {
        let latency = Duration.milliseconds(100)
        try await send("sealed after 100 ms", Node(chain: .slow, latency: nil))
        try await send("answers after 100 ms, sealed at once", Node(chain: .instant, latency: latency))
        try await send("answers after 100 ms, a block each 2 ms", Node(chain: .fast, latency: latency))
    }

    private static func send(_ name: String, _ node: Node, count: UInt64 = 8000) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "flow-benchmark-\(UUID()).outbox").path
        defer { unlink(path) }
        var (successes, milliseconds) = (0, Int64(0))
        let counts = try await node.withProcess { url in
            try await HTTPTransport.withTransport(connectionsPerNode: 512) { transport in
                let client = try FlowClient(nodes: [AccessNode(url)], transport: transport)
                let pool = try KeyPool(
                    client: client, address: Node.address, keyIndices: (0..<UInt32(Node.keyCount)).map(\.self),
                    signer: try Node.signer)
                let sender = TransactionSender(
                    client: client, pool: pool, roles: .single(Node.address), storage: try FileOutbox(path: path),
                    configuration: SenderConfiguration(
                        pollInterval: .milliseconds(2), resendAfterMisses: 100, expiryBlocks: 100_000))
                let start = ContinuousClock.now
                successes = try await submit(count, sender)
                milliseconds = Int64((ContinuousClock.now - start) / .milliseconds(1))
            }
        }
        print(
            "send (\(name)) \(Int64(count) * 1000 / max(milliseconds, 1)) sealed transactions/s with \(Node.keyCount) keys;",
            "\(successes) of \(count) succeeded, \(counts.sequenceErrors) sequence errors, \(milliseconds) ms,",
            "\(counts.questions) questions")
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
