internal import ArgumentParser
internal import Metering

/// `flowmeter receipts verify`: signatures, charges and chains, from files alone.
struct ReceiptsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify signed receipts with nothing but files.",
        discussion: """
            Checks each signature, recomputes each charge with the price book that the receipt names, and checks that \
            receipts which follow each other in a customer's sequence also follow in its chain. Opens no database and no \
            network. Price books: the built-in ones, those imported here, and --prices. Exit status 2 means that something \
            is wrong.

            EXAMPLES:
              flowmeter receipts verify receipts.jsonl --keys keys.json
              flowmeter receipts show MESSAGE-ID --json | flowmeter receipts verify - --keys keys.json
              flowmeter receipts verify receipts.jsonl --keys keys.json --prices their.prices --json
            """)

    @Argument(help: "A file with one signed receipt a line; '-' for standard input.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The operator's public keys.", valueName: "file"), completion: .file())
    var keys: String

    @Option(help: ArgumentHelp("A price book; can be repeated.", valueName: "file"), completion: .file())
    var prices: [String] = []

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Report: Encodable {
        struct Finding: Encodable {
            var line: Int
            var id: String?
            var finding: String
        }
        var receipts = 0
        var good = 0
        var findings: [Finding] = []
    }

    func run() async throws {
        let context = CommandContext.current
        let verifier = try verifier(context)
        var report = Report()
        var chain = ReceiptChain()
        for (index, line) in try text(context).split(separator: "\n").enumerated() {
            report.receipts += 1
            var found: [String]
            var id: String?
            do throws(MeteringError) {
                let receipt = try SignedReceipt(text: String(line))
                id = receipt.stored.event.id.rawValue
                found = verifier.findings(in: receipt).map(\.description)
                if let problem = chain.problem(with: receipt.stored) { found.append(problem) }
            } catch {
                found = [error.message]
            }
            if found.isEmpty { report.good += 1 }
            report.findings += found.map { Report.Finding(line: index + 1, id: id, finding: $0) }
        }
        guard report.receipts > 0 else {
            throw CommandError("there are no receipts in \(file)", fix: "make some with 'flowmeter receipts export'")
        }
        if json {
            try context.output.write(try JSONText.snakeCase(report))
        } else {
            for finding in report.findings {
                let name = finding.id.map { " " + TerminalText.printable($0) } ?? ""
                try context.output.writeLine(
                    "\(file):\(finding.line):\(name) \(TerminalText.printable(finding.finding))")
            }
            try context.output.writeLine(
                "\(report.good) of \(NumberText.counted(report.receipts, "receipt")) good: signature, price and chain")
        }
        if !report.findings.isEmpty { throw ExitRequest(status: .attention) }
    }

    private func verifier(_ context: CommandContext) throws -> ReceiptVerifier {
        let path = context.path(keys)
        guard let bytes = InputFile.bytes(path), let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(
                "cannot read the public keys \(keys)",
                fix: "get them from the operator: 'flowmeter receipts keys export'")
        }
        let keys: OperatorPublicKeys
        do throws(MeteringError) { keys = try OperatorPublicKeys(json: text) } catch {
            throw CommandError(
                "\(self.keys): \(error.message)", fix: "pass what 'flowmeter receipts keys export' writes")
        }
        var books = try PriceDirectory(settings: try global.settings(context: context), context: context).catalog()
            .books
        for file in prices { books.append(try PriceDirectory.read(file: context.path(file))) }
        return ReceiptVerifier(keys: keys, priceBooks: books)
    }

    private func text(_ context: CommandContext) throws(CommandError) -> String {
        guard let bytes = InputFile.bytes(file == "-" ? file : context.path(file)) else {
            throw CommandError("cannot read \(file)", fix: "check that the file exists and is readable")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Follows the chains of customers through receipts in any order of customers.
struct ReceiptChain: Sendable {
    private var last: [CustomerID: StoredEvent] = [:]

    /// What is wrong about the place of a receipt after those before it; `nil` when nothing is.
    mutating func problem(with stored: StoredEvent) -> String? {
        let previous = last.updateValue(stored, forKey: stored.event.customer)
        guard let previous else {
            return stored.sequence == 1 && stored.previousHash != .zero
                ? "the first receipt of \(stored.event.customer) names one before it" : nil
        }
        if stored.sequence == previous.sequence + 1 {
            return stored.previousHash == previous.hash
                ? nil : "its chain is broken: it does not follow receipt \(previous.sequence)"
        }
        if stored.sequence > previous.sequence {
            return "receipts \(previous.sequence + 1) to \(stored.sequence - 1) of \(stored.event.customer) are missing"
        }
        if stored.sequence == previous.sequence, stored.hash != previous.hash {
            return "there are two receipts of \(stored.event.customer) with the number \(stored.sequence)"
        }
        return "the receipts of \(stored.event.customer) are not in order, or one is there twice"
    }
}
