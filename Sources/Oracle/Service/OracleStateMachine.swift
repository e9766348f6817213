public import Metering

/// What the oracle does next, decided from what is durable and the time, and nothing else.
///
/// There is no state to lose: after a kill at any moment the same question has the same answer.
public enum OracleStateMachine {
    /// What the decision depends on.
    public struct Snapshot: Sendable, Hashable {
        /// The time.
        public var now: Timestamp
        /// The epoch of the latest commitment.
        public var latest: Epoch?
        /// The oldest epoch that is committed and not attested.
        public var unattested: Epoch?
        /// The first batch that is not confirmed.
        public var open: OutboxBatch?
        /// Whether the latest commitment's settlement is planned.
        public var isPlanned: Bool
        /// Whether the latest commitment's settlement was compared with the ledger.
        public var isReconciled: Bool

        /// Creates a snapshot.
        public init(
            now: Timestamp, latest: Epoch?, unattested: Epoch?, open: OutboxBatch?, isPlanned: Bool,
            isReconciled: Bool
        ) {
            self.now = now
            self.latest = latest
            self.unattested = unattested
            self.open = open
            self.isPlanned = isPlanned
            self.isReconciled = isReconciled
        }

        /// Whether nothing of before is under way.
        public var isSettled: Bool { open == nil && isPlanned && isReconciled }
    }

    /// One step.
    public enum Step: Sendable, Hashable {
        /// Attest the commitment of this epoch.
        case attest(Epoch)
        /// Send this batch.
        case submit(OutboxBatchID)
        /// Ask what became of this batch.
        case confirm(OutboxBatchID, name: String)
        /// Decide what is settled with this epoch.
        case plan(Epoch)
        /// Compare the ledger with what was sent for this epoch.
        case reconcile(Epoch)
        /// Nothing is left to do before this moment.
        case wait(until: Timestamp)
    }

    /// The epochs that may be closed now: the one that has ended, and the running one before its end.
    ///
    /// An epoch is closed once, and none before the latest one. While a commitment is not attested, that comes first.
    public static func closable(_ snapshot: Snapshot, schedule: EpochSchedule) -> (ended: Epoch?, running: Epoch?) {
        guard snapshot.unattested == nil else { return (nil, nil) }
        let current = schedule.epoch(at: snapshot.now)
        guard let latest = snapshot.latest else { return (current.previous, current) }
        return (current.previous > latest ? current.previous : nil, current > latest ? current : nil)
    }

    /// The next step, when nothing is to be closed.
    ///
    /// Closing comes before settling, so that a ledger that is down delays no commitment.
    public static func next(_ snapshot: Snapshot, schedule: EpochSchedule) -> Step {
        if let unattested = snapshot.unattested { return .attest(unattested) }
        if let open = snapshot.open {
            if case .submitted(let name) = open.state { return .confirm(open.id, name: name) }
            return .submit(open.id)
        }
        if let latest = snapshot.latest {
            if !snapshot.isPlanned { return .plan(latest) }
            if !snapshot.isReconciled { return .reconcile(latest) }
        }
        return .wait(until: schedule.end(of: schedule.epoch(at: snapshot.now)))
    }
}
