extension BillingDocument {
    /// The document in Markdown (GitHub's tables).
    var markdown: String {
        var text = "# \(kind) \(Self.markdown(number))\n\n"
        for fact in facts { text += "- **\(fact.name):** \(Self.markdown(fact.value))\n" }
        text += "\n**\(headline.name): \(headline.amount) USD**\n"
        for section in sections {
            text += "\n## \(section.title)\n\n"
            text += section.rows.isEmpty ? "none\n" : section.markdownTable
            if let note = section.note { text += "\n\(Self.markdown(note))\n" }
        }
        for note in notes { text += "\n\(Self.markdown(note))\n" }
        return text
    }

    /// Text in which nothing is markup.
    static func markdown(_ text: String) -> String {
        var result = ""
        for character in TerminalText.printable(text) {
            if "\\`*_{}[]<>#|~".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}

extension BillingDocument.Section {
    fileprivate var markdownTable: String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        var text = line(columns.map(\.title))
        text += line(columns.map { $0.kind == .text ? "---" : "---:" })
        for row in formattedRows { text += line(row.map { BillingDocument.markdown($0.text) }) }
        if let total = formattedTotal {
            text += line(total.map { $0.isEmpty ? "" : "**\(BillingDocument.markdown($0))**" })
        }
        return text
    }
}

extension BillingDocument.Section {
    /// The rows with money written for people: thousands separators, and as many decimals as the column needs.
    var formattedRows: [[BillingDocument.Cell]] {
        rows.map { row in
            columns.indices.map {
                BillingDocument.Cell(formatted(row[$0].text, $0), target: row[$0].target, plain: row[$0].plain)
            }
        }
    }

    /// The total in the same form.
    var formattedTotal: [String]? { total.map { total in columns.indices.map { formatted(total[$0], $0) } } }

    private func formatted(_ text: String, _ column: Int) -> String {
        guard columns[column].kind == .money, NumberText.isDecimal(text) else { return text }
        let all = rows.map { $0[column].text } + (total.map { [$0[column]] } ?? [])
        let digits = all.filter(NumberText.isDecimal).map(NumberText.fractionDigits).max() ?? 0
        return NumberText.money(text, fractionDigits: max(digits, 2))
    }
}
