internal import Metering
internal import Oracle

/// Checks the files of a directory, and nothing but them.
struct EvidenceCheck: Sendable {
    let folder: EvidenceFolder

    /// What was checked, and what is wrong.
    struct Report: Encodable, Sendable, Hashable {
        var receipts = 0
        var commitments = 0
        var proofs = 0
        var problems: [String] = []
    }

    /// Checks signatures, charges and proofs.
    func report() throws(CommandError) -> Report {
        var report = Report()
        let keys = try folder.keys()
        let receipts = checkReceipts(try folder.receiptLines(), keys, try folder.books(), &report)
        var commitments: [Digest32: EpochCommitment] = [:]
        for file in try folder.files(in: folder.commitments) {
            report.commitments += 1
            do {
                let signed = try SignedCommitment(text: try folder.text(of: file))
                try signed.verify(with: keys)
                commitments[signed.commitment.hash] = signed.commitment
            } catch { report.problems.append("\(file): \(Self.message(error))") }
        }
        for file in try folder.files(in: folder.proofs) {
            report.proofs += 1
            do { try check(try folder.text(of: file), receipts, commitments) } catch {
                report.problems.append("\(file): \(Self.message(error))")
            }
        }
        return report
    }

    private typealias Receipts = [CustomerID: [Int64: StoredEvent]]

    private func checkReceipts(
        _ lines: [String], _ keys: OperatorPublicKeys, _ books: [PriceBook], _ report: inout Report
    ) -> Receipts {
        let verifier = ReceiptVerifier(keys: keys, priceBooks: books)
        var receipts: Receipts = [:]
        for (index, line) in lines.enumerated() {
            report.receipts += 1
            do {
                let receipt = try SignedReceipt(text: line)
                for finding in verifier.findings(in: receipt) {
                    report.problems.append("receipt on line \(index + 1): \(finding)")
                }
                receipts[receipt.stored.event.customer, default: [:]][receipt.stored.sequence] = receipt.stored
            } catch { report.problems.append("receipt on line \(index + 1): \(error.message)") }
        }
        return receipts
    }

    private func check(
        _ text: String, _ receipts: Receipts, _ commitments: [Digest32: EpochCommitment]
    ) throws {
        let isInclusion = text.contains("\"kind\":\"inclusion\"")
        let inclusion = isInclusion ? try InclusionProof(text: text) : nil
        let total = try inclusion?.total ?? TotalProof(text: text)
        guard let commitment = commitments[total.commitment] else {
            throw CommandError("its commitment is not here, or is not good")
        }
        let own = receipts[total.entry.customer] ?? [:]
        if let inclusion {
            let sequence = total.entry.firstSequence + Int64(clamping: inclusion.path.index)
            guard let stored = own[sequence] else { throw CommandError("receipt \(sequence) is not here") }
            try inclusion.verify(stored, in: commitment)
        } else {
            try total.verify(in: commitment)
            let all = (total.entry.firstSequence...total.entry.lastSequence).compactMap { own[$0] }
            try total.verify(all)
        }
    }

    private static func message(_ error: any Error) -> String {
        switch error {
        case let error as OracleError: error.message
        case let error as MeteringError: error.message
        case let error as CommandError: error.message
        default: "\(error)"
        }
    }
}
