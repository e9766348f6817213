internal import ArgumentParser
internal import Metering

/// `flowmeter epochs verify`: checks what was committed, from files or from the database.
struct EpochsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check commitments, proofs and receipts: of a directory, or of the database.",
        discussion: """
            With a directory, which 'flowmeter epochs export' wrote, it needs no database and trusts nobody: every \
            signature, charge and proof is checked. Without one, every epoch is recomputed from the stored receipts. \
            Exit status 2 means that something is wrong.

            EXAMPLES:
              flowmeter epochs verify evidence
              flowmeter epochs verify --json
            """)

    @Argument(help: "The directory. Default: the database.", completion: .directory)
    var directory: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let report: EvidenceCheck.Report
        if let directory {
            report = try EvidenceCheck(folder: EvidenceFolder(path: context.path(directory))).report()
        } else {
            let settings = try global.settings(context: context)
            report = try await OracleParts.with(settings: settings, context: context, mode: .read) { parts in
                try await StoredEpochCheck(
                    parts: parts,
                    progress: WalkProgress("checking receipts", context: context, isQuiet: global.quiet)
                ).report()
            }
        }
        if json {
            try context.output.write(try JSONText.document(report))
        } else {
            let verdict = report.problems.isEmpty ? context.style.green("ok     ") : context.style.red("WRONG  ")
            try context.output.writeLine(
                verdict + "\(NumberText.counted(report.commitments, "commitment")), "
                    + "\(NumberText.counted(report.proofs, "proof")), \(NumberText.counted(report.receipts, "receipt"))"
            )
            for problem in report.problems { try context.output.writeLine(TerminalText.printable("       " + problem)) }
        }
        if !report.problems.isEmpty { throw ExitRequest(status: .attention) }
    }
}
