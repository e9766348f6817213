internal import Metering
internal import Oracle

/// Feeds an audit with what is at hand.
enum AuditSource {
    /// Audits the files of a directory.
    static func report(of folder: EvidenceFolder) throws -> Audit.Report {
        let keys = try folder.keys()
        var audit = Audit(verifier: ReceiptVerifier(keys: keys, priceBooks: try folder.books()))
        for file in try folder.files(in: folder.commitments) {
            audit.add(try SignedCommitment(text: try folder.text(of: file)), keys: keys)
        }
        for file in try folder.files(in: folder.proofs) {
            let text = try folder.text(of: file)
            let isInclusion = text.contains("\"kind\":\"inclusion\"")
            audit.add(isInclusion ? try InclusionProof(text: text).total : try TotalProof(text: text))
        }
        for line in try folder.receiptLines() { audit.add(receipt: line) }
        return audit.report()
    }

    /// Audits the database: what would be signed if somebody asked for it now.
    static func report(
        of parts: OracleParts, catalog: PriceCatalog, progress: WalkProgress? = nil
    ) async throws -> Audit.Report {
        let ring = try parts.keys.loadOrCreate(at: parts.now())
        let keys = try ring.publicKeys()
        var audit = Audit(verifier: ReceiptVerifier(keys: keys, priceBooks: catalog.books))
        for commitment in try await parts.archive.commitments(before: nil, limit: .max) {
            guard let attestation = try await parts.archive.attestation(of: commitment.epoch) else { continue }
            audit.add(try SignedCommitment(text: attestation.evidence.text), keys: keys)
            for entry in try await parts.archive.entries(of: commitment.epoch) {
                audit.add(try await parts.proofs.total(of: entry.customer, in: commitment.epoch))
            }
        }
        let heads = try await parts.usage.chainHeads()
        progress?.begin(heads)
        for head in heads {
            var pages = EventPages(head: head)
            while let page = try await pages.next(parts.usage) {
                for stored in page { audit.add(try SignedReceipt(stored, signedWith: ring.current)) }
                progress?.add(page.count)
            }
        }
        progress?.finish()
        return audit.report()
    }
}
