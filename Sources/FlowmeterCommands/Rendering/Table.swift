/// A table for people: a header, rows, and an optional last row with totals.
struct Table: Sendable, Hashable {
    /// How a column's cells are written.
    enum Kind: Sendable, Hashable {
        /// Text, on the left.
        case text
        /// Whole numbers or short words, on the right.
        case count
        /// Exact decimal text: thousands separators, points aligned.
        case money
    }

    /// One column.
    struct Column: Sendable, Hashable {
        var title: String
        var kind: Kind
        /// The fewest columns of the terminal that the cells may be cut to; `nil` when they are never cut.
        var minimumWidth: Int?

        init(_ title: String, _ kind: Kind, minimumWidth: Int? = nil) {
            self.title = title
            self.kind = kind
            self.minimumWidth = minimumWidth
        }
    }

    var columns: [Column]
    var rows: [[String]]
    var total: [String]?

    init(columns: [Column], rows: [[String]], total: [String]? = nil) {
        self.columns = columns
        self.rows = rows
        self.total = total
    }

    private static let gap = 2

    /// The columns that the table takes when nothing is cut.
    var naturalWidth: Int { Self.width(of: columnWidths(formattedRows())) }

    /// The columns that the table takes when every column is cut as far as it may.
    var minimumWidth: Int {
        Self.width(
            of: zip(columns, columnWidths(formattedRows())).map { column, width in
                min(width, column.minimumWidth ?? width)
            })
    }

    /// The table as lines of text, cut to `width` columns where columns allow it.
    ///
    /// Numbers are never cut.
    func rendered(width: Int? = nil, style: TextStyle = .plain) -> String {
        let formatted = formattedRows()
        let widths = fitted(columnWidths(formatted), to: width)
        var lines = [style.bold(line(columns.map(\.title), widths))]
        let body = total == nil ? formatted[...] : formatted.dropLast()
        lines += body.map { line($0, widths) }
        if total != nil, let last = formatted.last {
            lines.append(style.dim(String(repeating: "─", count: Self.width(of: widths))))
            lines.append(style.bold(line(last, widths)))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Rows and total with numbers written out.
    private func formattedRows() -> [[String]] {
        let all = rows + (total.map { [$0] } ?? [])
        let digits = columns.indices.map { column in
            columns[column].kind != .money
                ? 0 : all.map { NumberText.fractionDigits($0[column]) }.max().map { max($0, 2) } ?? 2
        }
        return all.map { row in
            zip(columns.indices, row).map { column, cell in
                switch columns[column].kind {
                case .text, .count: TerminalText.printable(cell)
                case .money:
                    NumberText.isDecimal(cell) ? NumberText.money(cell, fractionDigits: digits[column]) : cell
                }
            }
        }
    }

    private func columnWidths(_ formatted: [[String]]) -> [Int] {
        columns.indices.map { column in
            formatted.reduce(TerminalText.width(columns[column].title)) { max($0, TerminalText.width($1[column])) }
        }
    }

    /// Takes what is too much from the widest column that may be cut, one column at a time.
    private func fitted(_ natural: [Int], to limit: Int?) -> [Int] {
        var widths = natural
        guard let limit else { return widths }
        while Self.width(of: widths) > limit {
            let candidates = widths.indices.filter { index in
                columns[index].minimumWidth.map { widths[index] > max($0, 1) } ?? false
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var result = ""
        for (index, cell) in cells.enumerated() {
            let text = TerminalText.truncated(cell, to: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(text)))
            if index > 0 { result += String(repeating: " ", count: Self.gap) }
            result += columns[index].kind == .text ? text + padding : padding + text
        }
        while result.last == " " { result.removeLast() }
        return result
    }

    private static func width(of widths: [Int]) -> Int {
        widths.reduce(0, +) + gap * max(0, widths.count - 1)
    }
}
