/// Writes the rows of an answer: JSON lines and CSV as they come, a table when all are there.
struct GraphPrinter {
    private let columns: [GraphColumn]
    private let format: FormatOptions
    private let context: CommandContext
    private var rows: [[GraphValue]] = []

    /// Begins an answer; CSV begins with the names of the columns.
    init(columns: [GraphColumn], format: FormatOptions, context: CommandContext) throws(CommandError) {
        self.columns = columns
        self.format = format
        self.context = context
        if format.csv { try context.output.write(CSVText.rendered(header: columns.map(\.key), rows: [])) }
    }

    /// Writes one row, or keeps it for the table.
    mutating func add(_ values: [GraphValue]) throws(CommandError) {
        let shown = columns.map { $0.shown(values) }
        if format.json {
            let pairs = zip(columns, shown).map { GraphValue.Pair(key: $0.key, value: $1) }
            try context.output.write(try JSONText.line(GraphValue.map(pairs)))
        } else if format.csv {
            try context.output.write(shown.map { CSVText.field($0.cell) }.joined(separator: ",") + "\n")
        } else {
            rows.append(shown)
        }
    }

    /// Writes the table.
    func finish() throws(CommandError) {
        guard !format.json, !format.csv else { return }
        guard !rows.isEmpty else {
            try context.output.writeLine("no rows")
            return
        }
        let table = Table(
            columns: columns.indices.map { Table.Column(columns[$0].title, kind(of: $0), minimumWidth: 8) },
            rows: rows.map { $0.map(\.cell) })
        try context.output.write(table.rendered(width: context.output.columns, style: context.style))
    }

    private func kind(of column: Int) -> Table.Kind {
        if columns[column].isMoney { return .money }
        let isNumeric = rows.allSatisfy { row in
            switch row[column] {
            case .integer, .float, .null: true
            default: false
            }
        }
        return isNumeric ? .count : .text
    }
}
