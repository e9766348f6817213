internal import Bolt
internal import Logging
internal import Metering
internal import MeteringNeo4j

/// What happens between the opening of the queue and the first call: the schema is made, and what waited is forwarded.
///
/// Keys, limits and what was spent are in Neo4j, and are remembered beside the queue once they were read. A gateway that
/// begins while Neo4j is out of reach goes on with what is remembered. One that remembers nothing waits: it could let
/// nobody in, or anybody spend anything.
struct Neo4jStart: Sendable {
    let location: Neo4jLocation
    let driver: BoltDriver
    let remote: Neo4jUsageStore
    let store: SpooledUsageStore
    let logger: Logger
    var now: @Sendable () -> Timestamp
    /// The longest pause between two tries.
    var longestDelay = Duration.seconds(5)
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Tries until Neo4j answers, or something is remembered.
    ///
    /// A signal ends the process meanwhile, as it does by itself: nothing has begun.
    ///
    /// - Throws: What no waiting helps against, such as refused credentials.
    func run() async throws {
        var failures = 0
        while true {
            do {
                try await attempt()
                if failures > 0 { logger.notice("Neo4j answers; the gateway starts") }
                return
            } catch {
                guard Self.isOutage(error) else { throw described(error) }
                if failures == 0, try await store.startOffline() {
                    logger.warning(
                        "Neo4j is out of reach; the gateway serves by what it knew last, and events wait in the queue",
                        metadata: ["neo4j": "\(location)", "error": "\(error)", "waiting": "\(store.load.events)"])
                    return
                }
                if failures == 0 {
                    logger.warning(
                        "Neo4j is out of reach; the gateway serves as soon as it answers",
                        metadata: ["neo4j": "\(location)", "error": "\(error)", "waiting": "\(store.load.events)"])
                }
                failures += 1
                try await sleep(min(.milliseconds(100) * (1 << min(failures - 1, 10)), longestDelay))
            }
        }
    }

    private func attempt() async throws {
        try await driver.verifyConnectivity(database: location.database)
        try await remote.prepareSchema()
        // What is beyond some batches is forwarded while calls are served.
        try await store.forwardAll(batches: 5)
        try await store.remember(today: now().day)
        let waiting = store.load.events
        if waiting > 0 { logger.notice("events that wait are forwarded", metadata: ["waiting": "\(waiting)"]) }
    }

    private func described(_ error: any Error) -> any Error {
        (error as? BoltError).map { CommandError($0, at: location) } ?? error
    }

    /// Whether waiting may help.
    static func isOutage(_ error: any Error) -> Bool {
        switch error {
        case let error as BoltError: error.isOutage
        case let error as MeteringError: error.cause.map(isOutage) ?? false
        default: false
        }
    }
}
