internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter oracle step`: the next step of the oracle, or all that are due.
struct OracleStep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Do the oracle's next step, or all that are due, and say what it was.",
        discussion: """
            The steps of an epoch are: close, attest, plan, settle (once per batch of a thousand subscriptions), \
            reconcile. Each is durable when it was said, and can be repeated.

            EXAMPLES:
              flowmeter oracle step
              flowmeter oracle step --all --json
            """)

    @Flag(help: "Do all steps that are due.")
    var all = false

    @Flag(help: "Write JSON lines: one step per line.")
    var json = false

    @OptionGroup(title: "Oracle") var oracle: OracleOptions
    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(oracle.flags, context: context)
        let needsAttention = try await OracleParts.with(settings: settings, context: context) { parts in
            try await steps(parts, context)
        }
        if needsAttention { throw ExitRequest(status: .attention) }
    }

    private func steps(_ parts: OracleParts, _ context: CommandContext) async throws -> Bool {
        let worker = parts.worker()
        var needsAttention = false
        while true {
            let progress = try await worker.step(at: context.now(), confirmedEpoch: oracle.confirmed)
            if json {
                try context.output.write(try JSONText.line(StepDocument(progress)))
            } else {
                try context.output.writeLine(StepDocument(progress).sentence)
            }
            if case .reconciled(let report) = progress, !report.findings.isEmpty { needsAttention = true }
            switch progress {
            case .idle, .standby, .pending:
                try await worker.resign()
                return needsAttention
            default:
                guard all else {
                    try await worker.resign()
                    return needsAttention
                }
            }
        }
    }
}
