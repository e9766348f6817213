import Metering
import MeteringConformance
import Oracle
import Synchronization

/// What the process does when it is killed: nothing any more.
struct Killed: Error {}

/// Counts durable writes, and kills the process before or after one of them.
final class Killer: Sendable {
    private struct State {
        var countdown: Int?
        var writes = 0
        var isDead = false
    }
    private let state = Mutex(State())

    /// How many writes came so far.
    var writes: Int { state.withLock { $0.writes } }

    /// Kills at the `point`th half step from now: even ones are before a write, odd ones just after it.
    func arm(_ point: Int?) {
        state.withLock { state in
            state.countdown = point
            state.isDead = false
        }
    }

    func write<Value>(_ body: () async throws(MeteringError) -> Value) async throws(MeteringError) -> Value {
        try halfStep()
        let value = try await body()
        state.withLock { $0.writes += 1 }
        try halfStep()
        return value
    }

    private func halfStep() throws(MeteringError) {
        let isDead = state.withLock { state in
            if let countdown = state.countdown {
                state.isDead = state.isDead || countdown == 0
                state.countdown = countdown - 1
            }
            return state.isDead
        }
        if isDead { throw MeteringError(.storeUnavailable, "killed", cause: Killed()) }
    }
}

/// An oracle's store whose process can be killed at every write.
final class CrashingOracleStore: OracleStore {
    let store: any OracleStore
    let killer: Killer

    init(_ store: any OracleStore, _ killer: Killer) {
        self.store = store
        self.killer = killer
    }

    func store(_ commitment: CommitmentRecord, entries: [EntryRecord]) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.store(commitment, entries: entries) }
    }
    func latestCommitment() async throws(MeteringError) -> CommitmentRecord? { try await store.latestCommitment() }
    func commitment(of epoch: Epoch) async throws(MeteringError) -> CommitmentRecord? {
        try await store.commitment(of: epoch)
    }
    func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CommitmentRecord] {
        try await store.commitments(before: epoch, limit: limit)
    }
    func entries(of epoch: Epoch) async throws(MeteringError) -> [EntryRecord] { try await store.entries(of: epoch) }
    func leaves(of epoch: Epoch) async throws(MeteringError) -> [EntryLeaf] { try await store.leaves(of: epoch) }
    func lastEntry(of customer: CustomerID, with month: Month) async throws(MeteringError) -> EntryRecord? {
        try await store.lastEntry(of: customer, with: month)
    }
    func lastEntries(of customers: [CustomerID]) async throws(MeteringError) -> [EntryRecord] {
        try await store.lastEntries(of: customers)
    }
    func lastEntries(after customer: CustomerID?, limit: Int) async throws(MeteringError) -> [EntryRecord] {
        try await store.lastEntries(after: customer, limit: limit)
    }
    func entry(of customer: CustomerID, notAfter epoch: Epoch) async throws(MeteringError) -> EntryRecord? {
        try await store.entry(of: customer, notAfter: epoch)
    }
    func entry(of customer: CustomerID, holding sequence: Int64) async throws(MeteringError) -> EntryRecord? {
        try await store.entry(of: customer, holding: sequence)
    }
    func store(_ attestation: AttestationRecord) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.store(attestation) }
    }
    func attestation(of epoch: Epoch) async throws(MeteringError) -> AttestationRecord? {
        try await store.attestation(of: epoch)
    }
    func oldestUnattested() async throws(MeteringError) -> CommitmentRecord? { try await store.oldestUnattested() }
    func plan(_ batches: [SettlementBatch], for epoch: Epoch) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.plan(batches, for: epoch) }
    }
    func isPlanned(_ epoch: Epoch) async throws(MeteringError) -> Bool { try await store.isPlanned(epoch) }
    func firstOpenBatch() async throws(MeteringError) -> OutboxBatch? { try await store.firstOpenBatch() }
    func openBatchCount() async throws(MeteringError) -> Int { try await store.openBatchCount() }
    func set(_ state: OutboxBatch.State, of id: OutboxBatchID) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.set(state, of: id) }
    }
    func batches(of epoch: Epoch) async throws(MeteringError) -> [OutboxBatch] { try await store.batches(of: epoch) }
    func store(_ report: ReconciliationReport) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.store(report) }
    }
    func report(of epoch: Epoch) async throws(MeteringError) -> ReconciliationReport? {
        try await store.report(of: epoch)
    }
    func hold(by holder: String, at now: Timestamp, for duration: Int64) async throws(MeteringError) -> Bool {
        try await killer.write { () throws(MeteringError) in
            try await store.hold(by: holder, at: now, for: duration)
        }
    }
    func release(by holder: String) async throws(MeteringError) { try await store.release(by: holder) }
    func lease() async throws(MeteringError) -> Lease? { try await store.lease() }
    func close() async throws(MeteringError) { try await store.close() }
}

/// The way to a ledger, whose process can be killed before and after each settlement.
struct CrashingSettlement: SettlementChannel {
    let ledger: any Ledger
    let killer: Killer

    func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission {
        do {
            return .confirmed(
                try await killer.write { () throws(MeteringError) in try await ledger.settle(batch, at: time) })
        } catch { throw OracleError(.ledgerFailed, error.message, cause: error) }
    }
    func status(of name: String) async throws(OracleError) -> Submission { .lost }
}

/// The way to a ledger as a chain is: batches are on their way for a while, are lost, and arrive twice.
final class SlowSettlement: SettlementChannel {
    private struct State {
        var random: SeededGenerator
        var sent: [String: (batch: SettlementBatch, time: Timestamp)] = [:]
        var done: [String: [SettlementOutcome]] = [:]
        var count = 0
    }
    private let ledger: any Ledger
    private let state: Mutex<State>

    init(_ ledger: any Ledger, seed: UInt64) {
        self.ledger = ledger
        state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission {
        let (name, fails) = state.withLock { state in
            state.count += 1
            let name = "tx-\(state.count)"
            state.sent[name] = (batch, time)
            return (name, Int.random(in: 0..<5, using: &state.random) == 0)
        }
        if fails {
            // It arrives all the same, and nobody hears of it.
            _ = try await settle(name)
            throw OracleError(.ledgerFailed, "no answer")
        }
        return .pending(name)
    }

    func status(of name: String) async throws(OracleError) -> Submission {
        let dice = state.withLock { Int.random(in: 0..<4, using: &$0.random) }
        switch dice {
        case 0: return .pending(name)
        case 1:
            state.withLock { $0.sent[name] = nil }
            return .lost
        default: return try await settle(name).map { .confirmed($0) } ?? .lost
        }
    }

    private func settle(_ name: String) async throws(OracleError) -> [SettlementOutcome]? {
        let (sent, done) = state.withLock { ($0.sent[name], $0.done[name]) }
        if let done { return done }
        guard let sent else { return nil }
        do {
            let outcomes = try await ledger.settle(sent.batch, at: sent.time)
            state.withLock { $0.done[name] = outcomes }
            return outcomes
        } catch { throw OracleError(.ledgerFailed, error.message, cause: error) }
    }
}
