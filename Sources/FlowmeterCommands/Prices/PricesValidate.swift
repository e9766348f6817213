internal import ArgumentParser
internal import Metering

/// `flowmeter prices validate`: checks price book files.
struct PricesValidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check price book files, without importing them.",
        discussion: """
            Exit status 2 means that at least one file is not a valid price book.

            EXAMPLES:
              flowmeter prices validate mine.prices
              flowmeter prices validate *.prices --json
            """)

    @Argument(help: "The files.", completion: .file())
    var files: [String]

    @Flag(help: "Write JSON.")
    var json = false

    private struct Verdict: Encodable {
        var file: String
        var valid: Bool
        var id: String?
        var hash: String?
        var skus: Int?
        var error: String?
    }

    func run() async throws {
        let context = CommandContext.current
        let verdicts = files.map { file in
            do throws(CommandError) {
                let book = try PriceDirectory.read(file: context.path(file))
                return Verdict(
                    file: file, valid: true, id: book.id, hash: book.hash.description, skus: book.prices.count)
            } catch {
                return Verdict(file: file, valid: false, error: error.message)
            }
        }
        if json {
            try context.output.write(try JSONText.document(verdicts))
        } else {
            let style = context.style
            for verdict in verdicts {
                let text =
                    verdict.valid
                    ? "\(style.green("valid"))    \(verdict.file): \(verdict.id ?? ""), \(verdict.skus ?? 0) prices, "
                        + "hash \(verdict.hash ?? "")"
                    : "\(style.red("INVALID"))  \(verdict.error ?? "")"
                try context.output.writeLine(text)
            }
        }
        if verdicts.contains(where: { !$0.valid }) { throw ExitRequest(status: .attention) }
    }
}
