/// A progress bar as text: how far, how fast, how long still.
///
/// All of it by integer arithmetic.
struct ProgressBar: Sendable, Hashable {
    /// What is going on, one or two words.
    var title: String
    /// How much there is to do.
    var total: Int64
    /// The columns that the line may take.
    var columns: Int
    /// What is counted.
    var unit = Unit.bytes

    /// What a progress bar counts.
    enum Unit: Sendable, Hashable {
        case bytes, events, blocks

        /// An amount for people.
        func text(_ amount: Int64) -> String {
            switch self {
            case .bytes: NumberText.bytes(amount)
            case .events, .blocks: NumberText.grouped(amount)
            }
        }
    }

    /// The line when `done` is done after `milliseconds`.
    func line(done: Int64, milliseconds: Int64) -> String {
        let done = min(max(done, 0), total)
        let tail =
            " \(percentText(done)) \(unit.text(done))/\(unit.text(total))"
            + rateText(done: done, milliseconds: milliseconds)
        let width = columns - TerminalText.width(title) - tail.count - 3
        guard width >= 5 else { return TerminalText.truncated(title + tail, to: columns) }
        let filled = total == 0 ? width : Int(Self.share(done, of: total, in: Int64(width)))
        return title + " [" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
            + "]"
            + tail
    }

    /// Whole percents, rounded down: 100 % only when all is done.
    func percent(done: Int64) -> Int64 {
        total == 0 ? 100 : Self.share(min(max(done, 0), total), of: total, in: 100)
    }

    private func percentText(_ done: Int64) -> String {
        let text = "\(percent(done: done)) %"
        return String(repeating: " ", count: max(0, 5 - text.count)) + text
    }

    private func rateText(done: Int64, milliseconds: Int64) -> String {
        guard milliseconds > 0, done > 0 else { return "" }
        let rate = Self.share(done, of: milliseconds, in: 1000)
        guard rate > 0 else { return "" }
        return " \(unit.text(rate))/s ETA \(NumberText.duration(seconds: (total - done + rate - 1) / rate))"
    }

    /// `part` × `scale` ÷ `whole`, rounded down, without overflow on the way.
    private static func share(_ part: Int64, of whole: Int64, in scale: Int64) -> Int64 {
        Int64(clamping: Int128(part) * Int128(scale) / Int128(whole))
    }
}
