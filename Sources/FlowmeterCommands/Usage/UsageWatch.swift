internal import Metering

/// The loop of `usage --watch`: ask, draw, wait.
struct UsageWatch: Sendable {
    var interval: Duration
    var format: FormatOptions
    /// Makes the question anew each time, as `today` moves on.
    var query: @Sendable () throws(CommandError) -> UsageQuery

    /// Draws until the task is cancelled.
    func run(store: some UsageStore, context: CommandContext) async throws {
        while !Task.isCancelled {
            let report = try await UsageReport.make(try query(), store: store)
            try context.output.write(try text(of: report, context: context))
            do { try await context.clock.sleep(for: interval) } catch is CancellationError { return }
        }
    }

    private func text(of report: UsageReport, context: CommandContext) throws(CommandError) -> String {
        if format.json { return try JSONText.line(report) }
        let header = "flowmeter usage · \(context.now()) · every \(interval.components.seconds) s · Ctrl-C ends\n\n"
        let body =
            report.rows.isEmpty
            ? "no usage in this range\n" : report.table(width: context.output.columns, style: context.style)
        // Home, then erase what is below: no flicker, and a shorter table leaves no rest.
        let clear = context.output.isTerminal ? "\u{1B}[H\u{1B}[J" : ""
        return clear + context.style.dim(header) + body + (context.output.isTerminal ? "" : "\n")
    }
}
