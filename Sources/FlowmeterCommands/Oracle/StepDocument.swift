internal import Metering
internal import Oracle

/// What a step of the oracle did, for people and programs.
struct StepDocument: Encodable, Sendable, Hashable {
    /// `closed`, `attested`, `planned`, `submitted`, `confirmed`, `resent`, `pending`, `reconciled`, `ended`, `idle` or
    /// `standby`.
    var step: String
    var epoch: Int64?
    var batch: Int?
    var batches: Int?
    var items: Int?
    var moved: String?
    var unsettled: String?
    var findings: [String]?
    var until: String?
    /// The same for people.
    let sentence: String

    private enum CodingKeys: String, CodingKey {
        case step, epoch, batch, batches, items, findings, until
        case moved = "moved_usd"
        case unsettled = "unsettled_usd"
    }

    init(_ progress: OracleWorker.Progress) {
        switch progress {
        case .closed(let epoch): self.init("closed", epoch, "closed epoch \(epoch)")
        case .attested(let epoch): self.init("attested", epoch, "signed the commitment of epoch \(epoch)")
        case .planned(let epoch, let batches):
            self.init("planned", epoch, "planned epoch \(epoch): \(NumberText.counted(batches, "batch"))")
            self.batches = batches
        case .submitted(let id): self.init("submitted", id, "sent batch \(id)")
        case .confirmed(let id): self.init("confirmed", id, "settled batch \(id)")
        case .resent(let id): self.init("resent", id, "batch \(id) was lost and is sent again")
        case .pending(let id): self.init("pending", id, "batch \(id) is still on its way")
        case .reconciled(let report):
            let findings = report.findings.isEmpty ? "all as it should be" : report.findings.joined(separator: "; ")
            self.init(
                "reconciled", report.epoch,
                "epoch \(report.epoch): \(NumberText.counted(report.items, "item")), \(report.moved) USD moved, "
                    + "\(report.unsettled) USD carried, \(findings)")
            (items, moved, unsettled) = (report.items, report.moved.description, report.unsettled.description)
            self.findings = report.findings
        case .ended(let ids):
            self.init("ended", nil, "closed and refunded: \(ids.map(\.rawValue).joined(separator: ", "))")
            items = ids.count
        case .idle(let until):
            self.init("idle", nil, "nothing to do before \(until)")
            self.until = until.description
        case .standby:
            self.init("standby", nil, "another oracle leads; 'flowmeter oracle status' names it, and until when")
        }
    }

    private init(_ step: String, _ epoch: Epoch?, _ sentence: String) {
        self.step = step
        self.epoch = epoch?.rawValue
        self.sentence = sentence
    }

    private init(_ step: String, _ id: OutboxBatchID, _ sentence: String) {
        self.init(step, id.epoch, sentence)
        batch = id.index
    }
}
