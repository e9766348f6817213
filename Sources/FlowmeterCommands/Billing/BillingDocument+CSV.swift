extension BillingDocument {
    /// The tables as CSV, each with its header, and an empty line between them.
    var csv: String {
        sections.map { section in
            CSVText.rendered(
                header: section.columns.map { $0.title.lowercased().split(separator: " ").joined(separator: "_") },
                rows: section.rows.map { $0.map { Self.harmless($0.plain) } })
        }.joined(separator: "\n")
    }

    /// Text that a spreadsheet does not take for a formula; numbers stay as they are.
    static func harmless(_ text: String) -> String {
        guard let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) else { return text }
        let isNumber = text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return isNumber && first == UInt8(ascii: "-") ? text : "'" + text
    }
}
