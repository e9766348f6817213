internal import Foundation
internal import Metering
internal import Oracle

/// Writes the evidence of what was committed.
struct EvidenceWriter: Sendable {
    /// How much was written.
    struct Counts: Sendable, Hashable {
        var receipts = 0
        var commitments = 0
        var proofs = 0
    }

    let folder: EvidenceFolder
    let parts: OracleParts
    let catalog: PriceCatalog
    /// Only this customer's receipts and proofs; `nil` for all.
    let customer: CustomerID?
    var progress: WalkProgress?

    /// Writes everything.
    func write(withInclusion: Bool) async throws -> Counts {
        try folder.create()
        let ring = try parts.keys.loadOrCreate(at: parts.now())
        try folder.write(try ring.publicKeys().json, to: folder.keysFile)
        var counts = Counts()
        let named = try await writeReceipts(signedWith: ring.current, withInclusion: withInclusion, &counts)
        for book in catalog.books where named.contains(book.hash) {
            try folder.write(book.canonicalText, to: "\(folder.priceBooks)/\(book.id).txt")
        }
        for commitment in try await parts.archive.commitments(before: nil, limit: .max) {
            guard let attestation = try await parts.archive.attestation(of: commitment.epoch) else { continue }
            try folder.write(attestation.evidence.text, to: "\(folder.commitments)/\(commitment.epoch).json")
            counts.commitments += 1
            for entry in try await parts.archive.entries(of: commitment.epoch) where isWanted(entry.customer) {
                let proof = try await parts.proofs.total(of: entry.customer, in: commitment.epoch)
                try folder.write(
                    proof.json.text, to: "\(folder.proofs)/total-\(commitment.epoch)-\(entry.customer).json")
                counts.proofs += 1
            }
        }
        return counts
    }

    /// Writes receipts page by page, and returns the price books that they name.
    private func writeReceipts(
        signedWith key: OperatorKey, withInclusion: Bool, _ counts: inout Counts
    ) async throws -> Set<PriceBookHash> {
        var named: Set<PriceBookHash> = []
        try folder.write("", to: folder.receiptsFile)
        let file = try FileHandle(forWritingTo: URL(filePath: folder.receiptsFile))
        let heads = try await parts.usage.chainHeads().filter { isWanted($0.customer) }
        progress?.begin(heads)
        for head in heads {
            var pages = EventPages(head: head)
            while let page = try await pages.next(parts.usage) {
                var lines = ""
                for stored in page {
                    named.insert(stored.event.priceBook)
                    lines += try SignedReceipt(stored, signedWith: key).text + "\n"
                    counts.receipts += 1
                    guard withInclusion,
                        let proof = try await parts.proofs.inclusionProof(of: head.customer, sequence: stored.sequence)
                    else { continue }
                    try folder.write(
                        proof.text, to: "\(folder.proofs)/receipt-\(head.customer)-\(stored.sequence).json")
                    counts.proofs += 1
                }
                try file.write(contentsOf: Data(lines.utf8))
                progress?.add(page.count)
            }
        }
        progress?.finish()
        try file.close()
        return named
    }

    private func isWanted(_ customer: CustomerID) -> Bool { self.customer.map { $0 == customer } ?? true }
}
