import Bolt
import Metering
import MeteringNeo4j

/// Measures how fast the usage graph takes messages in, with the sessions that dev/bench/graph.py has.
///
///     GraphBenchmark URI USER PASSWORD RUN MESSAGES BATCH
///
/// RUN makes ids and sessions its own. Prints the rate over all, and that of each quarter.
@main
enum GraphBenchmark {
    struct Usage: Error {}
    struct NotAppended: Error {}

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 7, let messages = Int(arguments[5]), let batch = Int(arguments[6]) else {
            throw Usage()
        }
        let authentication = BoltAuthentication.basic(username: arguments[2], password: arguments[3])
        try await Neo4jUsageStore.withStore(arguments[1], authentication: authentication, database: "neo4j") { store in
            var workload = Workload(run: arguments[4])
            let clock = ContinuousClock()
            var batches: [Duration] = []
            for _ in 0..<messages / batch {
                let events = workload.next(batch)
                let start = clock.now
                let outcomes = try await store.append(events)
                batches.append(clock.now - start)
                guard !outcomes.contains(.duplicate) else { throw NotAppended() }
            }
            let quarter = max(1, batches.count / 4)
            let quarters = stride(from: 0, to: batches.count, by: quarter).map { start in
                rate(batches[start..<min(start + quarter, batches.count)], batch)
            }
            print("store", rate(batches[...], batch), quarters.map(String.init).joined(separator: " "))
        }
    }

    static func rate(_ batches: ArraySlice<Duration>, _ size: Int) -> Int {
        let (seconds, attoseconds) = batches.reduce(.zero, +).components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return Int(Int64(batches.count * size) * 1_000_000 / max(1, microseconds))
    }
}
