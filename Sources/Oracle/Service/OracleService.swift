public import Logging
public import Metering
public import ServiceLifecycle

/// The oracle as a long-running service: does the steps as they fall due, until it is told to stop.
public struct OracleService<ServiceClock: Clock<Duration>>: Service {
    private let worker: OracleWorker
    private let interval: Duration
    private let confirmedEpoch: Epoch?
    private let clock: ServiceClock
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let onStep: @Sendable (Step) -> Void

    /// How a step ended: with what it did, or with an error after which it is repeated.
    public typealias Step = Result<OracleWorker.Progress, OracleError>

    /// Creates the service.
    ///
    /// - Parameters:
    ///   - interval: How long it waits at most before it looks again.
    ///   - confirmedEpoch: See ``OracleError/Code/unsafeClock``.
    ///   - clock: Waits.
    ///   - now: Tells the time.
    ///   - onStep: Called after every step, for metrics.
    public init(
        worker: OracleWorker, interval: Duration = .seconds(5), confirmedEpoch: Epoch? = nil, clock: ServiceClock,
        now: @escaping @Sendable () -> Timestamp, logger: Logger,
        onStep: @escaping @Sendable (Step) -> Void = { _ in }
    ) {
        self.worker = worker
        self.interval = interval
        self.confirmedEpoch = confirmedEpoch
        self.clock = clock
        self.now = now
        self.logger = logger
        self.onStep = onStep
    }

    /// Works until shutdown is requested or the task is cancelled.
    ///
    /// A step that is cut short is as if it had not begun, or was done; the next start goes on from there.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
        do {
            // Not a child: a store refuses what a cancelled task asks of it, and the lease should be given up all the same.
            try await Task { [worker] in try await worker.resign() }.value
        } catch {
            logger.warning("the oracle's lease lasts on until its end", metadata: ["error": "\(error)"])
        }
    }

    private func work() async {
        var failures = 0
        while !Task.isCancelled {
            var pause: Duration?
            do throws(OracleError) {
                pause = try await step()
                failures = 0
            } catch {
                if Task.isCancelled { return }
                onStep(.failure(error))
                failures += 1
                logger.error("a step of the oracle failed and will be repeated", metadata: ["error": "\(error)"])
                // From one second to about a minute.
                pause = .seconds(1 << min(failures - 1, 6))
            }
            // A sleep ends early only by cancellation, which ends the loop.
            if let pause { do { try await clock.sleep(for: pause) } catch { return } }
        }
    }

    /// Does one step, and returns how long to wait before the next one.
    private func step() async throws(OracleError) -> Duration? {
        let time = now()
        let progress = try await worker.step(at: time, confirmedEpoch: confirmedEpoch)
        onStep(.success(progress))
        switch progress {
        case .standby, .pending: return interval
        case .idle(let until):
            return min(interval, .milliseconds(max(1, until.milliseconds - time.milliseconds)))
        case .reconciled(let report) where !report.findings.isEmpty:
            logger.error("the ledger is not as it should be", metadata: ["findings": "\(report.findings)"])
        default: logger.info("the oracle went on", metadata: ["step": "\(progress)"])
        }
        return nil
    }
}
