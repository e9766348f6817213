import Flow
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Counts from 1.
final class Counter: Sendable {
    private let last = Mutex<UInt64>(0)

    func next() -> UInt64 {
        last.withLock { last in
            last += 1
            return last
        }
    }
}

/// Sends numbered transactions, and prints each one's outcome once it is durable.
///
/// FlowChaosWorker URL OUTBOX COUNT KEYS EXPIRY    submits the intents 1 to COUNT with the keys 0 to KEYS - 1
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let count = UInt64(arguments[3]), let keys = UInt32(arguments[4]), keys > 0,
            let expiry = UInt64(arguments[5])
        else {
            print("usage: FlowChaosWorker URL OUTBOX COUNT KEYS EXPIRY")
            exit(2)
        }
        let (url, path) = (arguments[1], arguments[2])
        try await HTTPTransport.withTransport(connectionsPerNode: 32) { transport in
            let client = try FlowClient(
                nodes: [AccessNode(url)], transport: transport,
                retries: RetryPolicy(
                    attempts: 3, firstPause: .milliseconds(5), longestPause: .milliseconds(20), timeout: .seconds(5)))
            let signer = InMemorySigner(try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 7, count: 32)))
            let address = FlowChain.emulator.serviceAddress
            let pool = try KeyPool(client: client, address: address, keyIndices: Array(0..<keys), signer: signer)
            let sender = TransactionSender(
                client: client, pool: pool, roles: .single(address), storage: try FileOutbox(path: path),
                configuration: SenderConfiguration(
                    pollInterval: .milliseconds(15), resendAfterMisses: 3, expiryBlocks: expiry,
                    referenceAge: .milliseconds(100), heightAge: .milliseconds(50), maximumAttempts: 20))
            try await resume(sender)
            try await submit(sender, count: count, atOnce: Int(keys) * 2)
        }
        acknowledge("end")
    }

    private static func resume(_ sender: TransactionSender) async throws {
        for (key, outcome) in try await sender.resume() { report(key, outcome) }
    }

    /// Submits all intents, so many at a time.
    private static func submit(_ sender: TransactionSender, count: UInt64, atOnce: Int) async throws {
        let numbers = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<atOnce {
                group.addTask {
                    while true {
                        let number = numbers.next()
                        guard number <= count else { return }
                        try await submit(sender, number)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func submit(_ sender: TransactionSender, _ number: UInt64) async throws {
        let intent = TransactionIntent(
            key: "intent-\(number)", script: "transaction(n: UInt64) { prepare(signer: &Account) {} }",
            encodedArguments: [Array(#"{"value":"\#(number)","type":"UInt64"}"#.utf8)])
        // Some callers go away; what they left must neither be lost nor take its key with it.
        if number.isMultiple(of: 5), let outcome = try await submit(intent, sender, for: .milliseconds(number % 50)) {
            return report(intent.key, outcome)
        }
        while true {
            do throws(FlowError) {
                report(intent.key, try await sender.submit(intent))
                return
            } catch {
                // Not sent: the nodes were in too much trouble. Only a full disk is for good.
                if error.code == .storage { throw error }
            }
        }
    }

    /// The outcome, if it comes in time.
    private static func submit(
        _ intent: TransactionIntent, _ sender: TransactionSender, for time: Duration
    ) async throws -> TransactionOutcome? {
        do {
            return try await withThrowingTaskGroup(of: TransactionOutcome?.self) { group in
                group.addTask { try await sender.submit(intent) }
                group.addTask {
                    try await Task.sleep(for: time)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch let error as FlowError where error.code != .storage {
            return nil
        }
    }

    private static func report(_ key: String, _ outcome: TransactionOutcome) {
        switch outcome {
        case .succeeded: acknowledge("\(key) succeeded")
        case .failed(let failure): acknowledge("\(key) failed \(failure.reason.rawValue)")
        }
    }

    /// Written at once: what is in a buffer would be lost with the process, though it is true.
    private static func acknowledge(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
