internal import ArgumentParser
internal import Flow

/// `flowmeter flow doctor`: checks what sending needs.
struct FlowDoctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the access nodes, the network and the account, and say what to do.",
        discussion: """
            Changes nothing. Exit status 2 means that something is wrong.

            EXAMPLES:
              flowmeter flow doctor
              flowmeter flow doctor --network testnet --json
            """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Flow") var flow: FlowOptions
    @OptionGroup(title: "General") var console: ConsoleOptions

    private struct Document: Encodable {
        var healthy: Bool
        var checks: [Finding]
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(flow.flags, context: context)
        let findings = try await FlowExamination(settings: settings, context: context).findings()
        let isHealthy = !findings.contains { $0.verdict == .failed }
        if json {
            try context.output.write(try JSONText.document(Document(healthy: isHealthy, checks: findings)))
        } else {
            for finding in findings { try context.output.write(finding.text(context.style)) }
        }
        if !isHealthy { throw ExitRequest(status: .attention) }
    }
}
