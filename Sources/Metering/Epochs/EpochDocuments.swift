/// What a gateway serves about epochs: documents in canonical JSON, as they were stored and signed.
///
/// Who may see which of them is the gateway's business. Every method throws `storeUnavailable` when it cannot answer now.
public protocol EpochDocuments: Sendable {
    /// A page of signed commitments, latest first, before an epoch (`nil` for the first page).
    ///
    /// What is committed and not signed yet is left out.
    func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CanonicalJSON]
    /// The signed commitment of an epoch; `nil` when there is none, or it is not signed yet.
    func commitment(of epoch: Epoch) async throws(MeteringError) -> CanonicalJSON?
    /// The proof of what an epoch says about a customer; `nil` when it says nothing.
    func totalProof(of customer: CustomerID, in epoch: Epoch) async throws(MeteringError) -> CanonicalJSON?
    /// The proof that a customer's receipt is in an epoch; `nil` when no epoch holds it yet.
    func inclusionProof(of customer: CustomerID, sequence: Int64) async throws(MeteringError) -> CanonicalJSON?
}
