internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter oracle status`: how far the oracle is.
struct OracleStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how far the oracle is, and what it has still to do.",
        discussion: """
            Exit status 2 means that the last comparison with the ledger found something.

            EXAMPLES:
              flowmeter oracle status
              flowmeter oracle status --json | jq -r .open_charge_usd
            """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Status: Encodable, Sendable {
        var epochSeconds: Int64
        var latestEpoch: Int64?
        var latestClosed: String?
        var isSigned: Bool
        var committedCharge: String
        var committedDue: String
        var openCharge: String
        var openBatches: Int
        var moved: String?
        var unsettled: String?
        var findings: [String]
        var leader: String?
        var leaderUntil: String?

        private enum CodingKeys: String, CodingKey {
            case epochSeconds = "epoch_seconds"
            case latestEpoch = "latest_epoch"
            case latestClosed = "latest_closed"
            case isSigned = "is_signed"
            case committedCharge = "committed_charge_usd"
            case committedDue = "committed_due_usd"
            case openCharge = "open_charge_usd"
            case openBatches = "open_batches"
            case moved = "moved_usd"
            case unsettled = "unsettled_usd"
            case findings, leader
            case leaderUntil = "leader_until"
        }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let status = try await OracleParts.with(settings: settings, context: context, mode: .read) { parts in
            try await self.status(parts, now: context.now())
        }
        if json {
            try context.output.write(try JSONText.document(status))
        } else {
            try context.output.write(text(status))
        }
        if !status.findings.isEmpty { throw ExitRequest(status: .attention) }
    }

    private func status(_ parts: OracleParts, now: Timestamp) async throws -> Status {
        let latest = try await parts.archive.latest()
        let charged = try await parts.usage.usage(UsageQuery(by: .total)).first?.sums.charge ?? .zero
        let committed = latest?.cumulativeCharge ?? .zero
        var status = Status(
            epochSeconds: parts.ledger.schedule.seconds, latestEpoch: latest?.epoch.rawValue,
            latestClosed: latest?.closed.description, isSigned: true, committedCharge: committed.description,
            committedDue: (latest?.cumulativeDue ?? .zero).description,
            openCharge: (charged - committed).description, openBatches: try await parts.store.openBatchCount(),
            findings: [])
        if let latest {
            status.isSigned = try await parts.archive.attestation(of: latest.epoch) != nil
            if let report = try await parts.store.report(of: latest.epoch) {
                (status.moved, status.unsettled) = (report.moved.description, report.unsettled.description)
                status.findings = report.findings
            }
        }
        if let lease = try await parts.lease.lease(), lease.until > now {
            (status.leader, status.leaderUntil) = (lease.holder, lease.until.description)
        }
        return status
    }

    private func text(_ status: Status) -> String {
        var lines = ["epochs       \(status.epochSeconds) s"]
        if let epoch = status.latestEpoch, let closed = status.latestClosed {
            lines.append(
                "latest       epoch \(epoch), closed \(closed), \(status.isSigned ? "signed" : "not signed yet")")
        } else {
            lines.append("latest       none: no epoch was closed yet")
        }
        lines.append("committed    \(status.committedCharge) USD at list price, \(status.committedDue) USD due")
        lines.append("open         \(status.openCharge) USD in no epoch yet")
        lines.append("to settle    \(NumberText.grouped(status.openBatches)) open batches")
        if let moved = status.moved, let unsettled = status.unsettled {
            lines.append("last epoch   \(moved) USD moved, \(unsettled) USD carried")
        }
        lines.append("leader       \(status.leader.map { "\($0) until \(status.leaderUntil ?? "")" } ?? "nobody")")
        lines += status.findings.map { "finding      \($0)" }
        return lines.map { TerminalText.printable($0) + "\n" }.joined()
    }
}
