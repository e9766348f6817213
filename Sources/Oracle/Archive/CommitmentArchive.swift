public import Metering

/// Commitments and entries as they were made, read from a store that holds them as documents.
///
/// Every document is checked against its hash when it is read: what was changed in the store is not believed.
public struct CommitmentArchive: Sendable {
    private let store: any EpochStore

    /// Reads from, and writes to, a store.
    public init(_ store: any EpochStore) { self.store = store }

    // MARK: Commitments

    /// Keeps a closed epoch; keeping the very same again changes nothing.
    ///
    /// - Throws: `conflict` when something else is kept in its place; `storeUnavailable`.
    public func store(_ closed: ClosedEpoch) async throws(OracleError) {
        let document = closed.commitment.json.bytes
        let record = CommitmentRecord(
            epoch: closed.commitment.epoch, hash: .sha3(document), previous: closed.commitment.previous,
            position: closed.position, document: document)
        let entries = zip(closed.entries, closed.documents).map { entry, document in
            EntryRecord(
                customer: entry.customer, epoch: entry.epoch, hash: .sha3(document), previous: entry.previousEntry,
                firstSequence: entry.firstSequence, lastSequence: entry.lastSequence, due: entry.due,
                months: entry.months.keys.sorted(), document: document)
        }
        do { try await store.store(record, entries: entries) } catch { throw OracleError(store: error) }
    }

    /// The latest commitment, or `nil`.
    public func latest() async throws(OracleError) -> EpochCommitment? {
        do { return try commitment(try await store.latestCommitment()) } catch { throw OracleError(any: error) }
    }

    /// How far the usage store was read for the latest commitment.
    public func position() async throws(OracleError) -> Int64 {
        do { return try await store.latestCommitment()?.position ?? 0 } catch { throw OracleError(store: error) }
    }

    /// The commitment of an epoch, or `nil`.
    public func commitment(of epoch: Epoch) async throws(OracleError) -> EpochCommitment? {
        do { return try commitment(try await store.commitment(of: epoch)) } catch { throw OracleError(any: error) }
    }

    /// A page of commitments, latest first, before an epoch (`nil` for the first page).
    public func commitments(before epoch: Epoch?, limit: Int) async throws(OracleError) -> [EpochCommitment] {
        do {
            return try await store.commitments(before: epoch, limit: limit).compactMap { try commitment($0) }
        } catch { throw OracleError(any: error) }
    }

    private func commitment(_ record: CommitmentRecord?) throws(OracleError) -> EpochCommitment? {
        guard let record else { return nil }
        let json = try document(record.document, hash: record.hash, "the commitment of epoch \(record.epoch)")
        return try EpochCommitment(json)
    }

    // MARK: Entries

    /// The entries of an epoch, in the order of the tree; empty when there is none.
    public func entries(of epoch: Epoch) async throws(OracleError) -> [CustomerEpoch] {
        do { return try entries(try await store.entries(of: epoch)) } catch { throw OracleError(any: error) }
    }

    /// The leaves of an epoch, in the order of the tree, as they are kept: only the commitment's root proves them.
    public func leaves(of epoch: Epoch) async throws(OracleError) -> [EntryLeaf] {
        do { return try await store.leaves(of: epoch) } catch { throw OracleError(store: error) }
    }

    /// A customer's entry of an epoch, or `nil`.
    public func entry(of customer: CustomerID, in epoch: Epoch) async throws(OracleError) -> CustomerEpoch? {
        let entry = try await entry(of: customer, notAfter: epoch)
        return entry?.epoch == epoch ? entry : nil
    }

    /// A customer's last entry that has charges of a month, or `nil`.
    public func lastEntry(of customer: CustomerID, with month: Month) async throws(OracleError) -> CustomerEpoch? {
        do { return try entry(try await store.lastEntry(of: customer, with: month)) } catch {
            throw OracleError(any: error)
        }
    }

    /// The last entries of these customers.
    public func lastEntries(of customers: [CustomerID]) async throws(OracleError) -> [CustomerID: CustomerEpoch] {
        do {
            let entries = try entries(try await store.lastEntries(of: customers))
            return Dictionary(entries.map { ($0.customer, $0) }, uniquingKeysWith: { first, _ in first })
        } catch { throw OracleError(any: error) }
    }

