internal import Metering
internal import Oracle

/// Recomputes every epoch from the stored receipts.
struct StoredEpochCheck: Sendable {
    let parts: OracleParts
    var progress: WalkProgress?

    /// Checks commitments, signatures, entries and receipts, oldest epoch first.
    func report() async throws -> EvidenceCheck.Report {
        var report = EvidenceCheck.Report()
        let keys = try parts.publicKeys()
        var previous = Digest32.zero
        var last: [CustomerID: CustomerEpoch] = [:]
        progress?.begin(try await parts.usage.chainHeads())
        for commitment in try await parts.archive.commitments(before: nil, limit: .max).reversed() {
            report.commitments += 1
            let name = "epoch \(commitment.epoch)"
            if commitment.previous != previous { report.problems.append("\(name): it does not follow the one before") }
            previous = commitment.hash
            do {
                if let attestation = try await parts.archive.attestation(of: commitment.epoch) {
                    try SignedCommitment(text: attestation.evidence.text).verify(with: keys)
                }
                for entry in try await parts.archive.entries(of: commitment.epoch) {
                    report.proofs += 1
                    let proof = try await parts.proofs.total(of: entry.customer, in: commitment.epoch)
                    try proof.verify(in: commitment)
                    let receipts = try await parts.proofs.receipts(of: entry)
                    report.receipts += receipts.count
                    progress?.add(receipts.count)
                    try proof.verify(receipts, after: last[entry.customer])
                    last[entry.customer] = entry
                }
            } catch { report.problems.append("\(name): \(error.message)") }
        }
        progress?.finish()
        return report
    }
}
