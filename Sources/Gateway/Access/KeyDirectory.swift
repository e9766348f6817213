import Logging
import Metering
import NIOCore
import Synchronization

/// Keeps the ``AccessSnapshot`` current: other processes create and revoke keys in the same store.
///
/// The store is polled, and asked soon when an unknown key appears, though at most every ``minimumInterval``: guessing
/// keys must not become load on the store.
final class KeyDirectory: Sendable {
    private struct State {
        var access = AccessSnapshot.empty
        var isLoaded = false
        /// Called when the next look at the store is over.
        var waiters: [@Sendable () -> Void] = []
        var lastLook: NIODeadline = .uptimeNanoseconds(0)
        var nextLedgerLook: NIODeadline = .uptimeNanoseconds(0)
    }

    /// The least time between two looks at the store.
    static let minimumInterval = TimeAmount.milliseconds(100)
    /// The most requests that wait for a look; those beyond are told that their key is not known.
    static let waiterLimit = 1_024

    private let store: any UsageStore
    private let spending: SpendGuard
    private let ledger: (any Ledger)?
    private let ledgerInterval: TimeAmount
    private let plans: PlanFile?
    private let logger: Logger
    private let state = Mutex(State())
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    init(
        store: any UsageStore, spending: SpendGuard, ledger: (any Ledger)?, ledgerInterval: TimeAmount,
        plans: PlanFile? = nil, logger: Logger
    ) {
        self.ledger = ledger
        self.plans = plans
        self.ledgerInterval = ledgerInterval
        self.store = store
        self.spending = spending
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Customers and keys as last seen.
    var access: AccessSnapshot { state.withLock { $0.access } }

    /// Asks for a look at the store; whether `completion` will be called after it.
    ///
    /// A key that was made a moment after the last look is found by this one, so nobody is refused for coming early.
    func refresh(completion: @escaping @Sendable () -> Void) -> Bool {
        let accepted = state.withLock { state in
            guard state.waiters.count < Self.waiterLimit else { return false }
            state.waiters.append(completion)
            return true
        }
        if accepted { wake.yield() }
        return accepted
    }

    /// Reads the directory for the first time; throws when the store cannot be read.
    func load() async throws(MeteringError) { try await look() }

    /// Follows the directory until cancelled.
    func run(pollInterval: TimeAmount) async {
        await withDiscardingTaskGroup { group in
            group.addTask { [wake] in
                while !Task.isCancelled {
                    do {
                        try await Task.sleep(nanoseconds: UInt64(max(0, pollInterval.nanoseconds)))
                    } catch {
                        return  // Cancelled: the server stops.
                    }
                    wake.yield()
                }
            }
            var isFailing = false
            for await _ in wakes {
                do {
                    try await waitForInterval()
                } catch {
                    // lint: dropped. Cancelled: the waiters are still owed a last look.
                }
                do throws(MeteringError) {
                    try await look()
                    if isFailing { logger.notice("keys and customers can be read again") }
                    isFailing = false
                } catch {
                    // Said once: a store that is away for an hour is asked thousands of times.
                    if !isFailing {
                        logger.error(
                            "keys and customers cannot be read; the last known stay in force",
                            metadata: ["error": "\(error)"])
                    }
                    isFailing = true
                }
                let waiters = state.withLock { state in
                    let waiters = state.waiters
                    state.waiters = []
                    state.lastLook = .now()
                    return waiters
                }
                for waiter in waiters { waiter() }
            }
            group.cancelAll()
        }
    }

    private func waitForInterval() async throws {
        let next = state.withLock { $0.lastLook } + Self.minimumInterval
        let now = NIODeadline.now()
        if next > now { try await Task.sleep(nanoseconds: UInt64((next - now).nanoseconds)) }
    }

    /// Reads the customers' subscriptions.
    private func lookAtLedger() async throws(MeteringError) {
        guard let ledger else { return }
        let now = NIODeadline.now()
        guard state.withLock({ $0.nextLedgerLook }) <= now else { return }
        var open: [Subscription] = []
        var last: SubscriptionID?
        while true {
            let page = try await ledger.subscriptions(after: last, limit: 1_000)
            open += page.filter(\.isOpen)
            guard page.count == 1_000, let end = page.last else { break }
            last = end.id
        }
        spending.setSubscriptions(open, schedule: ledger.schedule)
        state.withLock { $0.nextLedgerLook = now + ledgerInterval }
    }

    /// Reads the customers' plans; those last read stay in force while the file is wrong.
    private func lookAtPlans() {
        guard let plans else { return }
        do { spending.setPlans(try plans.load()) } catch {
            logger.error("the plans cannot be read; the last known stay in force", metadata: ["error": "\(error)"])
        }
    }

    private func look() async throws(MeteringError) {
        lookAtPlans()
        try await lookAtLedger()
        let version = try await store.directoryVersion()
        let known = state.withLock { $0.isLoaded ? $0.access.version : nil }
        if version == known { return }
        // Read after the version: should the directory change in between, the next look sees another version again.
        let customers = try await store.customers()
        let keys = try await store.keys()
        let access = AccessSnapshot(version: version, customers: customers, keys: keys)
        state.withLock { state in
            state.access = access
            state.isLoaded = true
        }
        spending.setLimits(of: customers)
    }
}
