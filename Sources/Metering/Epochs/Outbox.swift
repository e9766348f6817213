/// What is to be settled, kept so that a crash can neither lose it nor send it with other content.
///
/// Every method is atomic and durable when it returns, and throws `storeUnavailable` when it cannot do its work.
public protocol Outbox: Sendable {
    /// Keeps an epoch's batches; there may be none.
    ///
    /// Of several plans for one epoch the first one stays: what may have been sent must not change.
    func plan(_ batches: [SettlementBatch], for epoch: Epoch) async throws(MeteringError)
    /// Whether the epoch has a plan.
    func isPlanned(_ epoch: Epoch) async throws(MeteringError) -> Bool
    /// The first batch, in order, that is not confirmed; `nil` when all are.
    func firstOpenBatch() async throws(MeteringError) -> OutboxBatch?
    /// How many batches are not confirmed.
    func openBatchCount() async throws(MeteringError) -> Int
    /// Sets a batch's state; a confirmed batch stays confirmed.
    ///
    /// - Throws: `notFound` when there is no such batch.
    func set(_ state: OutboxBatch.State, of id: OutboxBatchID) async throws(MeteringError)
    /// The batches of an epoch, in order.
    func batches(of epoch: Epoch) async throws(MeteringError) -> [OutboxBatch]
    /// Keeps a report; of several for one epoch the first one stays.
    func store(_ report: ReconciliationReport) async throws(MeteringError)
    /// The report of an epoch, or `nil` when it is not reconciled.
    func report(of epoch: Epoch) async throws(MeteringError) -> ReconciliationReport?
}
