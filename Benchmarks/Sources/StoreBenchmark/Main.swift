import Metering
import MeteringSQLite

/// Measures the SQLite store.
///
/// Prints `name value unit` lines and tables.
///
/// StoreBenchmark append FILE EXISTING COUNT BATCH [IN-FLIGHT]
///                                                    appends in batches to a store that holds EXISTING events;
///                                                    IN-FLIGHT of them are submitted at the same time (1)
/// StoreBenchmark small FILE COUNT WIDTH              appends one by one, WIDTH at a time, as a gateway does
/// StoreBenchmark queries FILE ROUNDS                 asks every kind of question
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count >= 2, let command = arguments.first else {
            print("usage: StoreBenchmark append|small|queries FILE NUMBERS…")
            return
        }
        let path = arguments.dropFirst().first ?? ""
        let numbers = arguments.dropFirst(2).compactMap { Int($0) }
        let store = try SQLiteUsageStore(path: path)
        switch command {
        case "append":
            try await append(store, numbers[0], numbers[1], numbers[2], inFlight: numbers.dropFirst(3).first ?? 1)
        case "small": try await appendSmall(store, numbers[0], numbers[1])
        case "queries": try await Questions(store: store, rounds: numbers[0]).ask()
        default: print("unknown command \(command)")
        }
        try await store.close()
    }

    /// The store gets `existing` events first, unmeasured, and then `count` more.
    static func append(
        _ store: SQLiteUsageStore, _ existing: Int, _ count: Int, _ batch: Int, inFlight: Int
    ) async throws {
        var workload = Workload(total: existing + count)
        var done = 0
        while done < existing {
            var batches: [[UsageEvent]] = []
            while done < existing, batches.count < 16 {
                batches.append(workload.next(min(10_000, existing - done)))
                done += batches.last?.count ?? 0
            }
            try await append(batches, to: store, inFlight: 16)
        }
        // All of them are made before, as making them is not what is measured, and as calls that keep coming are: with a
        // pause after every few, the store would have to end each time with ever smaller commits.
        var batches: [[UsageEvent]] = []
        while done < existing + count {
            batches.append(workload.next(min(batch, existing + count - done)))
            done += batches.last?.count ?? 0
        }
        let before = Usage.now
        try await append(batches, to: store, inFlight: inFlight)
        let sum = Usage.now - before
        print("append \(Int(Double(count) / sum.wall)) events/s on the clock, \(Int(Double(count) / sum.cpu)) of CPU,")
        print("       in batches of \(batch), \(inFlight) at a time, after \(existing) events")
        print("memory \(Int(Usage.now.peakMegabytes)) MB at most, with the \(count) events themselves")
    }

    /// Appends batches, `inFlight` at a time.
    private static func append(_ batches: [[UsageEvent]], to store: SQLiteUsageStore, inFlight: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, events) in batches.enumerated() {
                if index >= inFlight { _ = try await group.next() }
                group.addTask { _ = try await store.append(events) }
            }
            try await group.waitForAll()
        }
    }

    /// `width` callers, each of which appends its next event when its last one is durable.
    static func appendSmall(_ store: SQLiteUsageStore, _ count: Int, _ width: Int) async throws {
        var workload = Workload(total: count * 5)
        let events = workload.next(count)
        let before = Usage.now
        await withCheckedContinuation { continuation in
            let callers = Callers(store: store, events: events) { continuation.resume() }
            for _ in 0..<width { callers.submitNext() }
        }
        let used = Usage.now - before
        print("small \(used.cpu / Double(count) * 1e6) µs of CPU per event, \(width) at a time,")
        print("      \(Int(Double(count) / used.wall)) events/s on the clock")
        print("memory \(Int(Usage.now.peakMegabytes)) MB at most")
    }
}
