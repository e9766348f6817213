internal import ArgumentParser
internal import Metering

/// `flowmeter doctor`: checks the installation.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every part of the installation, and say what to do.",
        discussion: """
            Looks at the settings, the key, the upstream, the database, the disk, the price books, the clock, the port, \
            the signing keys, the plans, the oracle and its ledger, and at Flow and Flare when they are configured. \
            Changes nothing. Exit status 2 means that something is wrong.

            EXAMPLES:
              flowmeter doctor
              flowmeter doctor --database /var/lib/flowmeter/flowmeter.sqlite
              flowmeter doctor --json | jq '.checks[] | select(.verdict != "ok")'
            """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Document: Encodable {
        var healthy: Bool
        var version: String
        var checks: [Finding]
    }

    func run() async throws {
        let context = CommandContext.current
        let findings = try await Examination(global: global, context: context).findings()
        let isHealthy = !findings.contains { $0.verdict == .failed }
        if json {
            try context.output.write(
                try JSONText.document(
                    Document(healthy: isHealthy, version: FlowmeterVersion.current, checks: findings)))
        } else {
            for finding in findings { try context.output.write(finding.text(context.style)) }
            try context.output.writeLine(
                isHealthy
                    ? context.style.green("everything that matters is in order")
                    : context.style.red("something is wrong: see the lines marked FAILED"))
        }
        if !isHealthy { throw ExitRequest(status: .attention) }
    }
}
