public import Metering
internal import Synchronization

/// Makes proofs of what was committed, from the oracle's store and the receipts.
public final class EpochProofs: EpochDocuments {
    private let archive: CommitmentArchive
    private let usage: any UsageStore
    /// The last epoch that was asked about: most questions are about one epoch, and its tree takes a while to build.
    private let last = Mutex<(epoch: Epoch, prover: EpochProver)?>(nil)

    /// Reads from an oracle's store and the store with the receipts.
    public init(_ store: any EpochStore, usage: any UsageStore) {
        archive = CommitmentArchive(store)
        self.usage = usage
    }

    /// The proof of what an epoch says about a customer.
    ///
    /// - Throws: `notFound` when the epoch is not closed or says nothing about the customer.
    public func total(of customer: CustomerID, in epoch: Epoch) async throws(OracleError) -> TotalProof {
        let prover = try await prover(of: epoch)
        guard let entry = try await archive.entry(of: customer, in: epoch) else {
            throw OracleError(.notFound, "epoch \(epoch) has nothing of the customer \(customer)")
        }
        return try prover.total(entry)
    }

    /// The proof that a customer's receipt is in the epoch that holds it.
    ///
    /// - Throws: `notFound` when no epoch holds it; `conflict` when the stored receipts are not what was committed to.
    public func inclusion(of customer: CustomerID, sequence: Int64) async throws(OracleError) -> InclusionProof {
        guard let entry = try await archive.entry(of: customer, holding: sequence) else {
            throw OracleError(
                .notFound, "no epoch holds receipt \(sequence) of \(customer); the oracle has not got to it yet")
        }
        let prover = try await prover(of: entry.epoch)
        return try prover.inclusion(of: sequence, among: try await receipts(of: entry), in: entry)
    }

    /// The receipts of a customer's entry, in sequence order.
    public func receipts(of entry: CustomerEpoch) async throws(OracleError) -> [StoredEvent] {
        let count = Int(clamping: entry.count)
        do {
            return try await usage.events(of: entry.customer, after: entry.firstSequence - 1, limit: count)
        } catch { throw OracleError(usage: error) }
    }

    private func prover(of epoch: Epoch) async throws(OracleError) -> EpochProver {
        if let last = last.withLock({ $0 }), last.epoch == epoch { return last.prover }
        guard let commitment = try await archive.commitment(of: epoch) else {
            throw OracleError(.notFound, "epoch \(epoch) is not closed")
        }
        let prover = try EpochProver(commitment, leaves: try await archive.leaves(of: epoch))
        last.withLock { $0 = (epoch, prover) }
        return prover
    }

    // MARK: Documents

    /// See `EpochDocuments`.
    public func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CanonicalJSON] {
        do {
            var documents: [CanonicalJSON] = []
            for commitment in try await archive.commitments(before: epoch, limit: limit) {
                if let attestation = try await archive.attestation(of: commitment.epoch) {
                    documents.append(attestation.evidence)
                }
            }
            return documents
        } catch { throw MeteringError(error) }
    }

    /// See `EpochDocuments`.
    public func commitment(of epoch: Epoch) async throws(MeteringError) -> CanonicalJSON? {
        do { return try await archive.attestation(of: epoch)?.evidence } catch { throw MeteringError(error) }
    }

    /// See `EpochDocuments`.
    public func totalProof(of customer: CustomerID, in epoch: Epoch) async throws(MeteringError) -> CanonicalJSON? {
        do { return try await total(of: customer, in: epoch).json } catch  where error.code == .notFound {
            return nil
        } catch { throw MeteringError(error) }
    }

    /// See `EpochDocuments`.
    public func inclusionProof(
        of customer: CustomerID, sequence: Int64
    ) async throws(MeteringError) -> CanonicalJSON? {
        do { return try await inclusion(of: customer, sequence: sequence).json } catch  where error.code == .notFound {
            return nil
        } catch { throw MeteringError(error) }
    }
}

extension MeteringError {
    /// The error of an oracle, in the terms of those who know no oracle.
    init(_ error: OracleError) {
        self.init(error.code == .conflict ? .storeCorrupt : .storeUnavailable, error.message, cause: error)
    }
}
