import Metering
import Synchronization

extension UsageStoreConformance {
    static let concurrencyChecks = [
        Check("calls of many tasks at once are all kept, each in its order, and the chains hold") { harness in
            try await harness.withStore { store in
                let tasks = 16
                let calls = 12
                let sequences = try await withThrowingTaskGroup(of: [Int64?].self) { group in
                    for task in 0..<tasks {
                        group.addTask {
                            var factory = EventFactory(seed: UInt64(100 + task), prefix: "t\(task)")
                            var seen: [Int64?] = []
                            for _ in 0..<calls {
                                // One customer for all: its numbers are given out under contention.
                                let call = factory.events(3, customer: CustomerID(rawValue: "shared"))
                                seen += try await store.append(call).map(\.sequence)
                            }
                            return seen
                        }
                    }
                    return try await group.reduce(into: [[Int64?]]()) { $0.append($1) }
                }
                for numbers in sequences {
                    let known = numbers.compactMap(\.self)
                    try expect(known.count, equals: calls * 3, "events kept of one task")
                    try expect(known, equals: known.sorted(), "the order of one task's events")
                }
                let all = sequences.flatMap { $0.compactMap(\.self) }.sorted()
                try expect(all, equals: Array(1...Int64(tasks * calls * 3)), "all sequence numbers")
                try await expectSoundChain(store, of: CustomerID(rawValue: "shared"), count: tasks * calls * 3)
            }
        },
        Check("the same ids from many tasks at once are appended once") { harness in
            try await harness.withStore { store in
                let events = {
                    var factory = EventFactory(seed: 20)
                    return factory.events(30, customer: CustomerID(rawValue: "shared"))
                }()
                let appended = try await withThrowingTaskGroup(of: Int.self) { group in
                    for task in 0..<12 {
                        let mine = task.isMultiple(of: 2) ? events : events.reversed()
                        group.addTask { try await store.append(mine).count { !$0.isDuplicate } }
                    }
                    return try await group.reduce(0, +)
                }
                try expect(appended, equals: events.count, "events reported as appended")
                try await expectSoundChain(store, of: CustomerID(rawValue: "shared"), count: events.count)
                let query = UsageQuery(by: .model)
                try expect(try await store.usage(query), equals: NaiveUsage(events: events).rows(query), "usage")
            }
        },
        Check("calls submitted without waiting are appended in their order, and each completes once") { harness in
            try await harness.withStore { store in
                var factory = EventFactory(seed: 21)
                let calls = (0..<300).map { _ in factory.events(2, customer: CustomerID(rawValue: "shared")) }
                let completions = CompletionLog()
                await withCheckedContinuation { continuation in
                    completions.expect(calls.count) { continuation.resume() }
                    for (index, call) in calls.enumerated() {
                        store.submit(call) { completions.add(index, $0) }
                    }
                }
                let results = completions.results
                try expect(results.count, equals: calls.count, "calls that completed")
                for (index, outcomes) in results {
                    try expect(outcomes.count, equals: 1, "completions of call \(index)")
                    let sequences = try outcomes.flatMap { try $0.get().map(\.sequence) }
                    try expect(sequences, equals: [Int64(2 * index + 1), Int64(2 * index + 2)], "call \(index)")
                }
            }
        },
    ]

    static func expectSoundChain(_ store: any UsageStore, of customer: CustomerID, count: Int) async throws {
        let stored = try await store.events(of: customer, after: 0, limit: .max)
        try expect(stored.count, equals: count, "events of \(customer)")
        var previous = ReceiptHash.zero
        for (index, event) in stored.enumerated() {
            let hash = CanonicalReceipt.hash(event.event, sequence: Int64(index) + 1, previousHash: previous)
            try expect(event.sequence, equals: Int64(index) + 1, "the sequence number")
            try expect(event.previousHash, equals: previous, "the previous hash of event \(index + 1)")
            try expect(event.hash, equals: hash, "the hash of event \(index + 1)")
            previous = hash
        }
    }
}

/// Collects what completions were called with, and says when all of them were called.
final class CompletionLog: Sendable {
    private struct State {
        var results: [Int: [Result<[AppendOutcome], MeteringError>]] = [:]
        var due = 0
        var done: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var results: [Int: [Result<[AppendOutcome], MeteringError>]] { state.withLock { $0.results } }

    func expect(_ count: Int, done: @escaping @Sendable () -> Void) {
        state.withLock {
            $0.due = count
            $0.done = done
        }
    }

    func add(_ index: Int, _ result: Result<[AppendOutcome], MeteringError>) {
        let done = state.withLock { state -> (@Sendable () -> Void)? in
            state.results[index, default: []].append(result)
            state.due -= 1
            return state.due == 0 ? state.done : nil
        }
        done?()
    }
}
