/// Where commitments are kept, for ever and unchanged.
///
/// Every method is atomic and durable when it returns. It throws `storeUnavailable` when it cannot do its work, and then
/// nothing was kept.
public protocol EpochStore: Sendable {
    /// Keeps a closed epoch; keeping the very same again changes nothing.
    ///
    /// - Parameter entries: The customers' entries, in the order of the operator's tree.
    /// - Throws: `conflict` when the epoch, or a later one, is kept already and this is another; when the commitment
    ///   does not name the latest one as its previous; or when an entry does not follow its customer's last one.
    func store(_ commitment: CommitmentRecord, entries: [EntryRecord]) async throws(MeteringError)
    /// The latest commitment, or `nil`.
    func latestCommitment() async throws(MeteringError) -> CommitmentRecord?
    /// The commitment of an epoch, or `nil`.
    func commitment(of epoch: Epoch) async throws(MeteringError) -> CommitmentRecord?
    /// A page of commitments, latest first, before an epoch (`nil` for the first page).
    func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CommitmentRecord]

    /// The entries of an epoch, in the order of the tree; empty when there is none.
    func entries(of epoch: Epoch) async throws(MeteringError) -> [EntryRecord]
    /// What of an epoch's entries goes into the operator's tree, in its order; empty when there is none.
    func leaves(of epoch: Epoch) async throws(MeteringError) -> [EntryLeaf]
    /// A customer's last entry that has charges of a month, or `nil`.
    func lastEntry(of customer: CustomerID, with month: Month) async throws(MeteringError) -> EntryRecord?
    /// The last entries of these customers, in no order.
    func lastEntries(of customers: [CustomerID]) async throws(MeteringError) -> [EntryRecord]
    /// A page of all customers' last entries, by customer id, after `customer` (`nil` for the first page).
    func lastEntries(after customer: CustomerID?, limit: Int) async throws(MeteringError) -> [EntryRecord]
    /// A customer's last entry that is not later than an epoch, or `nil`.
    func entry(of customer: CustomerID, notAfter epoch: Epoch) async throws(MeteringError) -> EntryRecord?
    /// The entry that holds a customer's receipt of this sequence number, or `nil`.
    func entry(of customer: CustomerID, holding sequence: Int64) async throws(MeteringError) -> EntryRecord?

    /// Keeps an attestation; of several for one epoch the first one stays.
    ///
    /// - Throws: `conflict` when it is for another commitment than the one that is kept.
    func store(_ attestation: AttestationRecord) async throws(MeteringError)
    /// The attestation of an epoch, or `nil`.
    func attestation(of epoch: Epoch) async throws(MeteringError) -> AttestationRecord?
    /// The oldest commitment without an attestation, or `nil`.
    func oldestUnattested() async throws(MeteringError) -> CommitmentRecord?
}
