public import Metering
internal import Synchronization

/// Does the oracle's steps, one at a time.
///
/// It holds nothing between steps that matters. Each step has one durable effect, which can be repeated; a kill before, in or after
/// it only means that it is done again.
public struct OracleWorker: Sendable {
    /// Everything the oracle works with.
    public struct Dependencies: Sendable {
        var usage: any UsageStore
        var store: any OracleStore
        var attestor: any Attestor
        var ledger: any Ledger
        var channel: any SettlementChannel
        var plans: any PlanSource
        var lease: any LeaderLease

        /// Names what the oracle works with.
        ///
        /// - Parameters:
        ///   - channel: The way to the ledger; the direct one unless said otherwise.
        ///   - plans: The customers' plans; list prices for all unless said otherwise.
        ///   - lease: Tells which of several oracles leads; the store does unless said otherwise.
        public init(
            usage: any UsageStore, store: any OracleStore, attestor: any Attestor, ledger: any Ledger,
            channel: (any SettlementChannel)? = nil, plans: any PlanSource = PlanDirectory.empty,
            lease: (any LeaderLease)? = nil
        ) {
            self.usage = usage
            self.store = store
            self.attestor = attestor
            self.ledger = ledger
            self.channel = channel ?? DirectSettlement(ledger)
            self.plans = plans
            self.lease = lease ?? store
        }
    }

    /// What a step did.
    public enum Progress: Sendable, Hashable {
        /// An epoch was closed.
        case closed(Epoch)
        /// A commitment was attested.
        case attested(Epoch)
        /// It was decided what is settled with an epoch, in so many batches.
        case planned(Epoch, batches: Int)
        /// A batch was sent.
        case submitted(OutboxBatchID)
        /// A batch was confirmed.
        case confirmed(OutboxBatchID)
        /// A batch was lost on its way and will be sent again.
        case resent(OutboxBatchID)
        /// A batch is still on its way.
        case pending(OutboxBatchID)
        /// The ledger was compared with what was sent.
        case reconciled(ReconciliationReport)
        /// Cancelled subscriptions whose grace is over were closed, and the rest of their escrow was refunded.
        case ended([SubscriptionID])
        /// There is nothing to do until this moment.
        case idle(until: Timestamp)
        /// Another oracle leads.
        case standby
    }

    private let dependencies: Dependencies
    private let policy: SettlementPolicy
    private let holder: String
    private let leaseDuration: Int64
    private let archive: CommitmentArchive
    private let closer: EpochCloser
    private let withoutDues = LastLook()
    private let planner: SettlementPlanner
    private var schedule: EpochSchedule { dependencies.ledger.schedule }

    /// Creates a worker; the ledger's schedule tells the epochs.
    ///
    /// - Parameters:
    ///   - holder: A name for the lease, unique to this process.
    ///   - leaseDuration: For how many milliseconds the lease is taken: after a kill others wait that long at most. A
    ///     step that takes longer may be done twice at the same time, which costs work and no money.
    public init(
        _ dependencies: Dependencies, holder: String, policy: SettlementPolicy = SettlementPolicy(),
        leaseDuration: Int64 = 30_000
    ) {
        self.dependencies = dependencies
        self.policy = policy
        self.holder = holder
        self.leaseDuration = max(1, leaseDuration)
        let schedule = dependencies.ledger.schedule
        archive = CommitmentArchive(dependencies.store)
        closer = EpochCloser(
            usage: dependencies.usage, archive: archive, schedule: schedule, plans: dependencies.plans)
        planner = SettlementPlanner(
            archive: archive, outbox: dependencies.store, ledger: dependencies.ledger, policy: policy,
            schedule: schedule)
    }

    /// Does the next step, if this oracle leads.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - confirmedEpoch: The last epoch that somebody confirmed the clock for, see ``OracleError/Code/unsafeClock``.
    /// - Throws: What kept the step from being done. It can be repeated.
    public func step(at now: Timestamp, confirmedEpoch: Epoch? = nil) async throws(OracleError) -> Progress {
        guard try await lead(at: now, confirmedEpoch) else { return .standby }
        let snapshot = try await snapshot(at: now)
        if let epoch = try await epochToClose(snapshot) {
            try await archive.store(try await closer.close(epoch, at: now))
            return .closed(epoch)
        }
        let next = OracleStateMachine.next(snapshot, schedule: schedule)
        // Only when all is settled that can be: what was used before the end is owed.
        if case .wait = next, let ended = try await closeEnded(at: now) { return .ended(ended) }
        return try await perform(next, snapshot)
    }

    /// Closes subscriptions whose grace ended before the running epoch began; `nil` when there are none.
    ///
    /// All epochs before the running one are closed and settled then.
    private func closeEnded(at now: Timestamp) async throws(OracleError) -> [SubscriptionID]? {
        let start = schedule.start(of: schedule.epoch(at: now))
        do {
            let ended = try await dependencies.ledger.endedSubscriptions(at: start, limit: 1_000)
            for subscription in ended { try await dependencies.ledger.close(subscription.id, at: now) }
            return ended.isEmpty ? nil : ended.map(\.id)
        } catch { throw OracleError(ledger: error) }
    }

