internal import ArgumentParser
internal import Metering

/// `flowmeter events verify`: recomputes every customer's chain and charges.
struct EventsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute the sequence, the hash chain and the charges of all stored events.",
        discussion: """
            Every receipt is encoded and hashed anew, so that an event that was changed, removed, added or moved is \
            found. Charges are recomputed with the price book that the event names. Exit status 2 means that something \
            is wrong.

            EXAMPLES:
              flowmeter events verify
              flowmeter events verify --customer alice --json
            """)

    @Option(help: ArgumentHelp("Only this customer.", valueName: "id"))
    var customer: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let catalog = try PriceDirectory(settings: settings, context: context).catalog()
        let progress = WalkProgress("checking events", context: context, isQuiet: global.quiet)
        let reports = try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            var reports: [ChainReport] = []
            let heads = try await store.chainHeads().filter { customer == nil || $0.customer.rawValue == customer }
            progress.begin(heads)
            for head in heads {
                reports.append(
                    try await ChainReport.make(of: head, store: store, catalog: catalog, progress: progress))
            }
            progress.finish()
            return reports
        }
        if let customer, reports.isEmpty {
            throw CommandError("customer '\(customer)' has no events", fix: "see 'flowmeter usage --by customer'")
        }
        try context.output.write(json ? try JSONText.document(reports) : text(of: reports, context))
        if reports.contains(where: { $0.fault != nil }) { throw ExitRequest(status: .attention) }
    }

    private func text(of reports: [ChainReport], _ context: CommandContext) -> String {
        guard !reports.isEmpty else { return "no events\n" }
        let style = context.style
        return reports.map { report in
            let verdict = report.fault == nil ? style.green("ok    ") : style.red("BROKEN")
            let unchecked =
                report.unknownBooks == 0
                ? "" : ", \(NumberText.grouped(report.unknownBooks)) rated with a price book that is not here"
            return
                "\(verdict)  \(TerminalText.printable(report.customer)): \(NumberText.counted(report.events, "event"))"
                + unchecked + (report.fault.map { ": " + $0 } ?? "") + "\n"
        }.joined()
    }
}
