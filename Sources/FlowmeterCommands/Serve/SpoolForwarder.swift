internal import Logging
internal import Metering
internal import ServiceLifecycle
internal import Synchronization

/// Forwards events to Neo4j while the gateway runs, and once more when it has ended.
struct SpoolForwarder: Service {
    let store: SpooledUsageStore
    let forwarding: Forwarding
    /// Returns when the gateway has read what it needs to know: until then, nothing moves.
    var waitForGateway: @Sendable () async -> Void = {}

    func run() async throws {
        await waitForGateway()
        await cancelWhenGracefulShutdown { await store.run() }
        // The gateway has ended. While Neo4j is out of reach the rest waits in the queue for the next start.
        guard store.load.events > 0, !forwarding.isInterrupted else { return }
        do throws(MeteringError) { try await store.forwardAll() } catch {
            forwarding.logger.warning(
                "events stay in the queue until the next start",
                metadata: ["waiting": "\(store.load.events)", "error": "\(error)"])
        }
    }
}

/// How forwarding goes: one line of the log when an outage begins, and one when it ends.
final class Forwarding: Sendable {
    let logger: Logger
    private let interrupted = Mutex(false)

    init(logger: Logger) { self.logger = logger }

    /// Whether Neo4j is out of reach.
    var isInterrupted: Bool { interrupted.withLock { $0 } }

    /// Options of a store that report to this.
    var options: SpooledUsageStore.Options {
        var options = SpooledUsageStore.Options()
        options.onChange = { self.note($0) }
        return options
    }

    private func note(_ change: SpooledUsageStore.Change) {
        switch change {
        case .interrupted(let error, let load):
            interrupted.withLock { $0 = true }
            logger.warning(
                "Neo4j is out of reach; events wait in the queue",
                metadata: ["error": "\(error)", "waiting": "\(load.events)", "limit": "\(load.limit >> 20) MiB"])
        case .resumed(let load):
            interrupted.withLock { $0 = false }
            logger.notice("Neo4j answers again; events are forwarded", metadata: ["waiting": "\(load.events)"])
        }
    }
}
