internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter epochs export`: everything that somebody else needs to verify.
struct EpochsExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write receipts, commitments, proofs, price books and public keys to a directory.",
        discussion: """
            'flowmeter epochs verify DIRECTORY', 'flowmeter audit DIRECTORY' and 'python3 docs/verify.py DIRECTORY' \
            need nothing else. With --customer it is what one customer may see.

            EXAMPLES:
              flowmeter epochs export evidence
              flowmeter epochs export evidence-alice --customer alice
            """)

    @Argument(help: "The directory; it is created, and must be empty.", completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("Only this customer's receipts and proofs.", valueName: "id"))
    var customer: String?

    @Flag(help: "Also prove every single receipt.")
    var inclusion = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customer = try customer.map { try CustomerID(validating: $0) }
        let catalog = try PriceDirectory(settings: settings, context: context).catalog()
        let folder = EvidenceFolder(path: context.path(directory))
        let counts = try await OracleParts.with(settings: settings, context: context, mode: .read) { parts in
            try await EvidenceWriter(
                folder: folder, parts: parts, catalog: catalog, customer: customer,
                progress: WalkProgress("writing receipts", context: context, isQuiet: global.quiet)
            ).write(withInclusion: inclusion)
        }
        try context.output.writeLine(
            "wrote \(NumberText.counted(counts.receipts, "receipt")), "
                + "\(NumberText.counted(counts.commitments, "commitment")) and "
                + "\(NumberText.counted(counts.proofs, "proof")) to \(folder.path)")
    }
}
