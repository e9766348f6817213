package import Metering

/// An oracle's store whose process can be killed at every write.
package final class CrashingOracleStore: OracleStore {
    private let store: any OracleStore
    private let killer: Killer

    package init(_ store: any OracleStore, _ killer: Killer) {
        self.store = store
        self.killer = killer
    }

    package func store(_ commitment: CommitmentRecord, entries: [EntryRecord]) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.store(commitment, entries: entries) }
    }
    package func latestCommitment() async throws(MeteringError) -> CommitmentRecord? {
        try await store.latestCommitment()
    }
    package func commitment(of epoch: Epoch) async throws(MeteringError) -> CommitmentRecord? {
        try await store.commitment(of: epoch)
    }
    package func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CommitmentRecord] {
        try await store.commitments(before: epoch, limit: limit)
    }
    package func entries(of epoch: Epoch) async throws(MeteringError) -> [EntryRecord] {
        try await store.entries(of: epoch)
    }
    package func leaves(of epoch: Epoch) async throws(MeteringError) -> [EntryLeaf] {
        try await store.leaves(of: epoch)
    }
    package func lastEntry(of customer: CustomerID, with month: Month) async throws(MeteringError) -> EntryRecord? {
        try await store.lastEntry(of: customer, with: month)
    }
    package func lastEntries(of customers: [CustomerID]) async throws(MeteringError) -> [EntryRecord] {
        try await store.lastEntries(of: customers)
    }
    package func lastEntries(after customer: CustomerID?, limit: Int) async throws(MeteringError) -> [EntryRecord] {
        try await store.lastEntries(after: customer, limit: limit)
    }
    package func entry(of customer: CustomerID, notAfter epoch: Epoch) async throws(MeteringError) -> EntryRecord? {
        try await store.entry(of: customer, notAfter: epoch)
    }
    package func entry(of customer: CustomerID, holding sequence: Int64) async throws(MeteringError) -> EntryRecord? {
        try await store.entry(of: customer, holding: sequence)
    }
    package func store(_ attestation: AttestationRecord) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.store(attestation) }
    }
    package func attestation(of epoch: Epoch) async throws(MeteringError) -> AttestationRecord? {
        try await store.attestation(of: epoch)
    }
    package func oldestUnattested() async throws(MeteringError) -> CommitmentRecord? {
        try await store.oldestUnattested()
    }
    package func plan(_ batches: [SettlementBatch], for epoch: Epoch) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.plan(batches, for: epoch) }
    }
    package func isPlanned(_ epoch: Epoch) async throws(MeteringError) -> Bool { try await store.isPlanned(epoch) }
    package func firstOpenBatch() async throws(MeteringError) -> OutboxBatch? { try await store.firstOpenBatch() }
    package func openBatchCount() async throws(MeteringError) -> Int { try await store.openBatchCount() }
    package func set(_ state: OutboxBatch.State, of id: OutboxBatchID) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.set(state, of: id) }
    }
    package func batches(of epoch: Epoch) async throws(MeteringError) -> [OutboxBatch] {
        try await store.batches(of: epoch)
    }
    package func store(_ report: ReconciliationReport) async throws(MeteringError) {
        try await killer.write { () throws(MeteringError) in try await store.store(report) }
    }
    package func report(of epoch: Epoch) async throws(MeteringError) -> ReconciliationReport? {
        try await store.report(of: epoch)
    }
    package func hold(by holder: String, at now: Timestamp, for duration: Int64) async throws(MeteringError) -> Bool {
        try await killer.write { () throws(MeteringError) in
            try await store.hold(by: holder, at: now, for: duration)
        }
    }
    package func release(by holder: String) async throws(MeteringError) { try await store.release(by: holder) }
    package func lease() async throws(MeteringError) -> Lease? { try await store.lease() }
    package func close() async throws(MeteringError) { try await store.close() }
}
