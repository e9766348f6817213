internal import Synchronization

/// An oracle's store in memory: the reference for the others, and for tests.
public final class MemoryOracleStore: OracleStore {
    private struct State {
        var commitments: [CommitmentRecord] = []
        var entries: [Epoch: [EntryRecord]] = [:]
        var history: [CustomerID: [EntryRecord]] = [:]
        var attestations: [Epoch: AttestationRecord] = [:]
        var plans: [Epoch: [OutboxBatch]] = [:]
        var reports: [Epoch: ReconciliationReport] = [:]
        var lease: Lease?
    }
    private let state = Mutex(State())

    /// Creates an empty store.
    public init() {}

    // MARK: Epochs

    /// See `EpochStore`.
    public func store(_ commitment: CommitmentRecord, entries: [EntryRecord]) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            if let kept = state.commitments.first(where: { $0.epoch == commitment.epoch }) {
                guard kept == commitment, state.entries[kept.epoch] == entries else {
                    throw .otherCommitment(of: commitment.epoch)
                }
                return
            }
            let latest = state.commitments.last
            guard latest.map({ $0.epoch < commitment.epoch }) ?? true, commitment.previous == latest?.hash ?? .zero
            else { throw .notFollowing(commitment.epoch) }
            for entry in entries {
                let last = state.history[entry.customer]?.last
                guard entry.epoch == commitment.epoch, entry.previous == last?.hash ?? .zero,
                    entry.firstSequence == (last?.lastSequence ?? 0) + 1, entry.lastSequence >= entry.firstSequence
                else { throw .notFollowing(entry) }
            }
            state.commitments.append(commitment)
            state.entries[commitment.epoch] = entries
            for entry in entries { state.history[entry.customer, default: []].append(entry) }
        }
    }

    /// See `EpochStore`.
    public func latestCommitment() async throws(MeteringError) -> CommitmentRecord? {
        state.withLock { $0.commitments.last }
    }

    /// See `EpochStore`.
    public func commitment(of epoch: Epoch) async throws(MeteringError) -> CommitmentRecord? {
        state.withLock { $0.commitments.first { $0.epoch == epoch } }
    }

    /// See `EpochStore`.
    public func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CommitmentRecord] {
        state.withLock { state in
            Array(
                state.commitments.reversed().lazy.filter { commitment in epoch.map { commitment.epoch < $0 } ?? true }
                    .prefix(max(0, limit)))
        }
    }

    /// See `EpochStore`.
    public func entries(of epoch: Epoch) async throws(MeteringError) -> [EntryRecord] {
        state.withLock { $0.entries[epoch] ?? [] }
    }

    /// See `EpochStore`.
    public func leaves(of epoch: Epoch) async throws(MeteringError) -> [EntryLeaf] {
        state.withLock { state in
            (state.entries[epoch] ?? []).map { EntryLeaf(customer: $0.customer, hash: $0.hash, due: $0.due) }
        }
    }

    /// See `EpochStore`.
    public func lastEntry(of customer: CustomerID, with month: Month) async throws(MeteringError) -> EntryRecord? {
        state.withLock { $0.history[customer]?.last { $0.months.contains(month) } }
    }

    /// See `EpochStore`.
    public func lastEntries(of customers: [CustomerID]) async throws(MeteringError) -> [EntryRecord] {
        state.withLock { state in customers.compactMap { state.history[$0]?.last } }
    }

    /// See `EpochStore`.
    public func lastEntries(after customer: CustomerID?, limit: Int) async throws(MeteringError) -> [EntryRecord] {
        state.withLock { state in
            let sorted = state.history.keys.sorted { $0.rawValue.precedesBytewise($1.rawValue) }
            let rest = sorted.drop { key in customer.map { !$0.rawValue.precedesBytewise(key.rawValue) } ?? false }
            return rest.prefix(max(0, limit)).compactMap { state.history[$0]?.last }
        }
    }

    /// See `EpochStore`.
    public func entry(of customer: CustomerID, notAfter epoch: Epoch) async throws(MeteringError) -> EntryRecord? {
        state.withLock { $0.history[customer]?.last { $0.epoch <= epoch } }
    }

    /// See `EpochStore`.
    public func entry(of customer: CustomerID, holding sequence: Int64) async throws(MeteringError) -> EntryRecord? {
        state.withLock { state in
            state.history[customer]?.first { $0.firstSequence <= sequence && sequence <= $0.lastSequence }
        }
    }

    /// See `EpochStore`.
    public func store(_ attestation: AttestationRecord) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            guard let kept = state.commitments.first(where: { $0.epoch == attestation.epoch }),
                kept.hash == attestation.commitment
            else { throw .otherCommitment(of: attestation.epoch) }
            if state.attestations[attestation.epoch] == nil { state.attestations[attestation.epoch] = attestation }
        }
    }

    /// See `EpochStore`.
    public func attestation(of epoch: Epoch) async throws(MeteringError) -> AttestationRecord? {
        state.withLock { $0.attestations[epoch] }
    }

    /// See `EpochStore`.
    public func oldestUnattested() async throws(MeteringError) -> CommitmentRecord? {
        state.withLock { state in state.commitments.first { state.attestations[$0.epoch] == nil } }
    }

    // MARK: Outbox

    /// See `Outbox`.
    public func plan(_ batches: [SettlementBatch], for epoch: Epoch) async throws(MeteringError) {
        state.withLock { state in
            guard state.plans[epoch] == nil else { return }
            state.plans[epoch] = batches.enumerated().map { index, batch in
                OutboxBatch(id: OutboxBatchID(epoch: epoch, index: index), batch: batch)
            }
        }
    }

    /// See `Outbox`.
    public func isPlanned(_ epoch: Epoch) async throws(MeteringError) -> Bool {
        state.withLock { $0.plans[epoch] != nil }
    }

    /// See `Outbox`.
    public func firstOpenBatch() async throws(MeteringError) -> OutboxBatch? {
        state.withLock { $0.plans.values.joined().filter { !$0.isConfirmed }.min { $0.id < $1.id } }
    }

    /// See `Outbox`.
    public func openBatchCount() async throws(MeteringError) -> Int {
        state.withLock { $0.plans.values.joined().filter { !$0.isConfirmed }.count }
    }

    /// See `Outbox`.
    public func set(_ new: OutboxBatch.State, of id: OutboxBatchID) async throws(MeteringError) {
        try state.withLock { state throws(MeteringError) in
            guard let plan = state.plans[id.epoch], plan.indices.contains(id.index) else { throw .noBatch(id) }
            if !plan[id.index].isConfirmed { state.plans[id.epoch]?[id.index].state = new }
        }
    }

    /// See `Outbox`.
    public func batches(of epoch: Epoch) async throws(MeteringError) -> [OutboxBatch] {
        state.withLock { $0.plans[epoch] ?? [] }
    }

    /// See `Outbox`.
    public func store(_ report: ReconciliationReport) async throws(MeteringError) {
        state.withLock { state in
            if state.reports[report.epoch] == nil { state.reports[report.epoch] = report }
        }
    }

    /// See `Outbox`.
    public func report(of epoch: Epoch) async throws(MeteringError) -> ReconciliationReport? {
        state.withLock { $0.reports[epoch] }
    }

    // MARK: Lease

    /// See `LeaderLease`.
    public func hold(by holder: String, at now: Timestamp, for duration: Int64) async throws(MeteringError) -> Bool {
        state.withLock { state in
            let until = Timestamp(milliseconds: now.milliseconds + duration)
            if let lease = state.lease, lease.holder != holder, lease.until > now, lease.until <= until { return false }
            state.lease = Lease(holder: holder, held: now, until: until)
            return true
        }
    }

    /// See `LeaderLease`.
    public func release(by holder: String) async throws(MeteringError) {
        state.withLock { state in
            if state.lease?.holder == holder { state.lease?.until = Timestamp(milliseconds: 0) }
        }
    }

    /// See `LeaderLease`.
    public func lease() async throws(MeteringError) -> Lease? { state.withLock { $0.lease } }

    /// See `OracleStore`.
    public func close() async throws(MeteringError) {}
}

extension MeteringError {
    /// The error of an epoch that is committed already, with other content.
    package static func otherCommitment(of epoch: Epoch) -> MeteringError {
        MeteringError(.conflict, "epoch \(epoch) is not committed, or is committed with other content")
    }

    /// The error of a commitment that does not continue the latest one.
    package static func notFollowing(_ epoch: Epoch) -> MeteringError {
        MeteringError(.conflict, "epoch \(epoch) does not follow the latest commitment")
    }

    /// The error of an entry that does not continue its customer's last one.
    package static func notFollowing(_ entry: EntryRecord) -> MeteringError {
        MeteringError(.conflict, "epoch \(entry.epoch) does not follow the last entry of \(entry.customer)")
    }

    /// The error of a batch that does not exist.
    package static func noBatch(_ id: OutboxBatchID) -> MeteringError {
        MeteringError(.notFound, "there is no batch \(id)")
    }
}
