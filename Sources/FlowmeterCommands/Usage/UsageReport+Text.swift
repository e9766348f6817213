internal import Metering

extension UsageReport {
    /// One column of figures.
    private struct Figure {
        var title: String
        var value: (UsageSums) -> String
    }

    /// The report as a table that fits `width` columns, with its notes below.
    ///
    /// When the full table is too wide, cache writes are shown as one column; when that is too wide, the prompt is.
    func table(width: Int?, style: TextStyle, withNotes: Bool = true) -> String {
        let layouts = [full, compact, narrow].map(table(of:))
        var text: String
        if let fitting = layouts.first(where: { width == nil || $0.minimumWidth <= width ?? 0 }) {
            text = fitting.rendered(width: width, style: style)
        } else {
            text = layouts[2].rendered(width: width, style: style)
        }
        if withNotes { for note in notes { text += style.yellow("note:") + " " + note + "\n" } }
        return text
    }

    /// The report as comma-separated values: the rows, without totals.
    var csv: String {
        CSVText.rendered(
            header: [
                query.grouping.rawValue, "calls", "input_tokens", "output_tokens", "cache_write_5m_tokens",
                "cache_write_1h_tokens", "cache_read_tokens", "web_searches", "charge_usd", "unpriced", "estimated",
            ],
            rows: rows.map { row in
                let sums = row.sums
                return [
                    row.group, "\(sums.calls)", "\(sums.inputTokens)", "\(sums.outputTokens)",
                    "\(sums.cacheWrite5mTokens)", "\(sums.cacheWrite1hTokens)", "\(sums.cacheReadTokens)",
                    "\(sums.webSearches)", sums.charge.description, "\(sums.unpriced)", "\(sums.estimated)",
                ]
            })
    }

    private func table(of figures: [Figure]) -> Table {
        let columns =
            [Table.Column(query.grouping.rawValue.uppercased(), .text, minimumWidth: 14)]
            + figures.map { Table.Column($0.title, .count) } + [Table.Column("CHARGE USD", .money)]
        func cells(_ name: String, _ sums: UsageSums) -> [String] {
            [name] + figures.map { $0.value(sums) } + [charge(of: sums)]
        }
        var body = rows.map { cells($0.group, $0.sums) }
        if let others { body.append(cells("(others)", others)) }
        return Table(
            columns: columns, rows: body, total: query.grouping == .total ? nil : cells("total", total))
    }

    /// The charge; where no call has a price there is none, and it must not look like zero.
    private func charge(of sums: UsageSums) -> String {
        sums.unpriced > 0 && sums.unpriced == sums.calls ? "unpriced" : sums.charge.description
    }

    private var full: [Figure] {
        [
            calls, input, output, Figure(title: "WRITE 5M") { NumberText.grouped($0.cacheWrite5mTokens) },
            Figure(title: "WRITE 1H") { NumberText.grouped($0.cacheWrite1hTokens) }, read,
        ] + optional
    }

    private var compact: [Figure] {
        [calls, input, output, Figure(title: "WRITE") { NumberText.grouped($0.cacheWriteTokens) }, read] + optional
    }

    private var narrow: [Figure] {
        [
            calls,
            Figure(title: "PROMPT") {
                NumberText.grouped($0.inputTokens + $0.cacheWriteTokens + $0.cacheReadTokens)
            }, output,
        ]
    }

    private var calls: Figure { Figure(title: "CALLS") { NumberText.grouped($0.calls) } }
    private var input: Figure { Figure(title: "INPUT") { NumberText.grouped($0.inputTokens) } }
    private var output: Figure { Figure(title: "OUTPUT") { NumberText.grouped($0.outputTokens) } }
    private var read: Figure { Figure(title: "READ") { NumberText.grouped($0.cacheReadTokens) } }

    /// Columns that are shown only when they say something.
    private var optional: [Figure] {
        var figures: [Figure] = []
        if total.webSearches > 0 { figures.append(Figure(title: "SEARCHES") { NumberText.grouped($0.webSearches) }) }
        if total.unpriced > 0 { figures.append(Figure(title: "UNPRICED") { NumberText.grouped($0.unpriced) }) }
        return figures
    }
}
