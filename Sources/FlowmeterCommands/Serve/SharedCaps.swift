internal import Logging
internal import Metering
internal import MeteringNeo4j
internal import ServiceLifecycle

/// Holds caps over all gateways that share a graph, while this one runs and until its last calls are noted.
struct SharedCaps: Service {
    let reservations: Neo4jReservations
    let queue: Neo4jReservationQueue
    let store: SpooledUsageStore
    /// When this process began.
    let started: Timestamp
    let logger: Logger
    private static let pause = Duration.seconds(1)

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await queue.run() }
            await cancelWhenGracefulShutdown { await forgetEarlierRuns() }
            do { try await gracefulShutdown() } catch {
                // lint: dropped. Cancelled: the same.
            }
            queue.finish()
        }
    }

    /// Ends what an earlier process of this gateway had reserved for calls that ended with it.
    ///
    /// Calls whose events it left in the queue count by these, so they are forwarded first.
    private func forgetEarlierRuns() async {
        while !Task.isCancelled {
            do throws(MeteringError) {
                if try await store.hasForwarded(before: started) { return try await reservations.forgetEarlierRuns() }
            } catch {
                logger.debug("earlier reservations are still there", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }
}
