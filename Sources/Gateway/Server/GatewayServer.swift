import AsyncHTTPClient
public import Logging
public import Metering
import NIOCore
import NIOPosix
import NetworkErrors
public import PrometheusMetrics
public import ServiceLifecycle
import Synchronization

/// The gateway: an Anthropic-compatible API that forwards every call and meters what it used.
///
/// Run it as a service. When it is told to shut down it takes no more connections, lets calls finish (those whose client
/// left as well) for ``GatewayConfiguration/Timeouts/shutdownGrace``, then cuts the rest and returns. It does not close
/// the store.
public final class GatewayServer: Service {
    private enum State {
        case idle(waiters: [CheckedContinuation<Int?, Never>])
        case listening(port: Int)
        case stopped
    }

    private let configuration: GatewayConfiguration
    private let store: any UsageStore
    private let catalog: PriceCatalog
    private let reservations: (any SharedReservations)?
    private let ledger: (any Ledger)?
    private let epochs: (any EpochDocuments)?
    private let metrics: PrometheusRegistry?
    private let logger: Logger
    private let wallClock: @Sendable () -> Timestamp
    private let state = Mutex(State.idle(waiters: []))

    /// Creates a gateway; nothing happens before ``run()``.
    /// - Parameters:
    ///   - configuration: Where to listen, where to forward to, and the limits.
    ///   - store: Where events are made durable, and customers and keys are read.
    ///   - catalog: The price books that rate events.
    ///   - reservations: What holds caps over all gateways that share the store; without it each counts by itself.
    ///   - ledger: Whose subscriptions limit what customers can be charged; without it, their own limits do alone.
    ///   - epochs: What is served below `/api/v1/epochs` and `/api/v1/proofs`; nothing without it.
    ///   - metrics: Where the gateway counts, and what `/metrics` tells; without it, nothing is served there, and metrics
    ///     go to the program's backend of swift-metrics.
    ///   - logger: One line for every failed call, without content or secrets.
    ///   - wallClock: The time of day for events.
    public init(
        configuration: GatewayConfiguration, store: any UsageStore, catalog: PriceCatalog,
        reservations: (any SharedReservations)? = nil, ledger: (any Ledger)? = nil,
        epochs: (any EpochDocuments)? = nil, metrics: PrometheusRegistry? = nil, logger: Logger,
        wallClock: @escaping @Sendable () -> Timestamp = { .systemNow }
    ) {
        self.configuration = configuration
        self.store = store
        self.reservations = reservations
        self.ledger = ledger
        self.catalog = catalog
        self.epochs = epochs
        self.metrics = metrics
        self.logger = logger
        self.wallClock = wallClock
    }

    /// The port the gateway listens on; waits until it does.
    ///
    /// Throws `notRunning` when it never will.
    public func port() async throws(GatewayError) -> Int {
        let port = await withCheckedContinuation { continuation in
            let known: Int?? = state.withLock { state in
                switch state {
                case .idle(let waiters):
                    state = .idle(waiters: waiters + [continuation])
                    return nil
                case .listening(let port): return .some(port)
                case .stopped: return .some(nil)
                }
            }
            if let known { continuation.resume(returning: known) }
        }
        guard let port else { throw GatewayError(.notRunning, "the gateway is not running") }
        return port
    }

