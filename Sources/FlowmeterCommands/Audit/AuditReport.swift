internal import Metering
internal import Oracle

/// What an audit found, for people and programs.
struct AuditReport: Encodable, Sendable {
    /// A wrong that is proved.
    struct Proof: Encodable, Sendable, Hashable {
        var kind: String
        var customer: String
        var credit: String
        var what: String
        var receipts: [String]
        var evidence: String
        var booked: String?

        private enum CodingKeys: String, CodingKey {
            case kind, customer, what, receipts, evidence, booked
            case credit = "credit_usd"
        }
    }

    var receipts: Int
    var commitments: Int
    var proofs: [Proof]
    var problems: [String]

    /// Whether nothing was found.
    var isClean: Bool { proofs.isEmpty && problems.isEmpty }

    init(_ report: Audit.Report, credits: [Digest32: String]) {
        receipts = report.receipts
        commitments = report.commitments
        problems = report.problems
        proofs = report.proofs.map { proof in
            Proof(
                kind: proof.kind, customer: proof.customer.rawValue, credit: proof.credit.description,
                what: proof.description, receipts: proof.receipts.map(\.text), evidence: proof.hash.description,
                booked: credits[proof.hash])
        }
    }

    func text(_ style: TextStyle) -> String {
        let counts = "\(NumberText.counted(receipts, "receipt")), \(NumberText.counted(commitments, "commitment"))"
        guard !isClean else { return style.green("clean  ") + counts + "\n" }
        var lines = [style.red("FOUND  ") + counts]
        for proof in proofs {
            lines.append(
                "\(style.red("fraud")) (\(proof.kind)): \(proof.what); \(proof.credit) USD to be given back to "
                    + proof.customer)
            if let booked = proof.booked { lines.append("       " + booked) }
        }
        lines += problems.map { "problem: " + $0 }
        return lines.map { $0 + "\n" }.joined()
    }
}
