internal import Metering

/// Shows progress on standard error: a bar that redraws on a terminal, a line per quarter elsewhere.
struct ProgressReporter: Sendable {
    private let context: CommandContext
    private let isQuiet: Bool
    private var bar: ProgressBar
    private var start: Int64 = 0
    private var shown: Int64 = 0

    /// The least time between two drawings of the bar, in milliseconds.
    private static let redrawInterval: Int64 = 100

    init(context: CommandContext, isQuiet: Bool) {
        self.context = context
        self.isQuiet = isQuiet
        bar = ProgressBar(title: "", total: 0, columns: 80)
    }

    private var isBar: Bool { context.errorOutput.isTerminal }

    /// Starts a piece of work.
    mutating func begin(_ title: String, total: Int64, unit: ProgressBar.Unit) throws(CommandError) {
        bar = ProgressBar(
            title: title, total: total, columns: max(context.errorOutput.columns ?? 80, 20) - 1, unit: unit)
        start = context.now().milliseconds
        shown = isBar ? start - Self.redrawInterval : 0
        if !isQuiet, !isBar { try context.errorOutput.writeLine("\(title): \(unit.text(total))") }
    }

    /// So much of it is done.
    mutating func update(_ done: Int64) throws(CommandError) {
        guard !isQuiet else { return }
        let now = context.now().milliseconds
        if isBar {
            guard now - shown >= Self.redrawInterval else { return }
            shown = now
            try context.errorOutput.write("\r" + bar.line(done: done, milliseconds: now - start) + "\u{1B}[K")
        } else if bar.percent(done: done) / 25 > shown, bar.total > 0 {
            shown = bar.percent(done: done) / 25
            try context.errorOutput.writeLine("\(bar.title): \(shown * 25) %")
        }
    }

    /// All of it is done: the bar goes away.
    mutating func finish() throws(CommandError) {
        if !isQuiet, isBar { try context.errorOutput.write("\r\u{1B}[K") }
    }
}