    /// Does steps until there is nothing left to do now, and returns what they did.
    ///
    /// - Parameter limit: How many steps are done at most, so that a batch on its way does not keep it for ever.
    public func run(
        at now: Timestamp, confirmedEpoch: Epoch? = nil, limit: Int = 10_000
    ) async throws(OracleError) -> [Progress] {
        var all: [Progress] = []
        while all.count < limit {
            let progress = try await step(at: now, confirmedEpoch: confirmedEpoch)
            all.append(progress)
            switch progress {
            case .idle, .standby, .pending: return all
            default: continue
            }
        }
        return all
    }

    /// Gives the lease up, so that another oracle need not wait for its end.
    public func resign() async throws(OracleError) {
        do { try await dependencies.lease.release(by: holder) } catch { throw OracleError(store: error) }
    }

    /// Takes or extends the lease, at a time that can be believed.
    private func lead(at now: Timestamp, _ confirmed: Epoch?) async throws(OracleError) -> Bool {
        let latest = try await archive.latest()?.epoch
        do {
            try ClockGuard(maximumSilence: policy.maximumSilence, schedule: schedule)
                .check(now, latest: latest, lease: try await dependencies.lease.lease(), confirmed: confirmed)
            return try await dependencies.lease.hold(by: holder, at: now, for: leaseDuration)
        } catch { throw OracleError(any: error) }
    }

    private func snapshot(at now: Timestamp) async throws(OracleError) -> OracleStateMachine.Snapshot {
        do {
            var snapshot = OracleStateMachine.Snapshot(
                now: now, latest: try await archive.latest()?.epoch, unattested: try await archive.oldestUnattested(),
                open: try await dependencies.store.firstOpenBatch(), isPlanned: true, isReconciled: true)
            if let latest = snapshot.latest {
                snapshot.isPlanned = try await dependencies.store.isPlanned(latest)
                snapshot.isReconciled = try await dependencies.store.report(of: latest) != nil
            }
            return snapshot
        } catch { throw OracleError(any: error) }
    }

    private func epochToClose(_ snapshot: OracleStateMachine.Snapshot) async throws(OracleError) -> Epoch? {
        let (ended, running) = OracleStateMachine.closable(snapshot, schedule: schedule)
        if let ended {
            if try await closer.hasReceiptsToClose(before: ended.next) { return ended }
            // Only when nothing of before is under way: what that leaves open is not known yet.
            if snapshot.isSettled, snapshot.latest != nil, try await hasDues(at: ended) { return ended }
        }
        if let running, let threshold = policy.threshold {
            let committed = try await archive.latest()?.cumulativeCharge ?? .zero
            if try await closer.totalCharge() - committed >= threshold { return running }
        }
        return nil
    }

    /// Whether something would be settled with an epoch; looked up once an epoch, because it takes all customers.
    private func hasDues(at epoch: Epoch) async throws(OracleError) -> Bool {
        if withoutDues.epoch == epoch { return false }
        let hasDues = try await planner.hasDues(at: epoch)
        if !hasDues { withoutDues.epoch = epoch }
        return hasDues
    }

    private func perform(
        _ step: OracleStateMachine.Step, _ snapshot: OracleStateMachine.Snapshot
    ) async throws(OracleError) -> Progress {
        switch step {
        case .attest(let epoch):
            guard let commitment = try await archive.commitment(of: epoch) else {
                throw OracleError(.notFound, "the commitment of epoch \(epoch) is gone; restore the store's backup")
            }
            try await archive.store(try await dependencies.attestor.attest(commitment))
            return .attested(epoch)
        case .plan(let epoch):
            let batches = try await planner.batches(for: epoch)
            do { try await dependencies.store.plan(batches, for: epoch) } catch { throw OracleError(store: error) }
            return .planned(epoch, batches: batches.count)
        case .submit:
            guard let open = snapshot.open else { return .idle(until: snapshot.now) }
            return try await follow(try await dependencies.channel.submit(open.batch, at: snapshot.now), of: open)
        case .confirm(_, let name):
            guard let open = snapshot.open else { return .idle(until: snapshot.now) }
            return try await follow(try await dependencies.channel.status(of: name), of: open)
        case .reconcile(let epoch):
            let report = try await planner.reconcile(epoch)
            do { try await dependencies.store.store(report) } catch { throw OracleError(store: error) }
            return .reconciled(report)
        case .wait(let until): return .idle(until: until)
        }
    }

    /// Keeps what became of a batch.
    private func follow(_ submission: Submission, of batch: OutboxBatch) async throws(OracleError) -> Progress {
        let id = batch.id
        switch submission {
        case .confirmed(let outcomes):
            try await set(.confirmed(outcomes), of: id)
            return .confirmed(id)
        case .pending(let name):
            if case .submitted(name) = batch.state { return .pending(id) }
            try await set(.submitted(name), of: id)
            return .submitted(id)
        case .lost:
            if batch.state != .pending { try await set(.pending, of: id) }
            return .resent(id)
        }
    }

    private func set(_ state: OutboxBatch.State, of id: OutboxBatchID) async throws(OracleError) {
        do { try await dependencies.store.set(state, of: id) } catch { throw OracleError(store: error) }
    }
}

/// The last epoch with which nothing was to be settled: saves looking again until the next one.
private final class LastLook: Sendable {
    private let state = Mutex<Epoch?>(nil)
    var epoch: Epoch? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