    /// A page of all customers' last entries, by customer id, after `customer` (`nil` for the first page).
    public func lastEntries(after customer: CustomerID?, limit: Int) async throws(OracleError) -> [CustomerEpoch] {
        do { return try entries(try await store.lastEntries(after: customer, limit: limit)) } catch {
            throw OracleError(any: error)
        }
    }

    /// A customer's last entry that is not later than an epoch, or `nil`.
    public func entry(of customer: CustomerID, notAfter epoch: Epoch) async throws(OracleError) -> CustomerEpoch? {
        do { return try entry(try await store.entry(of: customer, notAfter: epoch)) } catch {
            throw OracleError(any: error)
        }
    }

    /// The entry that holds a customer's receipt of this sequence number, or `nil`.
    public func entry(of customer: CustomerID, holding sequence: Int64) async throws(OracleError) -> CustomerEpoch? {
        do { return try entry(try await store.entry(of: customer, holding: sequence)) } catch {
            throw OracleError(any: error)
        }
    }

    private func entries(_ records: [EntryRecord]) throws(OracleError) -> [CustomerEpoch] {
        var entries: [CustomerEpoch] = []
        entries.reserveCapacity(records.count)
        for record in records { if let entry = try entry(record) { entries.append(entry) } }
        return entries
    }

    private func entry(_ record: EntryRecord?) throws(OracleError) -> CustomerEpoch? {
        guard let record else { return nil }
        let name = "epoch \(record.epoch) of \(record.customer)"
        return try CustomerEpoch(try document(record.document, hash: record.hash, name))
    }

    // MARK: Attestations

    /// Keeps an attestation; of several for one epoch the first one stays.
    ///
    /// - Throws: `conflict` when it is for another commitment than the one that is kept; `storeUnavailable`.
    public func store(_ attestation: Attestation) async throws(OracleError) {
        let record = AttestationRecord(
            epoch: attestation.epoch, commitment: attestation.commitment, method: attestation.method,
            document: attestation.evidence.bytes)
        do { try await store.store(record) } catch { throw OracleError(store: error) }
    }

    /// The attestation of an epoch, or `nil`.
    public func attestation(of epoch: Epoch) async throws(OracleError) -> Attestation? {
        do {
            guard let record = try await store.attestation(of: epoch) else { return nil }
            return Attestation(
                epoch: record.epoch, commitment: record.commitment, method: record.method,
                evidence: try CanonicalJSON(parsing: record.document))
        } catch { throw OracleError(store: error) }
    }

    /// The epoch of the oldest commitment without an attestation, or `nil`.
    public func oldestUnattested() async throws(OracleError) -> Epoch? {
        do { return try await store.oldestUnattested()?.epoch } catch { throw OracleError(store: error) }
    }

    // MARK: Documents

    private func document(_ bytes: [UInt8], hash: Digest32, _ name: String) throws(OracleError) -> CanonicalJSON {
        guard Digest32.sha3(bytes) == hash else {
            throw OracleError(.conflict, "\(name) was changed in the store; restore the store from a backup")
        }
        do { return try CanonicalJSON(parsing: bytes) } catch { throw OracleError(.invalidInput, error.message) }
    }
}

extension OracleError {
    /// The error of an oracle's store.
    init(store error: MeteringError) {
        let code: Code =
            switch error.code {
            case .conflict: .conflict
            case .notFound: .notFound
            default: .storeUnavailable
            }
        self.init(code, error.message, cause: error)
    }

    /// The error of something that reads a store and makes something of what it read.
    init(any error: any Error) {
        switch error {
        case let error as OracleError: self = error
        case let error as MeteringError: self.init(store: error)
        default: self.init(.storeUnavailable, "the oracle's store failed", cause: error)
        }
    }

    /// The error of the usage store.
    init(usage error: MeteringError) {
        self.init(.storeUnavailable, "the usage store failed: \(error.message)", cause: error)
    }

    /// The error of a ledger.
    init(ledger error: MeteringError) {
        self.init(.ledgerFailed, "the ledger failed: \(error.message)", cause: error)
    }
}
