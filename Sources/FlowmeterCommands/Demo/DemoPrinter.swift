internal import Metering

/// What a demo shows while it runs.
struct DemoPrinter: Sendable {
    var context: CommandContext
    /// Says nothing, for JSON.
    var isSilent: Bool

    /// Begins a part.
    func heading(_ text: String) throws(CommandError) {
        if !isSilent { try context.output.write("\n" + context.style.bold(text) + "\n") }
    }

    /// One call and what became of it.
    func call(_ outcome: DemoClient.Outcome) throws(CommandError) {
        guard !isSilent else { return }
        let style = context.style
        let status = outcome.status == 200 ? style.green("200") : style.yellow("\(outcome.status)")
        let title = outcome.title + String(repeating: " ", count: max(0, 44 - outcome.title.count))
        let ending = outcome.ending == "read" ? "" : style.yellow("  " + outcome.ending)
        try context.output.write("  \(status)  \(title) \(style.dim(outcome.customer))\(ending)\n")
    }

    /// A line of text.
    func line(_ text: String) throws(CommandError) {
        if !isSilent { try context.output.writeLine("  " + text) }
    }

    /// The usage tables.
    func tables(_ tables: [UsageReport]) throws(CommandError) {
        for (index, table) in tables.enumerated() {
            try heading("Usage by \(table.query.grouping.rawValue)")
            // The notes are the same for all of them: once is enough.
            try context.output.write(
                table.table(
                    width: context.output.columns, style: context.style, withNotes: index == tables.count - 1))
        }
    }

    /// The checks, and the verdict.
    func audit(_ report: DemoReport) throws(CommandError) {
        try heading("Audit: published prices × what the simulator served, recomputed; epochs, ledger and proofs")
        let style = context.style
        for check in report.audit {
            let mark = check.passed ? style.green("ok      ") : style.red("MISMATCH")
            try context.output.writeLine("  \(mark)  \(check.what): \(check.detail)")
        }
        try context.output.writeLine(
            report.passed
                ? style.green(
                    "\nEverything adds up: \(NumberText.grouped(report.events)) events, \(report.charge) USD, exact to "
                        + "the last digit.")
                : style.red("\nSomething does not add up: see the lines marked MISMATCH."))
    }
}
