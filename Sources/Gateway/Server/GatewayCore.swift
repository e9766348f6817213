import Logging
import Metering
import Metrics
import NIOCore
import NIOSSL
import PrometheusMetrics
import Synchronization

/// What all event loops share.
final class GatewayCore: Sendable {
    let configuration: GatewayConfiguration
    let store: any UsageStore
    let catalog: PriceCatalog
    let epochs: (any EpochDocuments)?
    let metrics: PrometheusRegistry?
    let logger: Logger
    let spending: SpendGuard
    /// What holds caps over several gateways, beside ``spending``.
    let reservations: (any SharedReservations)?
    let directory: KeyDirectory
    let tls: NIOSSLContext?
    let shutdown = ShutdownTracker()
    let health = StoreHealth()
    /// Requests for the router.
    let jobs: AsyncStream<RouterJob>.Continuation
    let jobStream: AsyncStream<RouterJob>
    /// The time of day, for events.
    ///
    /// Injected by tests.
    let wallClock: @Sendable () -> Timestamp
    private let connections = Atomic<Int>(0)

    init(
        configuration: GatewayConfiguration, store: any UsageStore, catalog: PriceCatalog, spending: SpendGuard,
        reservations: (any SharedReservations)? = nil, ledger: (any Ledger)? = nil,
        epochs: (any EpochDocuments)? = nil, metrics: PrometheusRegistry? = nil, logger: Logger,
        wallClock: @escaping @Sendable () -> Timestamp
    ) throws {
        self.configuration = configuration
        self.store = store
        self.catalog = catalog
        self.epochs = epochs
        self.spending = spending
        self.reservations = reservations
        self.metrics = metrics
        self.logger = logger
        self.wallClock = wallClock
        // Not bounded here: every connection has at most one request in it, and connections are.
        (jobStream, jobs) = AsyncStream.makeStream()
        directory = KeyDirectory(
            store: store, spending: spending, ledger: ledger,
            ledgerInterval: configuration.ledgerPollInterval, plans: configuration.plans, logger: logger)
        tls = try configuration.makeTLSConfiguration().map { try NIOSSLContext(configuration: $0) }
    }

    /// What makes metrics: the registry that is served, or else the program's own backend.
    var metricsFactory: any MetricsFactory { metrics ?? MetricsSystem.factory }

    /// Client connections that are open.
    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Counts a client connection; `false` when there are too many already.
    func admitConnection() -> Bool {
        let count = connections.wrappingAdd(1, ordering: .relaxed).newValue
        return count <= configuration.limits.connections
    }

    func connectionClosed() { connections.wrappingSubtract(1, ordering: .relaxed) }
}

/// Whether the store takes events, as the hot path last saw it.
final class StoreHealth: Sendable {
    private let isFailing = Atomic<Bool>(false)

    var isHealthy: Bool { !isFailing.load(ordering: .relaxed) }

    func report(success: Bool) {
        // Written only when it changes: the success path must not make the loops fight for a cache line.
        if isFailing.load(ordering: .relaxed) == success { isFailing.store(!success, ordering: .relaxed) }
    }
}

/// Waits for the event loops to finish their calls.
final class ShutdownTracker: Sendable {
    private struct State {
        var busy: Set<ObjectIdentifier> = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Names the loops that must become quiet.
    func expect(_ loops: [ObjectIdentifier]) { state.withLock { $0.busy = Set(loops) } }

    /// This loop has no connection and no call any more.
    func loopIsQuiet(_ loop: ObjectIdentifier) {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.busy.remove(loop)
            guard state.busy.isEmpty else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns when all expected loops are quiet, or when cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isQuiet = state.withLock { state in
                    guard !state.busy.isEmpty, !Task.isCancelled else { return true }
                    state.waiter = continuation
                    return false
                }
                if isQuiet { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}
