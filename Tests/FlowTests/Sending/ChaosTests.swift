import FlowMockNode
import Foundation
import Testing

@testable import Flow

/// How long and how rough a run is.
private struct ChaosSettings {
    var count: Int
    var kills: Int
    var seed: UInt64

    /// Whether the environment asks for another run than the short one.
    static var isFull: Bool { ProcessInfo.processInfo.environment["FLOW_CHAOS_COUNT"] != nil }

    init() {
        let environment = ProcessInfo.processInfo.environment
        count = environment["FLOW_CHAOS_COUNT"].flatMap { Int($0) } ?? 200
        kills = environment["FLOW_CHAOS_KILLS"].flatMap { Int($0) } ?? 4
        seed = environment["FLOW_CHAOS_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999)
    }
}

/// A sender in a process of its own, killed at random, against a node with every fault at random.
///
/// `FLOW_CHAOS_COUNT` and `FLOW_CHAOS_KILLS` make it longer: 10,000 and 40 are the full run.
@Suite("Chaos", .timeLimit(.minutes(ChaosSettings.isFull ? 60 : 10)))
struct ChaosTests {
    @Test func `killed and restarted at random, each transaction lands once or is reported`() async throws {
        let settings = ChaosSettings()
        let (keys, expiry) = (24, 120)
        var configuration = MockAccessNode.Configuration()
        configuration.chain.accounts[ChainHarness.mockAddress] = .init(keys: (0..<keys).map { _ in ChainHarness.key() })
        configuration.chain.executionLag = 1
        configuration.chain.sealingLag = 2
        configuration.chain.expiryBlocks = expiry
        configuration.chain.expiryBuffer = 10
        configuration.blocks = .every(.milliseconds(10))
        configuration.executor = { transaction in
            Self.number(transaction).isMultiple(of: 17) ? .failure("panic: 17") : .success()
        }
        let outbox = FileManager.default.temporaryDirectory.appending(path: "chaos-\(UUID()).outbox").path
        try await MockAccessNode.withNode(configuration) { node in
            node.injectRandomly(ChaosFaults.all, seed: settings.seed)
            let outcomes = try await Self.run(settings, node.baseURL, outbox, keys, expiry)
            try FileManager.default.removeItem(atPath: outbox)
            Self.check(outcomes, node, settings)
        }
    }

    static func number(_ transaction: MockTransaction) -> Int {
        (try? CadenceValue(json: transaction.arguments[0]).decoded(as: Int.self)) ?? 0
    }

    /// Runs workers until one comes to its end; the outcomes of all of them.
    private static func run(
        _ settings: ChaosSettings, _ url: String, _ outbox: String, _ keys: Int, _ expiry: Int
    ) async throws -> [String: Set<String>] {
        // Reading from the process blocks, so it gets a thread of its own; what the thread reads ends with its process.
        let current = CurrentWorker()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result { try runOnThread(settings, url, outbox, keys, expiry, current) })
                }
            }
        } onCancel: {
            current.stop()
        }
    }

    private static func runOnThread(
        _ settings: ChaosSettings, _ url: String, _ outbox: String, _ keys: Int, _ expiry: Int, _ current: CurrentWorker
    ) throws -> [String: Set<String>] {
        var random = SeededGenerator(seed: settings.seed)
        var outcomes: [String: Set<String>] = [:]
        for life in 0...settings.kills {
            let worker = try ChaosWorkerProcess(
                url: url, outbox: outbox, count: settings.count, keys: keys, expiry: expiry)
            try current.set(worker)
            let isLast = life == settings.kills
            // What ended in earlier lives is told again; the kill comes somewhere in what is new.
            let share = max(settings.count / (settings.kills + 1), 2)
            let lifetime = isLast ? Int.max : outcomes.count + Int.random(in: 1...share, using: &random)
            var lines = 0
            while let line = worker.nextLine() {
                if line == "end" { break }
                let parts = line.split(separator: " ", maxSplits: 1)
                outcomes[String(parts[0]), default: []].insert(String(parts[1]))
                lines += 1
                if lines >= lifetime { worker.kill() }
            }
            let status = worker.wait()
            if isLast { #expect(status == 0, "seed \(settings.seed)") }
        }
        return outcomes
    }

    private static func check(_ outcomes: [String: Set<String>], _ node: MockAccessNode, _ settings: ChaosSettings) {
        #expect(outcomes.count == settings.count, "seed \(settings.seed)")
        var executions: [Int: MockExecutionCount] = [:]
        for transaction in node.transactions.values {
            executions[number(transaction)] = node.executions(of: transaction.logicalID)
        }
        var successes = 0
        for number in 1...settings.count {
            let told = outcomes["intent-\(number)"] ?? []
            let count = executions[number] ?? MockExecutionCount()
            let expected: Set<String> = number.isMultiple(of: 17) ? ["failed executed"] : ["succeeded"]
            #expect(told == expected, "seed \(settings.seed), intent \(number)")
            #expect(count.succeeded == (told == ["succeeded"] ? 1 : 0), "seed \(settings.seed), intent \(number)")
            if told == ["failed executed"] { #expect(count.failed == 1, "seed \(settings.seed), intent \(number)") }
            successes += count.succeeded
        }
        print(
            "chaos: \(settings.count) intents, \(settings.kills) kills, seed \(settings.seed): \(successes) succeeded, "
                + "\(node.transactions.count) transactions, \(node.sequenceErrors) sequence errors, faults \(node.faultsMet)"
        )
    }
}
