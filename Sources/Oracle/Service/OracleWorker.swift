public import Metering

/// Does the oracle's steps, one at a time.
///
/// It holds nothing between steps. Each step has one durable effect, which can be repeated; a kill before, in or after
/// it only means that it is done again.
public struct OracleWorker: Sendable {
    /// Everything the oracle works with.
    public struct Dependencies: Sendable {
        var usage: any UsageStore
        var store: any OracleStore
        var attestor: any Attestor
        var ledger: any Ledger
        var channel: any SettlementChannel

        /// Names what the oracle works with.
        ///
        /// - Parameter channel: The way to the ledger; the direct one unless said otherwise.
        public init(
            usage: any UsageStore, store: any OracleStore, attestor: any Attestor, ledger: any Ledger,
            channel: (any SettlementChannel)? = nil
        ) {
            self.usage = usage
            self.store = store
            self.attestor = attestor
            self.ledger = ledger
            self.channel = channel ?? DirectSettlement(ledger)
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
        /// There is nothing to do until this moment.
        case idle(until: Timestamp)
        /// Another oracle leads.
        case standby
    }

    /// How many milliseconds a lease lasts: long enough for any step, short enough to be taken over soon.
    private static let leaseDuration: Int64 = 30_000

    private let dependencies: Dependencies
    private let policy: SettlementPolicy
    private let holder: String
    private let archive: CommitmentArchive
    private let closer: EpochCloser
    private let planner: SettlementPlanner
    private var schedule: EpochSchedule { dependencies.ledger.schedule }

    /// Creates a worker; the ledger's schedule tells the epochs.
    ///
    /// - Parameter holder: A name for the lease, unique to this process.
    public init(_ dependencies: Dependencies, holder: String, policy: SettlementPolicy = SettlementPolicy()) {
        self.dependencies = dependencies
        self.policy = policy
        self.holder = holder
        let schedule = dependencies.ledger.schedule
        archive = CommitmentArchive(dependencies.store)
        closer = EpochCloser(usage: dependencies.usage, archive: archive, schedule: schedule)
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
        return try await perform(OracleStateMachine.next(snapshot, schedule: schedule), snapshot)
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
        do { try await dependencies.store.release(by: holder) } catch { throw OracleError(store: error) }
    }

    /// Takes or extends the lease, at a time that can be believed.
    private func lead(at now: Timestamp, _ confirmed: Epoch?) async throws(OracleError) -> Bool {
        let latest = try await archive.latest()?.epoch
        do {
            try ClockGuard(maximumSilence: policy.maximumSilence, schedule: schedule)
                .check(now, latest: latest, lease: try await dependencies.store.lease(), confirmed: confirmed)
            return try await dependencies.store.hold(by: holder, at: now, for: Self.leaseDuration)
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
            if snapshot.isSettled, snapshot.latest != nil, try await planner.hasDues(at: ended) { return ended }
        }
        if let running, let threshold = policy.threshold {
            let committed = try await archive.latest()?.cumulativeCharge ?? .zero
            if try await closer.totalCharge() - committed >= threshold { return running }
        }
        return nil
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