    /// Serves until a graceful shutdown or cancellation.
    ///
    /// Throws when it cannot listen or the store cannot be read.
    public func run() async throws {
        defer { enter(.stopped) }
        let spending = try await SpendGuard(
            store: store, now: wallClock(), plans: try configuration.plans?.load() ?? .empty)
        let core = try GatewayCore(
            configuration: configuration, store: store, catalog: catalog, spending: spending,
            reservations: reservations, ledger: ledger, epochs: epochs, metrics: metrics, logger: logger,
            wallClock: wallClock)
        if let metrics { GatewayMetrics.register(core, in: metrics) }
        try await core.directory.load()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, configuration.eventLoopThreads))
        let outcome: Result<Void, any Error>
        do {
            let http = try UpstreamClient.makeHTTPClient(configuration, on: group)
            do {
                try await serve(core, http, on: group)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            try await http.shutdown()
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
        try outcome.get()
    }

    private func serve(_ core: GatewayCore, _ http: HTTPClient, on group: MultiThreadedEventLoopGroup) async throws {
        let batches = BatchRoutes(
            upstream: UpstreamClient(
                http: http, url: configuration.upstream, key: configuration.upstreamKey,
                timeout: configuration.timeouts.upstreamFirstByte),
            store: store, meter: BatchMeter(store: store, catalog: catalog, spending: core.spending, logger: logger),
            spending: core.spending, reservations: reservations, logger: logger, wallClock: wallClock)
        let reconciler = BatchReconciler(
            routes: batches, store: store, settings: configuration.batches, logger: logger, wallClock: wallClock)
        let responder = GatewayRouter.make(core: core, batches: batches)
        let loops = try await LoopContexts.make(core: core, group: group)
        let channel = try await listen(core, loops, group)
        let port = channel.localAddress?.port ?? configuration.port
        logger.info(
            "the gateway listens",
            metadata: ["address": "\(configuration.host):\(port)", "upstream": "\(configuration.upstream)"])
        enter(.listening(port: port))
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await core.directory.run(pollInterval: core.configuration.directoryPollInterval) }
            tasks.addTask { await reconciler.run() }
            tasks.addTask {
                await withDiscardingTaskGroup { requests in
                    for await job in core.jobStream { requests.addTask { await job.run(responder) } }
                }
            }
            do {
                try await gracefulShutdown()
            } catch {
                // lint: dropped. Cancelled: the same, without grace.
            }
            await stop(channel, loops, core)
            tasks.cancelAll()
        }
    }

    private func listen(
        _ core: GatewayCore, _ loops: LoopContexts, _ group: MultiThreadedEventLoopGroup
    ) async throws(GatewayError) -> any Channel {
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try loops.accept(channel) }
                }
                .bind(host: configuration.host, port: configuration.port)
                .get()
        } catch {
            throw GatewayError(
                .cannotListen,
                "cannot listen on \(configuration.host):\(configuration.port): \(NetworkProblem.text(error)); is another program using it?",
                cause: error)
        }
    }

    private func stop(_ channel: any Channel, _ loops: LoopContexts, _ core: GatewayCore) async {
        do {
            try await channel.close()
        } catch {
            logger.debug("the listening socket was closed already", metadata: ["error": "\(error)"])
        }
        await loops.drain()
        await quiet(core, within: configuration.timeouts.shutdownGrace)
        await loops.closeAll()
        // Calls that were cut have an event too; the store's answer comes to their event loop, which must still run.
        await quiet(core, within: Self.lastWords)
        await loops.stopSweeping()
    }

    /// How long the store may take with the events of calls that were cut.
    private static let lastWords = TimeAmount.seconds(5)

    /// Waits until no connection and no call is left, though not for ever.
    private func quiet(_ core: GatewayCore, within time: TimeAmount) async {
        await withTaskGroup(of: Void.self) { race in
            race.addTask { await core.shutdown.wait() }
            race.addTask {
                do {
                    try await Task.sleep(nanoseconds: UInt64(max(0, time.nanoseconds)))
                } catch {
                    return  // The calls finished first.
                }
            }
            await race.next()
            race.cancelAll()
        }
    }

    private func enter(_ new: State) {
        let (waiters, port): ([CheckedContinuation<Int?, Never>], Int?) = state.withLock { state in
            var waiting: [CheckedContinuation<Int?, Never>] = []
            if case .idle(let waiters) = state { waiting = waiters }
            state = new
            if case .listening(let port) = new { return (waiting, port) }
            return (waiting, nil)
        }
        for waiter in waiters { waiter.resume(returning: port) }
    }
}
